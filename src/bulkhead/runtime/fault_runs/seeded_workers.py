"""Workers without threads: what waits is worked off at moments drawn from a seed.

So a commit may lag behind the machine, and the projections behind the commits, in every way that threads could
bring about between two calls, and yet the same way each time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from bulkhead.simulation.drawing import Draw

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone in this very moment; nobody is told and nothing is tidied up."""


class _Line(Protocol):
    def work_off(self) -> None: ...


class SeededWorkers:
    """Makes the workers of one process; see ``NewWorker``. After ``Killed`` they do nothing any more."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.killed = False
        self._lines: list[_Line] = []
        self._laziness: list[int] = []  # works in one of so many turns

    def __call__(
        self,
        name: str,
        work: Callable[[list[T]], None],
        /,
        *,
        waiting_max: int,
        together: int = 1,
        drop: Callable[[T, BaseException], None] = lambda item, failure: None,
    ) -> SeededWorker[T]:
        worker = SeededWorker(self, work, waiting_max, together, drop)
        self._lines.append(worker)
        self._laziness.append(1 + self.draw.below(8) * self.draw.below(4))
        return worker

    def run_some(self) -> None:
        """Let each worker do a little, or nothing."""
        for line, laziness in zip(self._lines, self._laziness, strict=True):
            if not self.draw.below(laziness):
                for _ in range(self.draw.below(4)):
                    line.work_off()

    def check_alive(self) -> None:
        """Raises ``Killed`` when the process is."""
        if self.killed:
            raise Killed


class SeededWorker(Generic[T]):
    """Keeps the laws of ``runtime.worker.Worker``."""

    def __init__(
        self,
        workers: SeededWorkers,
        work: Callable[[list[T]], None],
        waiting_max: int,
        together: int,
        drop: Callable[[T, BaseException], None],
    ) -> None:
        self._workers = workers
        self._work = work
        self._waiting_max = waiting_max
        self._together = together
        self._drop = drop
        self._waiting: deque[T] = deque()
        self._failure: BaseException | None = None

    def put(self, item: T) -> None:
        """See ``Worker.put``."""
        self._raise_failure()
        while len(self._waiting) >= self._waiting_max:
            self.work_off()
        self._waiting.append(item)

    def join(self) -> None:
        """See ``Worker.join``."""
        while self._waiting:
            self.work_off()
        self._raise_failure()

    def stop(self) -> None:
        """See ``Worker.stop``."""
        self.join()

    def work_off(self) -> None:
        """Work on as many of what waits as are taken together this time."""
        self._workers.check_alive()
        count = min(len(self._waiting), self._workers.draw.between(1, self._together))
        items = [self._waiting.popleft() for _ in range(count)]
        if items and self._failure is None:
            try:
                self._work(items)
                return
            except Killed:
                self._workers.killed = True
                raise
            except BaseException as failure:  # noqa: BLE001 - as a thread's worker keeps whatever it was
                self._failure = failure
        if self._failure is not None:
            for item in items:
                self._drop(item, self._failure)

    def _raise_failure(self) -> None:
        self._workers.check_alive()
        if self._failure is not None:
            raise self._failure
