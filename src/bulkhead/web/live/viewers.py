"""Those who watch: what waits for each of them, and how many there may be."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from bulkhead.runtime.projections.movement_query import MovementQuery
from bulkhead.web.live.records import Message, Wording

STREAMS_MAX = 200
STREAMS_PER_ACCOUNT_MAX = 6
START_S_MAX = 15.0  # a seat whose stream has not begun by then is free again: its caller had gone before
MESSAGES_WAITING_MAX = 4  # more would be a screen that is behind: then one record tells all of it together
STUCK_S_MAX = 20.0  # one that takes nothing for so long is gone
END_S_MAX = 2.0  # for the last words to one that is sent away


@dataclass(frozen=True, slots=True)
class Channel:
    """Viewers of one channel get the same bytes."""

    query: MovementQuery
    wording: Wording


class Viewer:
    """One stream, seen from the event loop.

    Slower than what arrives, it is told less often and more at a time; one that takes nothing is sent away and may
    come back.
    """

    def __init__(self, channel: Channel, session: str) -> None:
        self.channel = channel
        self.session = session
        self.why = ""  # it was sent away; "" while it is welcome
        self._waiting: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task: asyncio.Task[Any] | None = None
        self._took_s = time.monotonic()

    def begin(self) -> None:
        """Called by the stream from its own task."""
        self._task = asyncio.current_task()

    def offer(self, message: Message) -> None:
        """Let it have a message after those that wait, or instead of them: it notices the gap and asks."""
        if self.why:
            return
        if self._waiting.qsize() >= MESSAGES_WAITING_MAX:
            self._forget_waiting()
        if not self._waiting.empty() and time.monotonic() - self._took_s > STUCK_S_MAX:
            self.send_away("slow")
        else:
            self._waiting.put_nowait(message)

    def send_away(self, why: str) -> None:
        """End its stream: ``slow``, ``changed`` and ``stopping`` may come back at once, ``ended`` may not."""
        if self.why:
            return
        self.why = why
        self._forget_waiting()  # what it has not taken it will ask for
        self._waiting.put_nowait(None)
        asyncio.get_running_loop().call_later(END_S_MAX, self._cut_off)

    async def next(self) -> Message | None:
        """The next message; None when it has to go."""
        message = await self._waiting.get()
        self._took_s = time.monotonic()
        return message

    def _forget_waiting(self) -> None:
        while not self._waiting.empty():
            self._waiting.get_nowait()

    def _cut_off(self) -> None:
        """It does not read, so its last words wait for ever."""
        if self._task is not None and not self._task.done():
            self._task.cancel()


@dataclass(slots=True)
class Seat:
    """A place among the streams."""

    account: int
    taken_s: float
    started: bool = False


@dataclass(slots=True)
class Seats:
    """How many streams there are, for any thread."""

    _taken: list[Seat] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, account: int) -> Seat | None:
        """A seat for an account; None when it has enough of them, or all are taken."""
        now_s = time.monotonic()
        with self._lock:
            self._taken = [seat for seat in self._taken if seat.started or now_s - seat.taken_s < START_S_MAX]
            held = Counter(seat.account for seat in self._taken)
            if len(self._taken) >= STREAMS_MAX or held[account] >= STREAMS_PER_ACCOUNT_MAX:
                return None
            seat = Seat(account, now_s)
            self._taken.append(seat)
            return seat

    def give_back(self, seat: Seat) -> None:
        """Free a seat; one that is free already stays so."""
        with self._lock:
            self._taken = [taken for taken in self._taken if taken is not seat]

    def __len__(self) -> int:
        return len(self._taken)


SEATS = Seats()
