"""The loop over a storage that fails on purpose: after recovery nothing is lost and nothing is there twice."""

from __future__ import annotations

import threading
from errno import ENOSPC
from pathlib import Path

import pytest

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.kernel.events import InstitutionOpened, RuleSetPublished
from bulkhead.kernel.memory import Fault, Faults, MemoryClock, MemoryStorage, MemoryTables
from bulkhead.kernel.protocols import LeaseLost
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.projections.projector import Projection, ProjectionFeed
from bulkhead.runtime.recovery import recover
from bulkhead.runtime.snapshots import SnapshotFolder, Snapshots
from bulkhead.runtime.worker import Worker
from seeded_town import batches_of, seeded_batch

KEY = bytes(range(32))
ROWS = 400
OPENING = InstitutionOpened("main", "CNY", 480)
RULES = RuleSetPublished(1, default_rule_set().text, "ann", "")


class ListedProjections:
    """Keeps what a projector would write, as long as a database would: over the loops that come and go."""

    def __init__(self, fail_at: int = -1) -> None:
        self.next_sequence, self.names, self.sequences, self.marked = 0, list[str](), list[int](), 0
        self._writes_left = fail_at

    def write(self, projections: list[Projection]) -> None:
        self._writes_left -= 1
        if self._writes_left == 0:
            raise ConnectionError("the projections cannot be written")
        for projection in projections:
            for booked in projection.booked:
                self.sequences += range(booked.first_sequence, booked.first_sequence + len(booked.batch))
            self.sequences += [sequence for sequence, _ in projection.events]
            assert projection.first_name == len(self.names)
            self.names += projection.names
            self.next_sequence = projection.next_sequence
            self.marked = projection.next_sequence if len(projection.balances[0]) else self.marked

    def progress(self) -> tuple[int, int]:
        return self.next_sequence, len(self.names)

    def last_mark(self) -> tuple[int, list[int]]:
        return self.marked, []

    def close(self) -> None:
        """There is nothing to close."""


def begin(tables: MemoryTables, listed: ListedProjections, folder: Path) -> EngineLoop:
    """A new process: recover what is stored, and write on."""
    tables.epoch += 1
    storage = MemoryStorage(tables)
    machine, feed = recover(storage, listed, Snapshots(SnapshotFolder(folder), KEY))
    return EngineLoop(machine, storage, listed, feed, MemoryClock(), tables.epoch)


def feed_rest(loop: EngineLoop, rows_max: int) -> None:
    """Opening, rules, and every movement: those that are stored already are repeats."""
    if loop.machine.institution is None:
        loop.apply(OPENING)
    if not loop.machine.rule_set_events:
        loop.apply(RULES)
    for part in batches_of(seeded_batch(21, ROWS, clients=12, pace_s=90), rows_max):
        loop.commit(loop.step(part))
    loop.flush()


def feed_all(loop: EngineLoop) -> None:
    feed_rest(loop, 30)
    loop.close()


def undisturbed() -> Machine:
    machine = Machine(KEY)
    machine.apply(OPENING)
    machine.apply(RULES)
    machine.step(seeded_batch(21, ROWS, clients=12, pace_s=90))
    return machine


@pytest.mark.parametrize("seed", range(8))
def test_after_any_faults_the_journal_is_that_of_a_quiet_day(seed: int, tmp_path: Path) -> None:
    tables = MemoryTables(Faults.seeded(seed, calls=60, one_in=7))
    listed, failures = ListedProjections(), 0
    for attempt in range(60):
        try:
            loop = begin(tables, listed, tmp_path)
        except ConnectionError:
            failures += 1
            continue
        try:
            feed_rest(loop, 17 + attempt % 3)
            loop.close()
            break
        except (ConnectionError, LeaseLost):
            failures += 1
            loop.abandon()
    quiet = undisturbed()
    assert failures > 0
    assert (MemoryStorage(tables).head().size, MemoryStorage(tables).head().root) == (
        quiet.sequence,
        quiet.tree.root(),
    )
    assert listed.sequences == list(range(quiet.sequence)), "each leaf is projected once, in order"
    assert listed.names == quiet.names.dump()


@pytest.mark.parametrize("fault", list(Fault))
def test_a_failed_commit_is_told_to_whoever_waits_and_stops_the_loop(fault: Fault, tmp_path: Path) -> None:
    tables = MemoryTables(Faults(appends={2: fault}))
    loop = begin(tables, ListedProjections(), tmp_path)
    loop.apply(OPENING)
    loop.apply(RULES)
    parts = list(batches_of(seeded_batch(21, ROWS, clients=12, pace_s=90), 100))
    future = loop.commit(loop.step(parts[0]))
    with pytest.raises((ConnectionError, LeaseLost)):
        future.result(10)
    with pytest.raises((ConnectionError, LeaseLost)):
        loop.commit(loop.step(parts[1]))
    loop.abandon()
    stored = MemoryStorage(tables).head().size
    assert stored == (102 if fault is Fault.AFTER_COMMIT else 2), "nothing went past the failed commit"


def test_who_gave_up_waiting_does_not_stop_the_loop(tmp_path: Path) -> None:
    tables = MemoryTables()
    loop = begin(tables, ListedProjections(), tmp_path)
    loop.apply(OPENING)
    for part in batches_of(seeded_batch(21, ROWS, clients=12, pace_s=90), 40):
        loop.commit(loop.step(part)).cancel()
    loop.close()
    assert MemoryStorage(tables).head().size == ROWS + 1


@pytest.mark.parametrize("fail_at", [1, 3, 5])
def test_projections_that_fall_behind_catch_up_after_recovery(fail_at: int, tmp_path: Path) -> None:
    tables, listed = MemoryTables(), ListedProjections(fail_at)
    loop = begin(tables, listed, tmp_path)
    with pytest.raises(ConnectionError):
        feed_all(loop)
    loop.abandon()
    again = begin(tables, listed, tmp_path)
    feed_rest(again, 30)
    again.close()
    assert listed.sequences == list(range(undisturbed().sequence))
    assert listed.names == undisturbed().names.dump()


@pytest.mark.parametrize("snapshot_after", [0, 100, ROWS])
def test_recovery_begins_at_a_snapshot_wherever_the_projections_are(snapshot_after: int, tmp_path: Path) -> None:
    tables, listed = MemoryTables(), ListedProjections()
    loop = begin(tables, listed, tmp_path)
    loop.apply(OPENING)
    loop.apply(RULES)
    batch = seeded_batch(21, ROWS, clients=12, pace_s=90)
    for part in batches_of(batch, 50):
        if loop.machine.sequence - 2 == snapshot_after:
            loop.flush()
            Snapshots(SnapshotFolder(tmp_path), KEY).save(loop.machine)
        loop.commit(loop.step(part))
    loop.close()
    if snapshot_after == ROWS:
        Snapshots(SnapshotFolder(tmp_path), KEY).save(loop.machine)
    for forget in (ROWS + 2, 152, 2):  # leaves that are projected
        behind = ListedProjections()
        behind.next_sequence, behind.sequences = forget, list(range(forget))
        behind.names = names_after(tables, forget)
        machine, _ = recover(MemoryStorage(tables), behind, Snapshots(SnapshotFolder(tmp_path), KEY))
        assert machine.tree.root() == undisturbed().tree.root()
        assert behind.sequences == list(range(ROWS + 2))
        assert behind.names == undisturbed().names.dump()


def names_after(tables: MemoryTables, size: int) -> list[str]:
    machine = Machine(KEY)
    for batch in tables.batches:
        if batch.next_sequence <= size:
            machine.fold(batch.leaves, batch.leaf_hashes)
    return machine.names.dump()


def test_a_spoilt_snapshot_is_passed_over(tmp_path: Path) -> None:
    quiet = undisturbed()
    snapshots = Snapshots(SnapshotFolder(tmp_path), KEY)
    snapshots.save(quiet)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    assert snapshots.newest(10**9) is not None
    assert Snapshots(SnapshotFolder(tmp_path), bytes(32)).newest(10**9) is None, "signed by no key of ours"
    file.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    assert snapshots.newest(10**9) is None
    file.write_bytes(whole[:-100])
    assert snapshots.newest(10**9) is None
    assert snapshots.newest(5) is None


def test_a_full_disk_keeps_no_snapshot_and_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet, snapshots = undisturbed(), Snapshots(SnapshotFolder(tmp_path), KEY)
    (tmp_path / ".left by one that was killed.partial").write_bytes(bytes(1_000))

    def full(descriptor: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as while_full:
        while_full.setattr("os.fsync", full)
        snapshots.save(quiet)
    assert list(tmp_path.iterdir()) == [], "and nothing half-written fills it further"
    assert snapshots.newest(10**9) is None
    snapshots.save(quiet)
    found = snapshots.newest(10**9)
    assert found is not None
    assert found.sequence == quiet.sequence


def test_a_worker_keeps_order_and_tells_its_failure_to_all() -> None:
    done: list[int] = []
    dropped: list[int] = []
    gate = threading.Event()

    def work(items: list[int]) -> None:
        gate.wait(10)
        if 7 in items:
            raise ValueError("seven")
        done.extend(items)

    worker: Worker[int] = Worker("test", work, waiting_max=50, drop=lambda item, why: dropped.append(item))
    for number in range(12):
        worker.put(number)
    gate.set()
    with pytest.raises(ValueError, match="seven"):
        worker.join()
    with pytest.raises(ValueError, match="seven"):
        worker.put(99)
    with pytest.raises(ValueError, match="seven"):
        worker.stop()
    assert (done, dropped) == ([0, 1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11])


def test_a_worker_takes_what_waits_together() -> None:
    groups: list[list[int]] = []
    gate = threading.Event()

    def work(items: list[int]) -> None:
        gate.wait(10)
        groups.append(items)

    worker: Worker[int] = Worker("test", work, waiting_max=50, together=4)
    for number in range(10):
        worker.put(number)
    gate.set()
    worker.stop()
    assert [number for group in groups for number in group] == list(range(10))
    assert max(map(len, groups)) == 4


def test_a_feed_marks_what_was_touched() -> None:
    machine = Machine(KEY)
    feed = ProjectionFeed(machine, 0, 0)
    machine.apply(OPENING)
    feed.add_event(0, OPENING)
    first = feed.take()
    assert first.names == ("book:summary", "book:fee", "book:own", "book:suspense")
    assert first.balances[0].tolist() == [0, 1, 2, 3]
    assert len(feed.take(mark=True).balances[0]) == 0, "nothing moved since"
