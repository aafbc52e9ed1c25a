"""A long-running engine for one institution: many callers, one thread that decides, answers once durable.

Whatever waits is taken as one micro-batch, so the batch grows with the load and a lone request is not delayed.
While one batch is on its way to the disk the next is decided, and no more than that: what waits longer shares
a commit instead. The wall clock enters here and nowhere else, as a ``TimeAdvanced`` once a minute
and whenever a hold is due.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import TypeVar

import structlog

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import BATCH_ROWS_MAX
from bulkhead.kernel.protocols import Clock
from bulkhead.runtime.service.commands import Decision, Movement, Office, OfficeReply
from bulkhead.runtime.service.inbox import Inbox, MovementsJob, NotTaken, OfficeJob
from bulkhead.runtime.service.movement_desk import MovementDesk, fail
from bulkhead.runtime.service.replays import carry_out_in
from bulkhead.runtime.warming import warm
from bulkhead.runtime.watching import earlier_movements, register_source
from bulkhead.runtime.wiring import Writer, seal_checkpoint

TICK_S = 60.0
WAIT_S_MAX = 10.0  # for room in the inbox
ANSWER_S_MAX = 60.0
UNDER_WAY_MAX = 2  # commits that may be on their way to the disk when the next batch is taken
SNAPSHOT_EVERY = 500_000  # leaves
REPLAYED_AT_ONCE = 25  # quarantined rows, while everybody else waits
_log = structlog.get_logger()
T = TypeVar("T")


class EngineStopped(Exception):
    """The engine has stopped. What it had not answered may or may not be in the journal; asking again tells."""


class Serving:
    """The engine of an open institution. ``send`` and ``ask`` may be called from any number of threads."""

    def __init__(self, writer: Writer, clock: Clock, stopped: threading.Event | None = None) -> None:
        """``stopped`` is set when the engine ends by itself because something failed."""
        institution = writer.machine.institution
        assert institution is not None, "a writer's journal has begun"
        self.stopped = stopped or threading.Event()
        self.institution = institution
        self._writer = writer
        self._clock = clock
        self._inbox = Inbox(rows_max=4 * BATCH_ROWS_MAX)
        stores = writer.stores
        self._desk = MovementDesk(
            writer.loop, stores.journal, stores.vault, partial(earlier_movements, writer), clock, self._close
        )
        self._under_way: deque[Future[None]] = deque()
        self._snapshot_at = writer.machine.sequence + SNAPSHOT_EVERY
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def __enter__(self) -> Serving:
        register_source(self._writer, self._desk.source)
        warm()
        self._desk.advance_time()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Decide and commit what waits, then end. Raises what the engine failed of."""
        self._inbox.close("The engine is stopping; nothing was decided.")
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def send(self, movements: Sequence[Movement]) -> tuple[Decision, ...]:
        """Decide, book and seal; durable when this returns. An id decided before gets its first answer.

        Raises ``BadInput`` for more than a micro-batch, ``NotTaken`` when nothing of it was taken, and
        ``EngineStopped`` when only asking again can tell.
        """
        if len(movements) > BATCH_ROWS_MAX:
            raise BadInput(f"{len(movements):,} movements in one command; at most {BATCH_ROWS_MAX:,}")
        if not movements:
            return ()
        job = MovementsJob(movements)
        self._inbox.put(job, WAIT_S_MAX)
        taken, first = self._result(job.taken)
        return self._desk.answer(taken, first, len(movements))

    def ask(self, command: Office) -> OfficeReply:
        """Carry out any other command; durable when this returns. Raises as ``send`` does."""
        job = OfficeJob(command)
        self._inbox.put(job, WAIT_S_MAX)
        return self._result(job.reply)

    def _result(self, future: Future[T]) -> T:
        try:
            return future.result(ANSWER_S_MAX)
        except (BadInput, NotTaken):
            raise
        except BaseException as failure:  # noqa: BLE001 - whatever ended the engine ends the caller's wait
            raise EngineStopped(f"No answer from the engine ({failure!r}); ask again with the same ids.") from None

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as failure:  # noqa: BLE001 - whatever ended the engine, its callers must hear of it
            self._failure = failure
            self._close(failure)
            while waiting := self._inbox.take(BATCH_ROWS_MAX, 0):
                for job in waiting:
                    job.fail(NotTaken("The engine has stopped; nothing was decided."))
            self.stopped.set()

    def _close(self, failure: BaseException) -> None:
        self._inbox.close(f"The engine has stopped: {failure}")

    def _serve(self) -> None:
        tick_s = time.monotonic() + TICK_S
        while True:
            self._wait_for_commits(UNDER_WAY_MAX - 1)
            jobs = self._inbox.take(BATCH_ROWS_MAX, max(0.0, tick_s - time.monotonic()))
            if jobs is None:
                self._wait_for_commits(0)
                return
            if time.monotonic() >= tick_s:
                tick_s = time.monotonic() + TICK_S
                self._desk.advance_time()
                self._keep_snapshot()
            self._work(jobs)

    def _work(self, jobs: list[MovementsJob | OfficeJob]) -> None:
        try:
            self._under_way += self._desk.work_off(jobs, self._carry_out)
        except BaseException as failure:
            for job in jobs:
                fail(job, failure)
            raise

    def _carry_out(self, job: OfficeJob) -> None:
        try:
            reply = carry_out_in(self._writer, job.command, self._clock.now_us(), rows_max=REPLAYED_AT_ONCE)
        except BadInput as refusal:
            job.fail(refusal)
        except ConnectionError as problem:
            self._writer.loop.flush()  # raises where the machine is ahead of the journal: only recovery helps then
            job.fail(NotTaken(f"It was not done, or not all of it: {problem}"))
        else:
            job.reply.set_result(reply)

    def _wait_for_commits(self, under_way_max: int) -> None:
        while self._under_way and (len(self._under_way) > under_way_max or self._under_way[0].done()):
            self._under_way.popleft().result()

    def _keep_snapshot(self) -> None:
        """A snapshot and a signed checkpoint now and then, so that a restart need not fold all of the day."""
        machine = self._writer.machine
        if machine.sequence >= self._snapshot_at:
            self._writer.loop.mark()
            self._writer.snapshots.save(machine)
            seal_checkpoint(self._writer.stores, machine)
            self._snapshot_at = machine.sequence + SNAPSHOT_EVERY
            _log.info("snapshot kept", sequence=machine.sequence)
