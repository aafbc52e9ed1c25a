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
from types import TracebackType
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from bulkhead.engine.machine import Stepped
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import TimeAdvanced
from bulkhead.kernel.movements import ABSENT, BATCH_ROWS_MAX
from bulkhead.kernel.protocols import Clock
from bulkhead.runtime.service.answers import Answers, Taken
from bulkhead.runtime.service.commands import Decision, Movement, Office, OfficeReply, Problem
from bulkhead.runtime.service.inbox import Inbox, MovementsJob, NotTaken, OfficeJob
from bulkhead.runtime.service.records import RecordReader, Records, source_of
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
        self._source = source_of(institution)
        self._reader = RecordReader(self._source, writer.stores.vault)
        self._inbox = Inbox(rows_max=4 * BATCH_ROWS_MAX)
        self._answers = Answers(writer.stores.journal, writer.machine)
        self._under_way: deque[Future[None]] = deque()
        self._snapshot_at = writer.machine.sequence + SNAPSHOT_EVERY
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def __enter__(self) -> Serving:
        register_source(self._writer, self._source)
        warm()
        self._advance_time()
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
        return self._answers.of(taken, first, first + len(movements))

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
            self._inbox.close(f"The engine has stopped: {failure}")
            while waiting := self._inbox.take(BATCH_ROWS_MAX, 0):
                for job in waiting:
                    job.fail(NotTaken("The engine has stopped; nothing was decided."))
            self.stopped.set()

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
                self._advance_time()
                self._keep_snapshot()
            self._work(jobs)

    def _work(self, jobs: list[MovementsJob | OfficeJob]) -> None:
        movements = [job for job in jobs if isinstance(job, MovementsJob)]
        try:
            self._let_holds_lapse()
            for job in jobs:
                if isinstance(job, OfficeJob):
                    self._carry_out(job)
            if movements:
                self._decide(movements)
        except BaseException as failure:
            for job in jobs:
                _fail(job, failure)
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

    def _decide(self, jobs: list[MovementsJob]) -> None:
        movements = [movement for job in jobs for movement in job.movements]
        try:
            records = self._reader.read(movements, self._clock.now_us())
        except (BadInput, ConnectionError) as problem:  # the vault: the machine has not been touched
            for job in jobs:
                job.fail(NotTaken(f"Nothing was decided: {problem}"))
            return
        rows, repeats = self._set_late_aside(records)
        batch = records.batch if len(rows) == len(records.batch) else records.batch.take(rows)
        stepped = self._writer.loop.step(batch, earlier_movements(self._writer, batch))
        durable = self._writer.loop.commit(stepped)
        self._under_way.append(durable)
        taken = self._taken(movements, records, rows, stepped, repeats)
        durable.add_done_callback(lambda done: self._answer(jobs, taken, done))

    def _answer(self, jobs: list[MovementsJob], taken: Taken, durable: Future[None]) -> None:
        """Hand a micro-batch that is durable, or has failed, to its callers. Runs in the thread that commits."""
        failure, first = durable.exception(), 0
        if failure is not None:
            self._inbox.close(f"The engine has stopped: {failure}")
        for job in jobs:
            if failure is not None:
                _fail(job, failure)
            else:
                job.taken.set_result((taken, first))
            first += len(job.movements)

    def _set_late_aside(self, records: Records) -> tuple[NDArray[np.int64], dict[int, int]]:
        """The rows to decide, and the repeats among those that come too late to be new (by record)."""
        machine, batch = self._writer.machine, records.batch
        behind_s = (machine.effective_us - batch.rows["event_us"]) // 1_000_000
        late = np.flatnonzero(behind_s > self._source.skew_s)
        if not len(late):
            return np.arange(len(batch)), {}
        late_batch = batch.take(late)
        earlier, seen = earlier_movements(self._writer, late_batch), machine.seen(late_batch)
        repeats = {}
        for k, row in enumerate(late.tolist()):
            record, sequence = int(records.positions[row]), earlier.get(late_batch.ids[k], int(seen[k]))
            if sequence != ABSENT:
                repeats[record] = sequence
            else:
                reason = f"found a time {behind_s[row]:,} s behind the journal's; expected at most"
                records.problems[record] = Problem("time", f"{reason} {self._source.skew_s:,} s")
        return np.setdiff1d(np.arange(len(batch)), late), repeats

    def _taken(
        self,
        movements: Sequence[Movement],
        records: Records,
        rows: NDArray[np.int64],
        stepped: Stepped,
        repeats: dict[int, int],
    ) -> Taken:
        record_of = records.positions[rows]
        return Taken(
            movements,
            records.batch,
            positions={record: row for row, record in enumerate(records.positions.tolist())},
            problems=records.problems,
            fresh={record: row for row, record in enumerate(record_of[stepped.kept].tolist())},
            repeats=repeats | {int(record_of[repeat.row]): repeat.sequence for repeat in stepped.repeats},
            booked=stepped.booked,
            rule_codes=self._writer.machine.rule_codes,
        )

    def _wait_for_commits(self, under_way_max: int) -> None:
        while self._under_way and (len(self._under_way) > under_way_max or self._under_way[0].done()):
            self._under_way.popleft().result()

    def _let_holds_lapse(self) -> None:
        """Those that are due: money may not go out of one because the next tick is still to come."""
        machine = self._writer.machine
        now_us = max(self._clock.now_us(), machine.effective_us)
        if machine.book.next_expiry_us() <= now_us:
            self._writer.loop.apply(TimeAdvanced(now_us))

    def _advance_time(self) -> None:
        """Holds that have lapsed by now lapse."""
        now_us = self._clock.now_us()
        if now_us > self._writer.machine.effective_us:
            self._writer.loop.apply(TimeAdvanced(now_us))

    def _keep_snapshot(self) -> None:
        """A snapshot and a signed checkpoint now and then, so that a restart need not fold all of the day."""
        machine = self._writer.machine
        if machine.sequence >= self._snapshot_at:
            self._writer.loop.mark()
            self._writer.snapshots.save(machine)
            seal_checkpoint(self._writer.stores, machine)
            self._snapshot_at = machine.sequence + SNAPSHOT_EVERY
            _log.info("snapshot kept", sequence=machine.sequence)


def _fail(job: MovementsJob | OfficeJob, failure: BaseException) -> None:
    if not (job.taken if isinstance(job, MovementsJob) else job.reply).done():
        job.fail(failure)
