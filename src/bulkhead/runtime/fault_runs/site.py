"""All that outlives a process in a fault run: the journal, the projections, snapshots, the line, and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from errno import ENOSPC

import psycopg

from bulkhead.kernel.journal import JournalBatch, JournalHead
from bulkhead.kernel.memory import MemoryLease, MemoryStorage, MemoryTables, MemoryVault
from bulkhead.runtime.fault_runs.projection_tables import MemoryProjector, ProjectionTables
from bulkhead.runtime.fault_runs.seeded_workers import Killed
from bulkhead.runtime.projections.projector import Projection
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.faults.ledger import Broken
from bulkhead.simulation.faults.weather import Trouble, Weather

START_US = 1_767_600_000_000_000  # 2026-01-05
_WRITING = (
    Trouble.KILLED_BEFORE,
    Trouble.BROKEN_BEFORE,
    Trouble.DISK_FULL,
    Trouble.KILLED_AFTER,
    Trouble.BROKEN_AFTER,
)


class Site:
    """One institution's surroundings under the weather of a seed. ``steps`` is the trace of the run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.weather = Weather(seed)
        self.tables = MemoryTables()
        self.projections = ProjectionTables()
        self.snapshots: dict[str, bytes] = {}
        self.now_us = START_US
        self.power_lost = False  # just now; whoever plays the run then ends all processes
        self.steps: list[str] = []
        self.violations: list[str] = []

    def draw(self, name: str) -> Draw:
        """A stream of draws of this run."""
        return Draw(self.seed, name)

    def note(self, step: str) -> None:
        """Add to the trace."""
        self.steps.append(f"{(self.now_us - START_US) / 1_000_000:10.3f}  {step}")

    def demand(self, holds: bool, what: str) -> None:
        """Raise ``Broken`` unless it holds, and remember it: a process that is failing may not pass it on."""
        if not holds:
            self.violations.append(what)
            raise Broken(what)

    def writing(self, what: str) -> Trouble | None:
        """What goes wrong with a commit; raises for what goes wrong before it."""
        trouble = self.weather.strikes(*_WRITING)
        if trouble is not None:
            self.note(f"{what}: {trouble.value}")
        if trouble is Trouble.KILLED_BEFORE:
            raise Killed
        if trouble is Trouble.BROKEN_BEFORE:
            raise ConnectionError("the connection breaks and nothing is stored")
        if trouble is Trouble.DISK_FULL:
            raise psycopg.errors.DiskFull("could not extend file: No space left on device")
        return trouble

    def written(self, trouble: Trouble | None) -> None:
        """Raises for what goes wrong after a commit."""
        if trouble is Trouble.KILLED_AFTER:
            raise Killed
        if trouble is Trouble.BROKEN_AFTER:
            raise ConnectionError("all is stored and the connection breaks before the answer")

    def reading(self, what: str) -> None:
        """Raises when the connection breaks."""
        if self.weather.strikes(Trouble.BROKEN_READING):
            self.note(f"{what}: {Trouble.BROKEN_READING.value}")
            raise ConnectionError("the connection breaks")


class Clock:
    """The clock of one machine, which may be set forward or back at any reading. Time itself goes on."""

    JUMP_US_MAX = 40_000_000

    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        self._draw = site.draw(f"clock {name}")
        self._name = name
        self._ahead_us = 0

    def now_us(self) -> int:
        if self._site.weather.strikes(Trouble.CLOCK_JUMP):
            self._ahead_us += self._draw.between(-self.JUMP_US_MAX, self.JUMP_US_MAX)
            self._site.note(f"the clock of {self._name} is {self._ahead_us / 1_000_000:+.1f} s off")
        if self._site.weather.calm:
            self._ahead_us = 0
        return self._site.now_us + self._ahead_us


class FaultyStorage(MemoryStorage):
    """The journal over a connection that may break, on a disk that may be full."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.tables)
        self.site = site

    def append(self, batch: JournalBatch) -> None:
        """See ``Storage``. Whoever writes must be the current holder of the lease in that very moment."""
        trouble = self.site.writing(f"commit of leaves {batch.first_sequence} to {batch.next_sequence}")
        self.store(batch)
        epoch = self.site.tables.epoch
        self.site.demand(
            batch.epoch == epoch, f"epoch {batch.epoch} wrote leaf {batch.first_sequence} in epoch {epoch}"
        )
        self.site.projections.unsafe.clear()  # a commit that waits for the disk takes along what came before
        self.site.note(f"epoch {epoch} has stored leaves {batch.first_sequence} to {batch.next_sequence}")
        self.site.written(trouble)

    def store(self, batch: JournalBatch) -> None:
        """The commit itself."""
        super().append(batch)

    def head(self) -> JournalHead:
        self.site.reading("journal head")
        return super().head()

    def read(self, first_sequence: int) -> Iterator[JournalBatch]:
        for batch in super().read(first_sequence):
            self.site.reading("journal")
            yield batch

    def read_leaf(self, sequence: int) -> bytes:
        self.site.reading("leaf")
        return super().read_leaf(sequence)


class FaultyVault(MemoryVault):
    """The vault over a connection that may break."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.tables)
        self._site = site

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        trouble = self._site.writing(f"vault, {len(values)} of {entity}")
        names = super().tokens(entity, values)
        self._site.written(trouble)
        return names


class FaultyLease(MemoryLease):
    """The lease over a connection that may break."""

    def __init__(self, site: Site, clock: Clock) -> None:
        super().__init__(site.tables, clock)
        self._site = site

    def acquire(self, holder: str) -> int:
        self._site.reading("lease")
        return super().acquire(holder)

    def drop(self) -> None:
        """The holder is gone: the database notices when its connection closes."""
        self.release()


class FaultyProjector(MemoryProjector):
    """The projections over a connection of its own that may break."""

    def __init__(self, site: Site) -> None:
        site.reading("projections")
        super().__init__(site.projections)
        self._site = site

    def write(self, projections: list[Projection]) -> None:
        trouble = self._site.writing(f"projections up to leaf {projections[-1].next_sequence}")
        before = self._tables.next_sequence
        super().write(projections)
        after = self._tables.next_sequence
        self._site.demand(after >= before, f"the progress of the projections goes back from {before} to {after}")
        self._site.written(trouble)


class FaultyMedium:
    """Snapshots on a disk that may be full, may tear what it was given, and may lose it; see ``SnapshotMedium``."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._draw = site.draw("medium")

    def names(self) -> list[str]:
        return list(self._site.snapshots)

    def read(self, name: str) -> bytes:
        return self._site.snapshots[name]

    def write(self, name: str, content: memoryview) -> None:
        weather, size = self._site.weather, name.split("-")[0].lstrip("0")
        trouble = weather.strikes(Trouble.DISK_FULL, Trouble.KILLED_BEFORE, Trouble.TORN, Trouble.VANISHED)
        self._site.note(f"snapshot of {size} leaves: {trouble.value if trouble else 'kept'}")
        whole = bytes(content)
        if trouble is Trouble.DISK_FULL:
            raise OSError(ENOSPC, "No space left on device")
        if trouble is Trouble.KILLED_BEFORE:
            self._site.snapshots[f".{name}.partial"] = whole[: self._draw.below(len(whole))]
            raise Killed
        if trouble is not Trouble.VANISHED:
            self._site.snapshots[name] = self._torn(whole) if trouble is Trouble.TORN else whole
        if weather.strikes(Trouble.POWER_AT_SNAPSHOT):
            self._site.power_lost = True
            raise Killed

    def remove(self, name: str) -> None:
        self._site.snapshots.pop(name, None)

    def _torn(self, whole: bytes) -> bytes:
        """Cut off somewhere, or with a bit that has fallen over."""
        at = self._draw.below(len(whole))
        if self._draw.chance(500):
            return whole[:at]
        return whole[:at] + bytes([whole[at] ^ 1 << self._draw.below(8)]) + whole[at + 1 :]
