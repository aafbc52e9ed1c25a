"""One institution's arrivals for all who watch it: read once, worded once for those who read alike, sent in order."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

import structlog

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.projections.arrivals import Arrivals, Reach, arrivals, reach_of
from bulkhead.runtime.projections.movement_query import MovementQuery, Reading
from bulkhead.web.live.desk import Desk
from bulkhead.web.live.records import Message, event, now_ms, record
from bulkhead.web.live.viewers import Channel, Viewer

TICK_S = 0.35
BEAT_S = 5.0
IDLE_S = 10.0  # without viewers, then it sleeps
RUN_MAX = 65_536  # sequences in one tick
RUN_MISSED_MIN, RUN_MISSED_MAX = 8_192, 262_144  # sequences in one record of what was missed
ALARMS_MAX, ROWS_MAX = 400, 25  # rows in one record; the rest is counted
HISTORY = 400  # sequences that somebody new is shown
TICKS_KEPT_MAX = 32  # a channel; who was away for a moment needs no database
ANSWERS_KEPT_MAX = 32  # records of what was missed
ANSWER_S_MAX = 10.0  # a name that was erased since must not come back
FILTERS_MAX = 24  # different ones at a time
_log = structlog.get_logger()


class Feed:
    """Runs from its first viewer until ``IDLE_S`` after its last one. All of it happens in one event loop."""

    def __init__(self, institution: str, live: Desk, missed: Desk) -> None:
        self.institution = institution
        self.position = 0  # everything before this sequence has been offered
        self.present: set[Viewer] = set()  # all whose streams are open
        self._offered: set[Viewer] = set()  # those of them who have caught up
        self._reach = Reach(0, 0, None)
        self._live, self._missed = live, missed
        self._kept: dict[Channel, deque[Message]] = {}
        self._asked: dict[tuple[Channel, int], tuple[float, asyncio.Task[Message]]] = {}  # oldest first
        self._trouble_ms: int | None = None
        self._beat_s = self._seen_s = 0.0
        self._opened: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        return self._running is not None and self._running.done()

    async def open(self) -> None:
        """Find out where the institution is, and begin. Raises ``ConnectionError``; ``close`` it then."""
        if self._opened is None:
            self._opened = asyncio.create_task(self._begin())
        await asyncio.shield(self._opened)

    def knows(self, sequence: int) -> bool:
        """Whether there is such a position at all."""
        return 0 <= sequence <= max(self._reach.journal_to, self.position)

    def has_room_for(self, query: MovementQuery) -> bool:
        """Whether one more filter can be answered."""
        queries = {viewer.channel.query for viewer in self.present}
        return query in queries or len(queries) < FILTERS_MAX

    def offer_to(self, viewer: Viewer) -> None:
        """From now on the viewer is offered all that comes after ``position``."""
        self._offered.add(viewer)

    def leave(self, viewer: Viewer) -> None:
        """Its stream has ended."""
        self.present.discard(viewer)
        self._offered.discard(viewer)

    async def before(self, channel: Channel, stop: int) -> Message:
        """What somebody new is shown: the last movements before ``stop``, which is not 0.

        Raises ``ConnectionError``.
        """
        key = (channel, -1 - stop // HISTORY)  # whoever comes at about the same time is shown the same
        return await self._once(key, max(0, stop - HISTORY), stop, "history")

    async def missed(self, channel: Channel, start: int) -> Message:
        """The next record from ``start``, which lies before ``position``. Raises ``ConnectionError``."""
        for kept in self._kept.get(channel, ()):
            if kept.start == start:
                return kept
        run = max(RUN_MISSED_MIN, min(RUN_MISSED_MAX, (self.position - start) // 32))
        return await self._once((channel, start), start, min(self.position, start + run), "missed")

    def end(self, why: str) -> None:
        """Send everybody away and stop."""
        for viewer in tuple(self.present):
            viewer.send_away(why)
        for task in (self._opened, self._running):
            if task is not None:
                task.cancel()
        self._live.close()
        self._missed.close()

    async def _begin(self) -> None:
        self._reach = await self._live.ask(reach_of)
        self.position = self._reach.projected_to
        self._seen_s = self._now_s()
        self._running = asyncio.create_task(self._run(), name=f"live {self.institution}")
        self._running.add_done_callback(self._stopped)

    async def _run(self) -> None:
        while self.present or self._now_s() - self._seen_s < IDLE_S:
            began_s = self._now_s()
            if self.present:
                self._seen_s = began_s
            more = False
            try:
                more = await self._tick()
                self._trouble_ms = None
            except (ConnectionError, BadInput) as problem:
                self._tell_trouble(problem)
            if not more:
                await asyncio.sleep(max(TICK_S / 4, TICK_S - (self._now_s() - began_s)))

    async def _tick(self) -> bool:
        """Offer what has arrived; True when there is more already."""
        self._reach = await self._live.ask(reach_of)
        start, stop = self.position, min(self._reach.projected_to, self.position + RUN_MAX)
        if stop > start:
            channels = {viewer.channel for viewer in self._offered}
            messages = await self._live.ask(partial(_messages, channels=channels, start=start, stop=stop))
            self.position = stop
            self._offer(messages)
        if self._now_s() - self._beat_s >= BEAT_S:
            self._beat_s = self._now_s()
            self._tell("beat", self.standing())
        return stop < self._reach.projected_to

    def standing(self) -> dict[str, int | None]:
        """Where things are, for those who wonder why nothing comes."""
        received_us = self._reach.received_us
        return {
            "at_ms": now_ms(),
            "position": self.position,
            "behind": max(0, self._reach.journal_to - self.position),
            "newest_ms": None if received_us is None else received_us // 1000,
        }

    def _offer(self, messages: dict[Channel, Message]) -> None:
        for channel, message in messages.items():
            self._kept.setdefault(channel, deque(maxlen=TICKS_KEPT_MAX)).append(message)
        for gone in self._kept.keys() - messages.keys():
            del self._kept[gone]  # its last viewer left; what comes now would leave a hole
        for viewer in tuple(self._offered):
            # One who came while this was read sees the gap and asks for it.
            if viewer.channel in messages:
                viewer.offer(messages[viewer.channel])

    def _tell(self, kind: str, body: dict[str, int | None]) -> None:
        message = Message(self.position, None, event(kind, body))
        for viewer in tuple(self._offered):
            viewer.offer(message)

    def _tell_trouble(self, problem: Exception) -> None:
        """Once; what it takes to mend it is not for those who watch to know."""
        if self._trouble_ms is None:
            self._trouble_ms = now_ms()
            _log.warning("live stream", institution=self.institution, problem=str(problem))
            self._tell("trouble", {"since_ms": self._trouble_ms})

    async def _once(self, key: tuple[Channel, int], start: int, stop: int, kind: str) -> Message:
        """When all come back at once, they have missed the same: it is read once."""
        now_s = self._now_s()
        asked_s, task = self._asked.get(key, (0.0, None))
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or now_s - asked_s > ANSWER_S_MAX:
            task = asyncio.create_task(self._read(key[0], start, stop, kind))
            self._asked[key] = now_s, task
            while len(self._asked) > ANSWERS_KEPT_MAX:
                del self._asked[next(iter(self._asked))]
        return await asyncio.shield(task)

    async def _read(self, channel: Channel, start: int, stop: int, kind: str) -> Message:
        found = await self._missed.ask(partial(_found, query=channel.query, start=start, stop=stop))
        return await asyncio.to_thread(record, found, channel.wording, kind=kind)

    def _stopped(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            _log.error("live stream", institution=self.institution, bug=repr(task.exception()))
        self.end("stopping")

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def _found(reading: Reading, query: MovementQuery, start: int, stop: int) -> Arrivals:
    return arrivals(reading, query, start, stop, alarms_max=ALARMS_MAX, rows_max=ROWS_MAX)


def _messages(reading: Reading, channels: set[Channel], start: int, stop: int) -> dict[Channel, Message]:
    """Each question is asked once, each wording made once."""
    found = {query: _found(reading, query, start, stop) for query in {channel.query for channel in channels}}
    return {channel: record(found[channel.query], channel.wording) for channel in channels}
