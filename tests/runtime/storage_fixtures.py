"""PostgreSQL stores for the tests of this room; each test file has a schema of its own in it.

``BULKHEAD_TEST_DSN`` names a server to use, by a role that may create schemas; by default it is the embedded one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from bulkhead.runtime.store.institutions import institution_number
from bulkhead.runtime.store.journal_store import JournalStore
from bulkhead.runtime.store.keys import Keys
from bulkhead.runtime.store.lease import PostgresLease
from bulkhead.runtime.store.migrate import migrate
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.store.vault import PostgresVault


@pytest.fixture(scope="session")
def server_dsn(request: pytest.FixtureRequest) -> str:
    """A database in which tests may create schemas."""
    given = os.environ.get("BULKHEAD_TEST_DSN")
    return given or str(request.getfixturevalue("database_server").dsn("writer"))


@pytest.fixture(scope="module")
def dsn(server_dsn: str) -> Iterator[str]:
    """An empty schema of its own, as a connection string."""
    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        yield make_conninfo(server_dsn, options=f"-csearch_path={schema}")
        connection.execute("SET client_min_messages = warning")
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


@pytest.fixture(scope="module")
def connect(dsn: str) -> Connect:
    """Opens connections to a migrated schema."""

    def open_one() -> Connection[TupleRow]:
        return psycopg.connect(dsn)

    migrate(open_one)
    return open_one


@pytest.fixture
def institution(connect: Connect) -> int:
    """A new institution in it."""
    return institution_number(connect, f"bank-{secrets.token_hex(6)}")


@pytest.fixture
def vault(connect: Connect, institution: int, keys: Keys) -> Iterator[PostgresVault]:
    vault = PostgresVault(connect, institution, keys)
    yield vault
    vault.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """One key folder for one schema, as a database insists."""
    folder: Path = tmp_path_factory.mktemp("keys") / "keys"
    return Keys(folder)


@pytest.fixture
def store(connect: Connect, institution: int, vault: PostgresVault) -> Iterator[JournalStore]:
    """An empty journal under epoch 1."""
    lease = PostgresLease(connect, institution)
    assert lease.acquire("the test") == 1
    store = JournalStore(connect, institution, vault)
    yield store
    store.close()
    lease.release()
