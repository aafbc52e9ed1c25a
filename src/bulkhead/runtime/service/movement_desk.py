"""Decides what callers hand in, a micro-batch at a time, and answers once it is durable.

It knows no thread and no waiting: ``Serving`` calls it from its one thread, a simulator from its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from bulkhead.engine.machine import Stepped
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import TimeAdvanced
from bulkhead.kernel.movements import ABSENT, MovementBatch
from bulkhead.kernel.protocols import Clock, Storage, Vault
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.service.answers import Answers, Taken
from bulkhead.runtime.service.commands import Decision, Movement, Problem
from bulkhead.runtime.service.inbox import MovementsJob, NotTaken, OfficeJob
from bulkhead.runtime.service.records import RecordReader, Records, source_of

Earlier = Callable[[MovementBatch], dict[str, int]]  # ids only the stored journal can tell from new ones
OnFailure = Callable[[BaseException], None]


class MovementDesk:
    """Where movements are handed in. ``earlier`` is asked before every batch, see ``earlier_movements``.

    ``on_failure`` is told in the committing thread when a commit has failed: nothing more will be durable.
    """

    def __init__(
        self,
        loop: EngineLoop,
        journal: Storage,
        vault: Vault,
        earlier: Earlier,
        clock: Clock,
        on_failure: OnFailure,
    ) -> None:
        institution = loop.machine.institution
        assert institution is not None, "a desk opens when the journal has begun"
        self.source = source_of(institution)
        self._loop = loop
        self._earlier = earlier
        self._clock = clock
        self._on_failure = on_failure
        self._reader = RecordReader(self.source, vault)
        self._answers = Answers(journal, loop.machine)

    def answer(self, taken: Taken, first: int, count: int) -> tuple[Decision, ...]:
        """What ``count`` records of a durable micro-batch hear. Any thread may ask."""
        return self._answers.of(taken, first, first + count)

    def work_off(
        self, jobs: Sequence[MovementsJob | OfficeJob], carry_out: Callable[[OfficeJob], None]
    ) -> list[Future[None]]:
        """Work off what was handed in together: the office's first, then all movements at once.

        Gives the commit of the movements that is under way, if there is one.
        """
        self.let_holds_lapse()
        for job in jobs:
            if isinstance(job, OfficeJob):
                carry_out(job)
        movements = [job for job in jobs if isinstance(job, MovementsJob)]
        durable = self.decide(movements) if movements else None
        return [] if durable is None else [durable]

    def decide(self, jobs: Sequence[MovementsJob]) -> Future[None] | None:
        """Decide the movements of these jobs and send them to the journal; the jobs are told when it has them.

        Gives the commit that is under way, None when nothing could be decided.
        """
        movements = [movement for job in jobs for movement in job.movements]
        try:
            records = self._reader.read(movements, self._clock.now_us(), self._loop.machine.effective_us)
        except (BadInput, ConnectionError) as problem:  # the vault: the machine has not been touched
            for job in jobs:
                job.fail(NotTaken(f"Nothing was decided: {problem}"))
            return None
        rows, repeats = self._set_late_aside(records)
        batch = records.batch if len(rows) == len(records.batch) else records.batch.take(rows)
        stepped = self._loop.step(batch, self._earlier(batch))
        durable = self._loop.commit(stepped)
        taken = self._taken(movements, records, rows, stepped, repeats)
        durable.add_done_callback(lambda done: self._tell(jobs, taken, done))
        return durable

    def let_holds_lapse(self) -> None:
        """Those that are due: money may not go out of one because the next tick is still to come."""
        machine = self._loop.machine
        now_us = max(self._clock.now_us(), machine.effective_us)
        if machine.book.next_expiry_us() <= now_us:
            self._loop.apply(TimeAdvanced(now_us))

    def advance_time(self) -> None:
        """Holds that have lapsed by now lapse."""
        now_us = self._clock.now_us()
        if now_us > self._loop.machine.effective_us:
            self._loop.apply(TimeAdvanced(now_us))

    def _tell(self, jobs: Sequence[MovementsJob], taken: Taken, durable: Future[None]) -> None:
        """Hand a micro-batch that is durable, or has failed, to its callers. Runs in the thread that commits."""
        failure, first = durable.exception(), 0
        if failure is not None:
            self._on_failure(failure)
        for job in jobs:
            if failure is not None:
                fail(job, failure)
            else:
                job.taken.set_result((taken, first))
            first += len(job.movements)

    def _set_late_aside(self, records: Records) -> tuple[NDArray[np.int64], dict[int, int]]:
        """The rows to decide, and the repeats among those that come too late to be new (by record)."""
        machine, batch = self._loop.machine, records.batch
        behind_s = (machine.effective_us - batch.rows["event_us"]) // 1_000_000
        late = np.flatnonzero(behind_s > self.source.skew_s)
        if not len(late):
            return np.arange(len(batch)), {}
        late_batch = batch.take(late)
        earlier, seen = self._earlier(late_batch), machine.seen(late_batch)
        repeats = {}
        for k, row in enumerate(late.tolist()):
            record, sequence = int(records.positions[row]), earlier.get(late_batch.ids[k], int(seen[k]))
            if sequence != ABSENT:
                repeats[record] = sequence
            else:
                reason = f"found a time {behind_s[row]:,} s behind the journal's; expected at most"
                records.problems[record] = Problem("time", f"{reason} {self.source.skew_s:,} s")
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
            rule_codes=self._loop.machine.rule_codes,
        )


def fail(job: MovementsJob | OfficeJob, failure: BaseException) -> None:
    """Tell a job that has not heard anything yet."""
    if not (job.taken if isinstance(job, MovementsJob) else job.reply).done():
        job.fail(failure)
