"""What waits for the engine: a bounded line of jobs, taken as many at a time as fit one micro-batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition

from bulkhead.runtime.service.answers import Taken
from bulkhead.runtime.service.commands import Movement, Office, OfficeReply


@dataclass(frozen=True, slots=True)
class MovementsJob:
    """Movements of one caller. ``taken`` gives the micro-batch they went into and their first row in it."""

    movements: Sequence[Movement]
    taken: Future[tuple[Taken, int]] = field(default_factory=Future)

    @property
    def size(self) -> int:
        return len(self.movements)

    def fail(self, why: BaseException) -> None:
        self.taken.set_exception(why)


@dataclass(frozen=True, slots=True)
class OfficeJob:
    """A command that is carried out on its own, between micro-batches."""

    command: Office
    reply: Future[OfficeReply] = field(default_factory=Future)
    size: int = 0

    def fail(self, why: BaseException) -> None:
        self.reply.set_exception(why)


Job = MovementsJob | OfficeJob


class NotTaken(Exception):
    """A job was not taken, so nothing of it has happened. The message says why."""


class Inbox:
    """Jobs in the order they came. Any thread may put, one takes."""

    def __init__(self, *, rows_max: int) -> None:
        self._rows_max = rows_max  # waiting movements beyond which callers wait
        self._jobs: deque[Job] = deque()
        self._rows = 0
        self._closed = ""
        self._changed = Condition()

    def put(self, job: Job, wait_s: float) -> None:
        """Hand in a job, waiting for room. Raises ``NotTaken``."""
        with self._changed:
            has_room = self._changed.wait_for(lambda: self._closed or self._rows < self._rows_max, wait_s)
            if self._closed:
                raise NotTaken(self._closed)
            if not has_room:
                raise NotTaken("The engine has more work than it can take; nothing was decided, ask again later.")
            self._jobs.append(job)
            self._rows += job.size
            self._changed.notify_all()

    def take(self, rows_max: int, wait_s: float) -> list[Job] | None:
        """All that waits and fits: movements of at most ``rows_max``, or one command by itself.

        Waits for the first only; empty when none came in time, None when the inbox is closed and empty.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._jobs or self._closed), wait_s):
                return []
            if not self._jobs:
                return None
            jobs = [self._jobs.popleft()]
            rows = jobs[0].size
            while rows and self._jobs and 0 < self._jobs[0].size <= rows_max - rows:
                jobs.append(self._jobs.popleft())
                rows += jobs[-1].size
            self._rows -= rows
            self._changed.notify_all()
            return jobs

    def close(self, why: str) -> None:
        """Take nothing more; what waits is still to be taken."""
        with self._changed:
            self._closed = self._closed or why
            self._changed.notify_all()
