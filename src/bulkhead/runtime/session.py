"""One database connection that is opened when needed and opened again after it broke."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from psycopg import Connection
from psycopg.rows import TupleRow

Connect = Callable[[], Connection[TupleRow]]


class Session:
    """A store's own autocommit connection; several threads may share it for single statements."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: Connection[TupleRow] | None = None
        self._opening = Lock()

    def connection(self) -> Connection[TupleRow]:
        """The open connection. Raises ``psycopg.OperationalError`` when the database cannot be reached."""
        with self._opening:
            if self._connection is None or self._connection.closed:
                self._connection = open_connection(self._connect)
            return self._connection

    def close(self) -> None:
        """Close the connection, if there is one. The next use opens another."""
        with self._opening:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def open_connection(connect: Connect) -> Connection[TupleRow]:
    """A new autocommit connection whose commits are on disk when they return."""
    connection = connect()
    connection.autocommit = True
    # A server may be set to answer before the disk has; money may not.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )
    return connection
