"""Open connections to the tables of all institutions, lent to one page at a time and read-only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from bulkhead.runtime.projections.movement_query import Reading
from bulkhead.web.books import book, close_with_books
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right
from bulkhead.web.starting import house

CONNECTIONS_MAX = 8
WAIT_S = 5.0

_Pool = ConnectionPool[Connection[TupleRow]]
_pools: list[_Pool] = []
_opening = Lock()


@contextmanager
def reading_of(visit: Visit) -> Iterator[Reading]:
    """The tables of the visit's institution.

    Names in the clear are found only for those who may see them: for others a guess would be an answer. Raises
    ``ConnectionError`` when the database is out of reach or every connection stays taken.
    """
    stores = book(visit.institution).stores
    token_of = stores.vault.name_of if visit.may(Right.SEE_NAMES) else None
    try:
        with _pool().connection(WAIT_S) as connection:
            yield Reading(connection, stores.number, token_of)
    except PoolTimeout as problem:
        raise ConnectionError(f"No connection to the database within {WAIT_S:.0f} seconds.") from problem


def _pool() -> _Pool:
    with _opening:
        if not _pools:
            pool: _Pool = ConnectionPool(
                house().database.dsn("reader"),
                min_size=1,
                max_size=CONNECTIONS_MAX,
                kwargs={"autocommit": True},
                name="console-readings",
                check=ConnectionPool.check_connection,
                open=True,
            )
            _pools.append(pool)
            close_with_books(_close)
        return _pools[0]


def _close() -> None:
    with _opening:
        while _pools:
            _pools.pop().close()
