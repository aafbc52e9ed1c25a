"""Brings a database to this version's schema: numbered SQL files, each applied once in its own transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.session import Connect, open_connection

READER_ROLE = "bulkhead_reader"
_PRIVATE_TABLES = ("vault_subject", "vault_key_check")
_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_LOCK = 0x4248_0000_0000_0001  # "BH": keeps two migrating processes apart


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. ``number`` counts up from 1 without a gap."""

    number: int
    name: str
    script: bytes


def migrations() -> tuple[Migration, ...]:
    """All steps this version knows, in order."""
    found = []
    for file in files("bulkhead.runtime.store").joinpath("schema").iterdir():
        if match := _FILE.fullmatch(file.name):
            found.append(Migration(int(match[1]), match[2], file.read_bytes()))
    found.sort(key=lambda migration: migration.number)
    numbers = [migration.number for migration in found]
    assert numbers == list(range(1, len(found) + 1)), f"schema files must count up from 1: {numbers}"
    return tuple(found)


def schema_version(connection: Connection[TupleRow]) -> int:
    """Number of the last step applied; 0 for an empty database."""
    # Not to_regclass: it may answer from a cache that is older than the lock we have just waited for.
    exists = connection.execute(
        "SELECT FROM pg_tables WHERE schemaname = current_schema AND tablename = 'schema_version'"
    ).fetchall()
    if not exists:
        return 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM schema_version").fetchone()
    assert row is not None
    return int(row[0])


def migrate(connect: Connect) -> tuple[Migration, ...]:
    """Apply the steps that are missing and give them back.

    Two processes may call this at once. Raises ``BadInput`` when the database is newer than this version.
    """
    known = migrations()
    with open_connection(connect) as connection:
        version = schema_version(connection)
        if version > len(known):
            raise BadInput(
                f"The database has schema {version}, but this version of Bulkhead knows only {len(known)}: "
                "upgrade Bulkhead, or choose another database."
            )
        return tuple(step for step in known[version:] if _apply(connection, step))


def _apply(connection: Connection[TupleRow], step: Migration) -> bool:
    """Whether this process applied the step; False when another was first."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if schema_version(connection) >= step.number:
            return False
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version ("
            "number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        connection.execute(step.script)
        connection.execute("INSERT INTO schema_version (number, name) VALUES (%s, %s)", [step.number, step.name])
        _let_readers_read(connection)
    return True


def _let_readers_read(connection: Connection[TupleRow]) -> None:
    """Grant the reading role, where the server has it, everything but the vault."""
    if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER_ROLE]).fetchall():
        return
    reader = sql.Identifier(READER_ROLE)
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema AND tableowner = current_user"
        " AND tablename <> ALL (%s)",
        [list(_PRIVATE_TABLES)],
    )
    tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows.fetchall())
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(tables, reader))
