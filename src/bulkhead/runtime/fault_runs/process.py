"""One engine process of a fault run: it takes the lease, recovers, serves and dies as the real one does.

What ``wiring.open_writer`` and ``service.serving.Serving`` do with threads and sockets is done here in turns, with
the same parts: recovery, the loop, the inbox, the movements' desk and the office.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg

from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened, SourceRegistered
from bulkhead.kernel.movements import MovementBatch
from bulkhead.kernel.protocols import JournalConflict, LeaseLost
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.fault_runs.commands_of import answers_of, command_of, movements_of, told_of
from bulkhead.runtime.fault_runs.projection_tables import RowsTwice
from bulkhead.runtime.fault_runs.seeded_workers import Killed, SeededWorkers
from bulkhead.runtime.fault_runs.site import (
    Clock,
    FaultyLease,
    FaultyMedium,
    FaultyProjector,
    FaultyStorage,
    FaultyVault,
    Site,
)
from bulkhead.runtime.recovery import recover
from bulkhead.runtime.service.inbox import Inbox, MovementsJob, NotTaken, OfficeJob
from bulkhead.runtime.service.movement_desk import MovementDesk, fail
from bulkhead.runtime.service.office import carry_out
from bulkhead.runtime.snapshots import Snapshots
from bulkhead.simulation.faults.ledger import demand
from bulkhead.simulation.faults.letters import Asked, MovementsAsked, MovementsTold, OfficeTold, Told
from bulkhead.simulation.faults.weather import Trouble

KEY = bytes(range(32))
OPENING = InstitutionOpened("faulty", "CNY", 480)
GENERATION_IDS = 16  # so few that repeats must be looked up in the journal
ROWS_MAX = GENERATION_IDS // 2
UNDER_WAY_MAX = 2
TICK_US = 4_000_000
BEAT_US = 3_000_000
STALLED_US = (3_000_000, 40_000_000)
# What may end an engine: whatever else does is a bug.
MISHAPS = (ConnectionError, LeaseLost, JournalConflict, RowsTwice, NotTaken, psycopg.Error, OSError)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an engine is made of. A mutant is these parts with one of them spoilt."""

    storage: type[FaultyStorage] = FaultyStorage
    projector: type[FaultyProjector] = FaultyProjector
    snapshots: type[Snapshots] = Snapshots
    loop: type[EngineLoop] = EngineLoop
    recovered: Callable[[Machine], object] = id  # done to a machine that has just recovered


class EngineProcess:
    """A process that may be the writer. Raises one of ``MISHAPS`` or ``LeaseHeld`` when it cannot begin."""

    def __init__(self, site: Site, number: int, parts: Parts) -> None:
        self.site, self.name = site, f"engine {number}"
        self.alive, self.failure, self.born_calm = True, "", site.weather.calm
        self._clock = Clock(site, self.name)
        self._lease = FaultyLease(site, Clock(site, "the database"))
        self._draw = site.draw(self.name)
        self._workers = SeededWorkers(site.draw(f"workers of {self.name}"))
        self._storage, self._vault = parts.storage(site), FaultyVault(site)
        self._inbox = Inbox(rows_max=4 * ROWS_MAX)
        self._pending: list[tuple[Asked, MovementsJob | OfficeJob]] = []
        self._under_way: deque[Future[None]] = deque()
        self._stalled_until_us = self._beat_us = self._tick_us = 0
        self._snapshot_every = self._draw.between(2, 15)
        self._epoch = self._lease.acquire(self.name)
        try:
            self._recover(parts)
        except Killed:
            self.die()
            raise
        except BaseException:
            self._lease.release()
            raise
        self._snapshot_at = self.machine.sequence + self._snapshot_every
        site.note(f"{self.name} has epoch {self._epoch} and {self.machine.sequence} leaves")

    @property
    def machine(self) -> Machine:
        return self.loop.machine

    @property
    def stalled(self) -> bool:
        """Whether it stands still just now, and knows nothing of it."""
        return self.site.now_us < self._stalled_until_us

    def take(self, asked: Asked) -> None:
        """A letter has come."""
        job: MovementsJob | OfficeJob
        if isinstance(asked, MovementsAsked):
            job = MovementsJob(movements_of(asked, OPENING))
        else:
            job = OfficeJob(command_of(asked))
        with suppress(NotTaken):
            self._inbox.put(job, 0)
            self._pending.append((asked, job))

    def turn(self) -> list[Told]:
        """Do what is to be done now, or some of it; gives the answers that are ready."""
        weather = self.site.weather
        if self.stalled:
            return []
        with self._dying():
            if weather.strikes(Trouble.KILLED):
                self.site.note(f"{self.name} is killed")
                raise Killed
            if weather.strikes(Trouble.STALLED):
                self._stalled_until_us = self.site.now_us + self._draw.between(*STALLED_US)
                self.site.note(f"{self.name} stands still")
                return []
            self._beat()
            self._wait_for_commits(UNDER_WAY_MAX - 1)
            self._tick()
            self._work(self._inbox.take(ROWS_MAX, 0) or [])
            self._workers.run_some()
            self._wait_for_commits(UNDER_WAY_MAX)
        return self._answers()

    def stop(self) -> list[Told]:
        """End in good order, as ``open_writer`` does when its block ends well."""
        with self._dying():
            self._inbox.close("The engine is stopping; nothing was decided.")
            while jobs := self._inbox.take(ROWS_MAX, 0):
                self._work(jobs)
            self._wait_for_commits(0)
            self.loop.close()
            self._snapshots.save(self.machine)
            self._lease.release()
            self.site.note(f"{self.name} ends in good order with {self.machine.sequence} leaves")
        self.alive = False
        return self._answers()

    def die(self) -> None:
        """The process is gone. The database sees its connections close."""
        self.alive, self._pending = False, []
        self._workers.killed = True
        self._lease.drop()

    def _recover(self, parts: Parts) -> None:
        projector = parts.projector(self.site)
        self._find = projector.find
        self._snapshots = parts.snapshots(FaultyMedium(self.site), KEY, GENERATION_IDS)
        machine, feed = recover(self._storage, projector, self._snapshots)
        parts.recovered(machine)
        self.loop = parts.loop(machine, self._storage, projector, feed, self._clock, self._epoch, self._workers)
        try:
            if machine.institution is None:
                self.loop.apply(OPENING)
            self._desk = MovementDesk(
                self.loop, self._storage, self._vault, self._earlier, self._clock, self._close_inbox
            )
            source = self._desk.source
            event = SourceRegistered(source.code, source.definition, source.provides)
            if machine.sources.get(source.code) != event:
                self.loop.apply(event)
        except MISHAPS:
            self.loop.abandon()
            self._workers.check_alive()
            raise

    def _earlier(self, batch: MovementBatch) -> dict[str, int]:
        suspects = self.machine.suspects(batch)
        if not suspects:
            return {}
        self.loop.catch_up(self.machine.sequence - self.machine.duplicates.recent_ids)
        return self._find(suspects)

    def _close_inbox(self, failure: BaseException) -> None:
        self._inbox.close(f"The engine has stopped: {failure}")

    @contextmanager
    def _dying(self) -> Iterator[None]:
        """Die of ``Killed``, and fail of whatever else may end an engine."""
        try:
            try:
                yield
            except MISHAPS as failure:
                self._fail(failure)
        except Killed:
            self.die()

    def _fail(self, failure: BaseException) -> None:
        """As ``Serving`` and ``open_writer`` end when something has failed."""
        self.failure = f"{type(failure).__name__}: {failure}"
        self.site.note(f"{self.name} fails: {self.failure}")
        self._close_inbox(failure)
        while jobs := self._inbox.take(ROWS_MAX, 0):
            for job in jobs:
                job.fail(NotTaken("The engine has stopped; nothing was decided."))
        self.loop.abandon()
        self._workers.check_alive()
        self._lease.release()
        self.alive = False

    def _beat(self) -> None:
        if self.site.now_us - self._beat_us >= BEAT_US:
            self._beat_us = self.site.now_us
            with suppress(LeaseLost):  # the next commit will be refused
                self._lease.renew()

    def _tick(self) -> None:
        if self.site.now_us - self._tick_us < TICK_US:
            return
        self._tick_us = self.site.now_us
        self._desk.advance_time()
        if self.machine.sequence >= self._snapshot_at:
            self.loop.mark()
            self._snapshots.save(self.machine)
            self._snapshot_at = self.machine.sequence + self._snapshot_every

    def _work(self, jobs: list[MovementsJob | OfficeJob]) -> None:
        try:
            self._under_way += self._desk.work_off(jobs, self._carry_out)
        except MISHAPS as failure:
            for job in jobs:
                fail(job, failure)
            raise

    def _carry_out(self, job: OfficeJob) -> None:
        command, now_us = job.command, self._clock.now_us()
        try:
            reply = carry_out(self._vault, self.machine, self.loop.apply, command, now_us)  # type: ignore[arg-type]  # no replays are asked for here
        except BadInput as refusal:
            job.fail(refusal)
        except ConnectionError as problem:
            self.loop.flush()
            job.fail(NotTaken(f"It was not done, or not all of it: {problem}"))
        else:
            job.reply.set_result(reply)

    def _wait_for_commits(self, under_way_max: int) -> None:
        while self._under_way and (len(self._under_way) > under_way_max or self._under_way[0].done()):
            if not self._under_way[0].done():
                self.loop.flush()
            self._under_way.popleft().result()

    def _answers(self) -> list[Told]:
        """What can be answered now; of what has failed nobody hears."""
        told, waiting = list[Told](), list[tuple[Asked, MovementsJob | OfficeJob]]()
        for asked, job in self._pending:
            if not (job.taken if isinstance(job, MovementsJob) else job.reply).done():
                waiting.append((asked, job))
                continue
            with suppress(*MISHAPS):
                told.append(self._answer(asked, job))
        self._pending = waiting
        return told

    def _answer(self, asked: Asked, job: MovementsJob | OfficeJob) -> Told:
        if isinstance(asked, MovementsAsked):
            assert isinstance(job, MovementsJob), "a job is of its letter's kind"
            decisions = self._desk.answer(*job.taken.result(), len(asked.movements))
            stored = sum(len(batch.leaves) for batch in self.site.tables.batches)
            for decision in decisions:
                demand(
                    decision.sequence < stored, f"{decision.id} is acknowledged at a leaf that is not stored yet"
                )
            return MovementsTold(asked, answers_of(decisions), self.site.now_us)
        assert isinstance(job, OfficeJob), "a job is of its letter's kind"
        try:
            return told_of(asked, job.reply.result())
        except BadInput as refusal:
            return OfficeTold(asked, refused=str(refusal))
