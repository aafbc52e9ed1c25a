"""The laws every Storage, Lease and Vault keeps, in memory or in PostgreSQL.

A test file subclasses a class of laws and gives its fixture::

    class TestMemoryStorage(StorageLaws):
        @pytest.fixture
        def connections(self) -> Connections: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from bulkhead.kernel.journal import JournalBatch, JournalHead, Leaves, QuarantinedRow, ReadProgress
from bulkhead.kernel.merkle import EMPTY_ROOT, Frontier, leaf_hashes
from bulkhead.kernel.movements import NAME_BYTES_MAX
from bulkhead.kernel.protocols import JournalConflict, Lease, LeaseHeld, LeaseLost, Storage, Vault

INPUT = sha256(b"a file").digest()


@dataclass(frozen=True)
class Connections:
    """A new, empty connections. ``storage`` and ``lease`` open one more connection to it each time.

    ``abandon`` is what is left when a lease's holder is killed: its connection is gone and its time is up.
    """

    storage: Callable[[], Storage]
    lease: Callable[[], Lease]
    abandon: Callable[[Lease], None]


@dataclass
class Journal:
    """Makes the batches that continue each other, as the engine does."""

    epoch: int
    frontier: Frontier = field(default_factory=Frontier)

    def batch(
        self, *leaves: bytes, rows_done: int = 0, quarantined: tuple[QuarantinedRow, ...] = ()
    ) -> JournalBatch:
        first_sequence, run = self.frontier.size, Leaves.of(list(leaves))
        nodes = self.frontier.append(leaf_hashes(run))
        return JournalBatch(
            first_sequence=first_sequence,
            leaves=run,
            leaf_hashes=leaf_hashes(run),
            root=self.frontier.root(),
            epoch=self.epoch,
            received_us=1_700_000_000_000_000 + first_sequence,
            nodes=nodes,
            progress=ReadProgress(INPUT, rows_done, first_sequence=0) if rows_done else None,
            quarantined=quarantined,
        )


def quarantined_row(row: int) -> QuarantinedRow:
    return QuarantinedRow(INPUT, "a.csv", "berka", row, "amount", "'ten' is not an amount", "1;ten")


def stored(batch: JournalBatch) -> tuple[object, ...]:
    """What of a batch comes back when the journal is read."""
    leaves = [batch.leaves[i] for i in range(len(batch.leaves))]
    return batch.first_sequence, leaves, batch.leaf_hashes, batch.root, batch.epoch, batch.received_us


class StorageLaws:
    """Subclass as ``Test...`` with a fixture ``connections``."""

    @pytest.fixture
    def storage(self, connections: Connections) -> Storage:
        return connections.storage()

    @pytest.fixture
    def journal(self, connections: Connections) -> Journal:
        return Journal(connections.lease().acquire("first writer"))

    def test_a_new_journal_is_empty(self, storage: Storage) -> None:
        assert storage.head() == JournalHead(0, EMPTY_ROOT)
        assert list(storage.read(0)) == []
        assert storage.progress(INPUT) is None

    def test_what_is_appended_is_read_back_by_another_connection(
        self, connections: Connections, storage: Storage, journal: Journal
    ) -> None:
        batches = [journal.batch(b"a", b"", b"\x00\xff" * 200), journal.batch(b"d"), journal.batch(b"e", b"f")]
        for batch in batches:
            storage.append(batch)
        other = connections.storage()
        assert [stored(batch) for batch in other.read(0)] == [stored(batch) for batch in batches]
        assert other.head() == JournalHead(6, journal.frontier.root())

    def test_reading_begins_at_the_batch_that_holds_the_sequence(self, storage: Storage, journal: Journal) -> None:
        for leaves in ([b"a", b"b", b"c"], [b"d"], [b"e", b"f"]):
            storage.append(journal.batch(*leaves))
        starts = {first: [batch.first_sequence for batch in storage.read(first)] for first in range(8)}
        assert starts == {0: [0, 3, 4], 1: [0, 3, 4], 2: [0, 3, 4], 3: [3, 4], 4: [4], 5: [4], 6: [], 7: []}

    def test_any_single_leaf_can_be_read(self, storage: Storage, journal: Journal) -> None:
        for leaves in ([b"a", b"b"], [b"c"], [b"d", b""]):
            storage.append(journal.batch(*leaves))
        assert [storage.read_leaf(sequence) for sequence in range(5)] == [b"a", b"b", b"c", b"d", b""]
        for outside in (-1, 5):
            with pytest.raises(IndexError):
                storage.read_leaf(outside)

    def test_progress_is_stored_with_its_batch_and_replaced(
        self, connections: Connections, storage: Storage, journal: Journal
    ) -> None:
        storage.append(journal.batch(b"a", rows_done=5))
        storage.append(journal.batch(b"b", rows_done=9))
        assert connections.storage().progress(INPUT) == ReadProgress(INPUT, 9, first_sequence=0)
        assert storage.progress(sha256(b"another file").digest()) is None

    def test_a_batch_without_leaves_carries_progress_and_quarantine(
        self, storage: Storage, journal: Journal
    ) -> None:
        storage.append(journal.batch(b"a"))
        before = storage.head()
        for row in (7, 8):
            storage.append(journal.batch(rows_done=row, quarantined=(quarantined_row(row),)))
        assert storage.head() == before
        assert storage.progress(INPUT) == ReadProgress(INPUT, 8, first_sequence=0)
        storage.append(journal.batch(b"b"))
        assert [batch.first_sequence for batch in storage.read(0) if len(batch.leaves)] == [0, 1]

    def test_a_gap_a_repeat_and_an_overlap_are_conflicts(self, storage: Storage, journal: Journal) -> None:
        first, second = journal.batch(b"a", b"b", rows_done=1), journal.batch(b"c", rows_done=2)
        with pytest.raises(JournalConflict):
            storage.append(second)
        storage.append(first)
        with pytest.raises(JournalConflict):
            storage.append(first)
        overlap = Journal(journal.epoch)
        overlap.batch(b"a")
        with pytest.raises(JournalConflict):
            storage.append(overlap.batch(b"b", rows_done=3))
        assert storage.head() == JournalHead(2, first.root)
        assert storage.progress(INPUT) == first.progress
        storage.append(second)
        assert storage.head().size == 3

    def test_a_superseded_writer_stores_nothing(self, connections: Connections, storage: Storage) -> None:
        lease = connections.lease()
        old = Journal(lease.acquire("old writer"))
        storage.append(old.batch(b"a", rows_done=1))
        head = storage.head()
        connections.abandon(lease)
        new = Journal(connections.lease().acquire("new writer"), old.frontier.copy())
        with pytest.raises(LeaseLost):
            storage.append(old.batch(b"from the dead", rows_done=2, quarantined=(quarantined_row(2),)))
        assert storage.head() == head
        assert storage.progress(INPUT) == ReadProgress(INPUT, 1, first_sequence=0)
        storage.append(new.batch(b"b"))
        assert storage.head() == JournalHead(2, new.frontier.root())

    def test_epochs_count_up_by_one(self, connections: Connections) -> None:
        epochs = []
        for turn in range(3):
            lease = connections.lease()
            epochs.append(lease.acquire(f"writer {turn}"))
            lease.release()
        assert epochs == [epochs[0], epochs[0] + 1, epochs[0] + 2]

    def test_a_held_lease_names_its_holder(self, connections: Connections) -> None:
        holding = connections.lease()
        holding.acquire("watch on host seven")
        with pytest.raises(LeaseHeld, match="watch on host seven"):
            connections.lease().acquire("second")
        holding.renew()
        with pytest.raises(LeaseHeld, match="watch on host seven"):
            connections.lease().acquire("second")

    def test_a_lost_lease_is_noticed_and_releasing_it_harms_nobody(self, connections: Connections) -> None:
        lost, current = connections.lease(), connections.lease()
        lost.acquire("old writer")
        connections.abandon(lost)
        current.acquire("new writer")
        with pytest.raises(LeaseLost):
            lost.renew()
        lost.release()
        current.renew()
        with pytest.raises(LeaseHeld, match="new writer"):
            connections.lease().acquire("third writer")

    def test_releasing_a_lease_never_held_is_harmless(self, connections: Connections) -> None:
        connections.lease().release()
        assert connections.lease().acquire("writer") > 0


class VaultLaws:
    """Subclass as ``Test...`` with a fixture ``new_vault`` that opens one more connection each time."""

    def test_the_same_value_has_always_the_same_name(self, new_vault: Callable[[], Vault]) -> None:
        names = new_vault().tokens("client", ["王伟", "Li Na", "王伟"])
        assert names[0] == names[2] != names[1]
        assert new_vault().tokens("client", ["Li Na", "王伟"]) == [names[1], names[0]]

    def test_names_carry_the_entity_and_not_the_value(self, new_vault: Callable[[], Vault]) -> None:
        (client,) = new_vault().tokens("client", ["6222020200112233"])
        (device,) = new_vault().tokens("device", ["6222020200112233"])
        assert client.startswith("client:")
        assert device.startswith("device:")
        assert client.partition(":")[2] != device.partition(":")[2]
        assert "6222" not in client
        assert len(client.encode()) <= NAME_BYTES_MAX

    def test_values_come_back_in_order_and_unknown_names_are_none(self, new_vault: Callable[[], Vault]) -> None:
        values = [f"person {i}" for i in range(300)]
        names = new_vault().tokens("client", values)
        assert len(set(names)) == 300
        assert new_vault().reveal([names[7], "client:nobody", names[0]]) == ["person 7", None, "person 0"]

    def test_nothing_asked_is_nothing_given(self, new_vault: Callable[[], Vault]) -> None:
        assert new_vault().tokens("client", []) == []
        assert new_vault().reveal([]) == []
