"""Reads the tables for the event loop: one thread, one connection, one question after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from psycopg import Connection

from bulkhead.runtime.projections.movement_query import Reading
from bulkhead.runtime.store.session import connection_loss

T = TypeVar("T")


class Desk:
    """A connection that is opened when first needed, and again after it broke. Nothing is written through it."""

    def __init__(self, connect: Callable[[], Connection[Any]], institution: int) -> None:
        self._connect = connect
        self._institution = institution
        self._connection: Connection[Any] | None = None
        self._thread = ThreadPoolExecutor(1, "live-desk")
        self._closed = False

    async def ask(self, question: Callable[[Reading], T]) -> T:
        """The answer, found in the desk's thread. Raises ``ConnectionError`` when the database is gone."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question)

    def close(self) -> None:
        """End it; a question under way is answered first."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._disconnect)
            self._thread.shutdown(wait=False)

    def _answer(self, question: Callable[[Reading], T]) -> T:
        if self._connection is None or self._connection.closed:
            with connection_loss():
                self._connection = self._connect()
        with connection_loss(self._connection):
            return question(Reading(self._connection, self._institution))

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
