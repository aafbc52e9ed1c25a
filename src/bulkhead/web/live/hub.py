"""The feeds of this process, and the eye that is kept on who watches them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import structlog
from django.db import Error as DatabaseError
from psycopg import Connection
from psycopg.rows import TupleRow

from bulkhead.kernel.errors import BadInput
from bulkhead.web.books import book
from bulkhead.web.live.desk import Desk
from bulkhead.web.live.feed import Feed
from bulkhead.web.live.standing import standing_of
from bulkhead.web.live.viewers import Viewer
from bulkhead.web.rights import Right
from bulkhead.web.starting import house

CHECK_S = 2.0
CHECKS_FAILED_MAX = 2  # whether they may watch cannot be known: then they may not
_log = structlog.get_logger()


class Hub:
    """Belongs to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._feeds: dict[str, Feed] = {}
        self._checking: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "live-standing")

    async def feed(self, institution: str) -> Feed:
        """The feed of an institution, running. Raises ``ConnectionError`` and ``BadInput``."""
        feed = self._feeds.get(institution)
        if feed is None or feed.ended:
            desks = await asyncio.to_thread(_desks, institution)
            feed = self._feeds.get(institution)
            if feed is None or feed.ended:
                feed = self._feeds[institution] = Feed(institution, *desks)
        try:
            await feed.open()
        except ConnectionError:
            if self._feeds.get(institution) is feed:
                del self._feeds[institution]
            feed.end("stopping")
            raise
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check(), name="live standing")
            self._checking.add_done_callback(self._checked)
        return feed

    def end(self) -> None:
        """Send everybody away: the console stops."""
        if self._checking is not None:
            self._checking.cancel()
        for feed in self._feeds.values():
            feed.end("stopping")
        self._feeds.clear()
        self._thread.shutdown(wait=False)

    async def _check(self) -> None:
        """Those whose session, account or role has ended are gone within seconds."""
        failed = 0
        while self._feeds:
            self._feeds = {code: feed for code, feed in self._feeds.items() if not feed.ended}
            viewers = [viewer for feed in self._feeds.values() for viewer in feed.present]
            try:
                if viewers:
                    await self._send_away_who_may_not(viewers)
                failed = 0
            except (DatabaseError, ConnectionError, BadInput) as problem:
                failed += 1
                _log.warning("live stream", problem=str(problem))
                for viewer in viewers if failed >= CHECKS_FAILED_MAX else ():
                    viewer.send_away("changed")
            await asyncio.sleep(CHECK_S)

    def _checked(self, task: asyncio.Task[None]) -> None:
        """Nobody watches unchecked."""
        if not task.cancelled() and task.exception() is not None:
            _log.error("live stream", bug=repr(task.exception()))
            for feed in self._feeds.values():
                feed.end("changed")

    async def _send_away_who_may_not(self, viewers: list[Viewer]) -> None:
        watching = {(viewer.session, viewer.channel.wording.institution) for viewer in viewers}
        standing = await self.loop.run_in_executor(self._thread, standing_of, watching)
        for viewer in viewers:
            wording = viewer.channel.wording
            rights = standing[viewer.session, wording.institution]
            if Right.SEE_DECISIONS not in rights:
                viewer.send_away("ended")
            elif (Right.SEE_NAMES in rights) != wording.clear_names:
                viewer.send_away("changed")


def _desks(institution: str) -> tuple[Desk, Desk]:
    number, database = book(institution).stores.number, house().database

    def connect() -> Connection[TupleRow]:
        return database.connect("reader", autocommit=True)

    return Desk(connect, number), Desk(connect, number)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_lock = Lock()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    with _lock:
        if loop not in _hubs:
            _hubs[loop] = Hub(loop)
        return _hubs[loop]


def end_streams() -> None:
    """From any thread: end all streams, so that the server can stop."""
    with _lock:
        ending = tuple(_hubs.values())
        _hubs.clear()
    for one in ending:
        if not one.loop.is_closed():
            one.loop.call_soon_threadsafe(one.end)
