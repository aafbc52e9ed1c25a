"""The schema is brought up once, whoever asks, and then guards itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.institutions import institution_number, institutions
from bulkhead.runtime.store.migrate import READER_ROLE, migrate, migrations, schema_version
from bulkhead.runtime.store.session import Connect, open_connection


def test_racing_processes_apply_each_step_once(dsn: str) -> None:
    def run(_: int) -> int:
        return len(migrate(lambda: psycopg.connect(dsn)))

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(run, range(4)))
    assert sum(applied) == len(migrations())
    with psycopg.connect(dsn) as connection:
        assert schema_version(connection) == len(migrations())


def test_a_second_run_does_nothing(connect: Connect) -> None:
    assert migrate(connect) == ()


def test_a_newer_database_is_refused(connect: Connect) -> None:
    with connect() as connection:
        connection.execute("INSERT INTO schema_version (number, name) VALUES (9999, 'from the future')")
    with pytest.raises(BadInput, match="upgrade Bulkhead"):
        migrate(connect)
    with connect() as connection:
        connection.execute("DELETE FROM schema_version WHERE number = 9999")


@pytest.mark.parametrize(
    "table", ["institution", "journal_batch", "journal_node", "checkpoint", "quarantine_change"]
)
@pytest.mark.parametrize(
    "change", [sql.SQL("UPDATE {} SET {} = 7"), sql.SQL("DELETE FROM {}"), sql.SQL("TRUNCATE {} CASCADE")]
)
def test_what_only_grows_refuses_change(connect: Connect, table: str, change: sql.SQL) -> None:
    column = "number" if table == "institution" else "institution"
    statement = change.format(sql.Identifier(table), sql.Identifier(column))
    with open_connection(connect) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement)


def test_readers_may_read_everything_but_the_vault(connect: Connect) -> None:
    with connect() as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER_ROLE]).fetchall():
            pytest.skip(f"this server has no role {READER_ROLE}")
        rows = connection.execute(
            "SELECT tablename, has_table_privilege(%s, quote_ident(tablename), 'SELECT'),"
            " has_table_privilege(%s, quote_ident(tablename), 'INSERT, UPDATE, DELETE, TRUNCATE')"
            " FROM pg_tables WHERE schemaname = current_schema",
            [READER_ROLE, READER_ROLE],
        ).fetchall()
    assert {table for table, may_read, _ in rows if not may_read} == {"vault_subject", "vault_key_check"}
    assert not any(may_write for _, _, may_write in rows)


def test_institutions_keep_their_numbers(connect: Connect) -> None:
    def register(code: str) -> int:
        return institution_number(connect, code)

    codes = [f"house-{i % 5}" for i in range(20)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(register, codes))
    by_code = dict(zip(codes, numbers, strict=True))
    assert len(set(by_code.values())) == 5
    assert numbers == [by_code[code] for code in codes]
    with connect() as connection:
        assert institutions(connection).items() >= by_code.items()


@pytest.mark.parametrize("code", ["", "Big Bank", "a/b", "-x", "x" * 64, "a\0b"])
def test_a_code_that_is_none_is_refused(connect: Connect, code: str) -> None:
    with pytest.raises(BadInput, match="cannot name an institution"):
        institution_number(connect, code)
