"""Fixed-width rows read back from PostgreSQL by binary COPY, a run at a time, with flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from bulkhead.runtime.projections.projection_rows import COPY_HEADER, Table
from bulkhead.runtime.store.session import Connect


class CopyStream:
    """The rows of a projection table of one institution in a stated order, on a connection of its own."""

    def __init__(self, connect: Connect, table: Table, institution: int, order: str) -> None:
        self._table = table
        self._dtype = table.dtype
        self._stack = ExitStack()
        self._stack.enter_context(suppress(psycopg.Error))  # of a stream that is broken off
        connection = connect()
        self._stack.callback(connection.close)
        cursor = self._stack.enter_context(connection.cursor())
        query = (
            f"SELECT {table.column_list} FROM {table.name} WHERE institution = {institution:d} ORDER BY {order}"
        )
        copy = self._stack.enter_context(cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)".encode()))
        self._stack.callback(
            connection.close
        )  # first of all: there is nothing to commit, and rows may be under way
        self._chunks: Iterator[bytes | bytearray | memoryview] = iter(copy)
        self._buffer = bytearray()
        self._more = True
        self._fill(len(COPY_HEADER))
        del self._buffer[: len(COPY_HEADER)]

    def take(self, count: int, dtype: np.dtype[Any] | None = None) -> NDArray[np.void]:
        """The next ``count`` rows, fewer at the end. ``dtype``: of rows whose strings have other lengths."""
        dtype = dtype or self._dtype
        size = dtype.itemsize
        self._fill(count * size)
        whole = min(count, len(self._buffer) // size)
        rows = np.frombuffer(bytes(self._buffer[: whole * size]), dtype)
        del self._buffer[: whole * size]
        return rows

    def take_upto(self, column: str, limit: int) -> NDArray[np.void]:
        """The next rows whose ``column``, by which they are ordered, is below ``limit``."""
        size, taken = self._dtype.itemsize, 0
        while True:
            self._fill((taken + 1) * size)
            if len(self._buffer) < (taken + 1) * size:
                break
            ready = np.frombuffer(bytes(self._buffer[: len(self._buffer) // size * size]), self._dtype)
            below = int(np.searchsorted(ready[column].astype(np.int64), limit))
            if below < len(ready):
                taken = below
                break
            taken = below
        return self.take(taken)

    def close(self) -> None:
        """Give up what is left and the connection."""
        self._stack.close()

    def __enter__(self) -> CopyStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fill(self, size: int) -> None:
        while self._more and len(self._buffer) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._more = False
            else:
                self._buffer += chunk
