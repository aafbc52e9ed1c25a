"""The right to be the one writer of an institution, kept in PostgreSQL.

Each time it is taken its epoch counts up by one, and every write checks the epoch in its own commit: that alone
keeps a superseded writer out, however long it slept. To know when the lease is free, a holder also keeps a
session lock that the server drops with its connection, so that a killed process gives way at once, and a
heartbeat for one whose connection lives on although it does not.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import UTC

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from bulkhead.kernel.protocols import LeaseHeld, LeaseLost
from bulkhead.runtime.store.session import Connect, Session, connection_loss

EXPIRES_S = 10  # without a heartbeat, by the database's clock
_WAIT_MS_MAX = 5_000  # for a commit that is just checking the epoch
# First half of the session lock: "BH" and the institution. The second is the epoch, so that a new holder need
# not wait for the lock of a stalled one.
_LOCK_SPACE = 0x4248_0000

_LEASE = """
    SELECT epoch, holder, code, acquired_at, extract(epoch FROM clock_timestamp() - heartbeat_at)::float8
    FROM lease JOIN institution ON number = institution WHERE institution = %s FOR UPDATE OF lease
"""
_TAKE = """
    UPDATE lease SET epoch = %s, holder = %s, acquired_at = clock_timestamp(), heartbeat_at = clock_timestamp()
    WHERE institution = %s
"""


def holder_text(command: str) -> str:
    """Who is asking, as another person reads it in a refusal."""
    return f"{command} (process {os.getpid()} on {socket.gethostname()})"


class PostgresLease:
    """The lease of one institution, for one writer. It may be renewed from another thread than it was taken."""

    def __init__(self, connect: Connect, institution: int) -> None:
        self._session = Session(connect)
        self._institution = institution
        self._epoch: int | None = None
        self._locked = False

    def acquire(self, holder: str) -> int:
        """Take the lease and return its epoch, one higher than any before.

        Raises ``LeaseHeld``, also when this very object holds it, and ``ConnectionError`` without a database.
        """
        connection = self._session.connection()
        try:
            with connection_loss(connection), connection.transaction():
                epoch = self._take(connection, holder)
        except psycopg.errors.LockNotAvailable:
            raise LeaseHeld(f"The lease of institution {self._institution} is being taken by another.") from None
        except (psycopg.Error, ConnectionError):
            self._session.close()  # and with it a session lock for an epoch that was not stored
            raise
        self._epoch = epoch
        return epoch

    def renew(self) -> None:
        """Say that the holder lives. Raises ``LeaseLost``, also when the database stays out of reach."""
        if self._epoch is None:
            raise LeaseLost("This writer has no lease.")
        try:
            lives = self._beat(self._epoch)
        except ConnectionError:
            lives = self._beat_again(self._epoch)
        if not lives:
            epoch, self._epoch = self._epoch, None
            self._session.close()
            raise LeaseLost(f"Epoch {epoch} of the lease has been superseded; this writer must stop.")

    def release(self) -> None:
        """Give the lease back. Harmless when it is already lost."""
        if self._epoch is not None:
            # When the server cannot be told, it drops the session lock, which frees the lease as well.
            with suppress(ConnectionError):
                self._session.execute(
                    "UPDATE lease SET holder = NULL WHERE institution = %s AND epoch = %s",
                    [self._institution, self._epoch],
                )
        self._epoch = None
        self._session.close()

    def _take(self, connection: Connection[TupleRow], holder: str) -> int:
        connection.execute(f"SET LOCAL lock_timeout = {_WAIT_MS_MAX}")
        connection.execute(
            "INSERT INTO lease (institution) VALUES (%s) ON CONFLICT DO NOTHING", [self._institution]
        )
        row = connection.execute(_LEASE, [self._institution]).fetchone()
        assert row is not None, "the institution is in the table"
        epoch, other, code, acquired_at, silent_s = row
        if other is not None and silent_s < EXPIRES_S and self._is_locked(connection, epoch):
            raise LeaseHeld(
                f"The journal of {code} is being written by {other}, since "
                f"{acquired_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, last heard {silent_s:.0f} s ago."
            )
        connection.execute(_TAKE, [epoch + 1, holder, self._institution])
        self._locked = self._lock(epoch + 1)
        return int(epoch) + 1

    def _is_locked(self, connection: Connection[TupleRow], epoch: int) -> bool:
        """Whether the holder of this epoch still has its session. Asks pg_locks, which takes nothing."""
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = %s::bigint::oid AND objid = %s::bigint::oid)",
            [_LOCK_SPACE | self._institution, epoch],
        ).fetchone()
        return row is not None and bool(row[0])

    def _lock(self, epoch: int) -> bool:
        row = self._session.execute(
            "SELECT pg_try_advisory_lock(%s::integer, %s::integer)", [_LOCK_SPACE | self._institution, epoch]
        ).fetchone()
        return row is not None and bool(row[0])

    def _beat(self, epoch: int) -> bool:
        """Whether the epoch is still the current one; if so its heartbeat is now."""
        cursor = self._session.execute(
            "UPDATE lease SET heartbeat_at = clock_timestamp() WHERE institution = %s AND epoch = %s",
            [self._institution, epoch],
        )
        if cursor.rowcount and not self._locked:
            self._locked = self._lock(epoch)
        return cursor.rowcount == 1

    def _beat_again(self, epoch: int) -> bool:
        """After the connection broke, and with it the session lock."""
        self._session.close()
        self._locked = False
        try:
            return self._beat(epoch)
        except ConnectionError as error:
            raise LeaseLost(str(error)) from error
