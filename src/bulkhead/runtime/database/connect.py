"""How every part of the house gets a database connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.cluster import DATABASE, ROLES
from bulkhead.runtime.database.embedded import Endpoint, embedded_server, password
from bulkhead.runtime.database.folders import Folders
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.keys import Keys

Role = Literal["writer", "reader", "admin"]

SERVER_VERSION_MIN = 150000
CONNECT_SECONDS_MAX = 10
_READ_ONLY = "-c default_transaction_read_only=on"


@dataclass(frozen=True, slots=True)
class Database:
    """One database of a running server. ``place`` names it to people; the rest holds passwords."""

    place: str
    _parameters: Mapping[Role, Mapping[str, Any]] = field(repr=False)

    def dsn(self, role: Role = "writer") -> str:
        """The connection string of a role, password and all: never to be shown.

        On a server of one's own, the reader is the same user in read-only sessions, and there is no admin:
        ``BadInput``.
        """
        if role not in self._parameters:
            raise BadInput(f"The server {self.place} is not ours to administrate; only the embedded one is.")
        return make_conninfo("", **self._parameters[role])

    def connect(self, role: Role = "writer", *, autocommit: bool = False) -> psycopg.Connection:
        """A new connection. Raises ``psycopg.OperationalError`` when the server is gone."""
        return psycopg.connect(self.dsn(role), autocommit=autocommit)

    def named(self, name: str) -> Database:
        """Another database of the same server."""
        parameters = {role: {**values, "dbname": name} for role, values in self._parameters.items()}
        return replace(self, _parameters=parameters)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database that the settings select, ready for connections until the block ends.

    Raises ``BadInput`` when the server cannot be started or reached, refuses the password, or is older than
    PostgreSQL 15.
    """
    if settings.database_url:
        database = _by_url(settings.database_url.get_secret_value())
        _check(database, "Check BULKHEAD_DATABASE_URL.")
        yield database
        return
    keys = Keys(settings.keys)
    with embedded_server(settings.home, keys) as endpoint:
        database = _embedded(settings, endpoint, keys)
        _check(database, f"It opens only with the keys it was made with; BULKHEAD_KEYS is {settings.keys}.")
        yield database


@contextmanager
def open_existing_database(settings: Settings) -> Iterator[Database]:
    """``open_database`` for those who come to look at what is there: where nothing is, nothing is made.

    Raises ``BadInput`` as it does, and where the embedded database has not been made yet.
    """
    if not settings.database_url and not Folders(settings.home).cluster.exists():
        raise BadInput(
            f"There is nothing in {settings.home} yet; `bulkhead watch FILE` or `bulkhead demo` begins."
        )
    with open_database(settings) as database:
        yield database


def _embedded(settings: Settings, endpoint: Endpoint, keys: Keys) -> Database:
    common = {
        "host": endpoint.host,
        "port": endpoint.port,
        "dbname": DATABASE,
        # Whoever could put up a false server in its place does not know the password's verifier.
        "require_auth": "scram-sha-256",
        "connect_timeout": CONNECT_SECONDS_MAX,
        "application_name": "bulkhead",
    }
    roles: tuple[Role, ...] = ("writer", "reader", "admin")
    parameters = {role: common | {"user": ROLES[role], "password": password(keys, role)} for role in roles}
    return Database(f"the embedded database in {settings.home}", parameters)


def _by_url(url: str) -> Database:
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Its message may quote the URL, password included: nothing of it may pass.
        raise BadInput("BULKHEAD_DATABASE_URL is not a valid PostgreSQL URL.") from None
    writer = {"connect_timeout": CONNECT_SECONDS_MAX, "application_name": "bulkhead"} | given
    reader = writer | {"options": f"{given.get('options', '')} {_READ_ONLY}".strip()}
    place = f"{given.get('host', 'the local socket')}/{given.get('dbname', '')}"
    return Database(place, {"writer": writer, "reader": reader})


def _check(database: Database, advice: str) -> None:
    try:
        with database.connect() as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        raise BadInput(f"No connection to {database.place}: {said}. {advice}") from None
    if version < SERVER_VERSION_MIN:
        raise BadInput(f"{database.place} is PostgreSQL {version // 10000}; Bulkhead needs 15 or later.")
