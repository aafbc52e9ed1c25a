"""The reference engine: a careful engineer's PostgreSQL ledger that decides by SQL, one transaction a movement."""

from __future__ import annotations

import time

import psycopg

from bulkhead.kernel.movements import MovementBatch
from bulkhead.runtime.database.connect import Database

SECONDS = 6.0
HISTORY_ROWS = 50_000  # of one account where it is hot: what it has paid before the clock starts

_TABLES = """
    DROP TABLE IF EXISTS bench_movement, bench_account;
    CREATE TABLE bench_movement (id text PRIMARY KEY, at_us bigint, payer int, payee int, amount bigint, held bool);
    CREATE INDEX ON bench_movement (payer, at_us);
    CREATE TABLE bench_account (number int PRIMARY KEY, posted bigint NOT NULL);
"""
_AGGREGATES = """
    SELECT count(*) FILTER (WHERE at_us >= %(now)s - 3600000000), coalesce(sum(amount), 0), max(amount),
           count(DISTINCT payee)
    FROM bench_movement WHERE payer = %(payer)s AND at_us >= %(now)s - 86400000000
"""
_INSERT = "INSERT INTO bench_movement VALUES (%s, %s, %s, %s, %s, %s)"
_POST = """
    INSERT INTO bench_account VALUES (%s, %s)
    ON CONFLICT (number) DO UPDATE SET posted = bench_account.posted + excluded.posted
"""


def transfers_per_s(database: Database, batches: list[MovementBatch], *, hot: bool) -> float:
    """Movements a second over a few seconds, on one connection, every commit durable."""
    with database.connect(autocommit=True) as connection:
        connection.execute(_TABLES)
        if hot:
            _prepare_history(connection, batches[0])
        done, began_s = 0, time.perf_counter()
        for batch in batches:
            for k in range(len(batch)):
                _decide(connection, batch, k)
                done += 1
                if time.perf_counter() - began_s > SECONDS:
                    connection.execute("DROP TABLE bench_movement, bench_account")
                    return done / (time.perf_counter() - began_s)
        return done / (time.perf_counter() - began_s)


def _prepare_history(connection: psycopg.Connection, batch: MovementBatch) -> None:
    """A day full of movements of the hot account: what its aggregates have to read."""
    row = batch.rows[0]
    connection.execute(
        "INSERT INTO bench_movement SELECT 'h' || n, %s - n, %s, n %% 1000, 100, false FROM generate_series(1, %s) n",
        [int(row["event_us"]), int(row["payer"]), HISTORY_ROWS],
    )
    connection.execute("ANALYZE bench_movement")


def _decide(connection: psycopg.Connection, batch: MovementBatch, k: int) -> None:
    row = batch.rows[k]
    payer, payee = int(row["payer"]), int(row["payee"])
    at_us, amount = int(row["event_us"]), int(row["amount_minor"])
    with connection.transaction():
        found = connection.execute(_AGGREGATES, {"now": at_us, "payer": payer}).fetchone()
        assert found is not None
        connection.execute(_INSERT, [batch.ids[k], at_us, payer, payee, amount, found[0] > 20])
        for number, change in sorted(((payer, -amount), (int(row["credit_account"]), amount))):
            connection.execute(_POST, [number, change])
