"""A thread that works off a bounded queue and never dies silently."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Works(Protocol[T_contra]):
    """What a worker can be asked to do; see ``Worker``."""

    def put(self, item: T_contra) -> None: ...

    def join(self) -> None: ...

    def stop(self) -> None: ...


class NewWorker(Protocol):
    """Makes workers. A thread's (``Worker``), or a simulator's, whose moments are drawn from a seed."""

    def __call__(
        self,
        name: str,
        work: Callable[[list[T]], None],
        /,
        *,
        waiting_max: int,
        together: int = 1,
        drop: Callable[[T, BaseException], None] = ...,
    ) -> Works[T]: ...


class Worker(Generic[T]):
    """Calls ``work`` with what waits, in order, at most ``together`` items at once.

    The first exception of ``work`` is kept in ``failure`` and raised by the next ``put``, ``join`` or ``stop``;
    items after it are not worked on: they go to ``drop``.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[list[T]], None],
        *,
        waiting_max: int,
        together: int = 1,
        drop: Callable[[T, BaseException], None] = lambda item, failure: None,
    ) -> None:
        self._work = work
        self._drop = drop
        self._together = together
        self._queue: queue.Queue[T | None] = queue.Queue(waiting_max)
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; waits while the queue is full."""
        self._raise_failure()
        self._queue.put(item)

    def join(self) -> None:
        """Wait until all items are worked on."""
        self._queue.join()
        self._raise_failure()

    def stop(self) -> None:
        """Work off what waits and end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._raise_failure()

    def _run(self) -> None:
        ending = False
        while not ending:
            waiting = [self._queue.get()]
            while len(waiting) < self._together and not self._queue.empty():
                waiting.append(self._queue.get())
            ending = None in waiting
            self._handle([item for item in waiting if item is not None])
            for _ in waiting:
                self._queue.task_done()

    def _handle(self, items: list[T]) -> None:
        if items and self.failure is None:
            try:
                self._work(items)
                return
            except BaseException as failure:  # noqa: BLE001 - whatever it is must reach the caller's thread
                self.failure = failure
        if self.failure is not None:
            for item in items:
                self._drop(item, self.failure)

    def _raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure
