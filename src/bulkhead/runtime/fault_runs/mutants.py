"""Bugs planted on purpose, to show that fault runs find such bugs. Each spoils one part of the engine, here only.

A mutant that survives a few hundred seeds says that the runs look away somewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace

from bulkhead.engine.duplicates import Duplicates
from bulkhead.engine.machine import Machine, Stepped
from bulkhead.kernel.journal import JournalBatch, QuarantinedRow, ReadProgress
from bulkhead.kernel.movements import ABSENT, MovementBatch, Phase
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.fault_runs.process import Parts
from bulkhead.runtime.fault_runs.site import FaultyProjector, FaultyStorage
from bulkhead.runtime.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug and the parts it is planted in."""

    what: Words
    parts: Parts


class HastyLoop(EngineLoop):
    """Says durable when the batch is only on its way."""

    def commit(
        self,
        stepped: Stepped,
        progress: ReadProgress | None = None,
        quarantined: tuple[QuarantinedRow, ...] = (),
    ) -> Future[None]:
        super().commit(stepped, progress, quarantined)
        hasty: Future[None] = Future()
        hasty.set_result(None)
        return hasty


class GenerousLoop(EngineLoop):
    """Gives the rest of a hold back once more when the request that uses it is sent again."""

    def step(self, batch: MovementBatch, earlier: Mapping[str, int] | None = None) -> Stepped:
        book = self.machine.book
        stepped = super().step(batch, earlier)
        for repeat in stepped.repeats:
            row = batch.rows[repeat.row]
            if row["phase"] == Phase.VOID and row["debit_account"] != ABSENT:
                account = self.machine.names.find(batch.names[row["debit_account"]])
                book.accounts[account]["held_minor"] -= row["amount_minor"]
        return stepped


class TrustingStorage(FaultyStorage):
    """Stores whatever comes, whoever holds the lease."""

    def store(self, batch: JournalBatch) -> None:
        super().store(replace(batch, epoch=self.site.tables.epoch))


class TrustingProjector(FaultyProjector):
    """Writes on although another writer has written since."""

    def check_first(self) -> None:
        """Nothing is checked."""


class SnapshotsOffByOne(Snapshots):
    """Takes a snapshot that is one leaf ahead of what is stored for one that is not."""

    def newest(self, size_max: int) -> Machine | None:
        return super().newest(size_max + 1)


class SnapshotsOneBehind(Snapshots):
    """Keeps the newest balances beside a tree that is one snapshot older, so that leaves are folded twice."""

    def save(self, machine: Machine) -> None:
        older = self.newest(machine.sequence - 1)
        if older is None:
            super().save(machine)
            return
        older.book = machine.book
        super().save(older)


def _forget_ids(machine: Machine) -> None:
    machine.duplicates = Duplicates(machine.duplicates.recent_ids)


MUTANTS: Mapping[str, Mutant] = {
    "early-acknowledgement": Mutant(
        Words("acknowledges before the commit is durable", "提交尚未落盘即确认"), Parts(loop=HastyLoop)
    ),
    "forgotten-ids": Mutant(
        Words("forgets at recovery which ids it has seen", "恢复时遗忘已见过的编号"), Parts(recovered=_forget_ids)
    ),
    "unchecked-epoch": Mutant(
        Words("lets a superseded writer append", "已被取代的写入方仍可写入"), Parts(storage=TrustingStorage)
    ),
    "unchecked-projections": Mutant(
        Words("lets a superseded writer project", "已被取代的写入方仍可写投影"), Parts(projector=TrustingProjector)
    ),
    "snapshot-off-by-one": Mutant(
        Words("recovers from a snapshot one leaf too new", "快照序号差一"), Parts(snapshots=SnapshotsOffByOne)
    ),
    "snapshot-folds-twice": Mutant(
        Words("keeps balances of now with the tree of before", "快照余额与日志位置不一致"),
        Parts(snapshots=SnapshotsOneBehind),
    ),
    "hold-released-twice": Mutant(
        Words("gives a hold back again when asked again", "重试导致冻结重复释放"), Parts(loop=GenerousLoop)
    ),
}
