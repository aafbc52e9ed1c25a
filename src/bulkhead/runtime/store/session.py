"""One database connection that is opened when needed and opened again after it broke."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor, IsolationLevel, sql
from psycopg.rows import TupleRow

Connect = Callable[[], Connection[TupleRow]]


class Session:
    """A store's own autocommit connection; several threads may share it for single statements.

    A server that is gone is a ``ConnectionError`` at every call that meets it first; the next one connects
    anew.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: Connection[TupleRow] | None = None
        self._opening = Lock()

    def connection(self) -> Connection[TupleRow]:
        """The open connection."""
        with self._opening:
            if self._connection is None or self._connection.closed:
                self._connection = open_connection(self._connect)
            return self._connection

    def execute(
        self,
        query: LiteralString | bytes,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        *,
        binary: bool = True,
        prepare: bool | None = None,
    ) -> Cursor[TupleRow]:
        """Run one statement, and commit what it did."""
        connection = self.connection()
        with connection_loss(connection):
            return connection.execute(query, parameters, binary=binary, prepare=prepare)

    def close(self) -> None:
        """Close the connection, if there is one. The next use opens another."""
        with self._opening:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def open_connection(connect: Connect) -> Connection[TupleRow]:
    """A new autocommit connection whose commits are on disk when they return."""
    with connection_loss():
        connection = connect()
        if not connection.autocommit:
            connection.autocommit = True
        # A server may be set to answer before the disk has; money may not.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
    return connection


@contextmanager
def at_one_moment(connect: Connect) -> Iterator[Connect]:
    """Gives connections that all see the database as it is now, whatever is written until the block ends."""
    with connect() as keeper:
        keeper.isolation_level = IsolationLevel.REPEATABLE_READ
        row = keeper.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        seen = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(row[0])

        def connect_then() -> Connection[TupleRow]:
            connection = connect()
            connection.autocommit = True  # the transaction is ours and lasts as long as the connection
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(seen)
            return connection

        yield connect_then


@contextmanager
def connection_loss(connection: Connection[TupleRow] | None = None) -> Iterator[None]:
    """Turn the driver's many words for a lost server into ``ConnectionError``; other errors pass."""
    try:
        yield
    except psycopg.OperationalError as error:
        if connection is None or connection.closed:
            raise ConnectionError(f"The database is out of reach: {error}") from error
        raise
