"""The in-memory world keeps the laws, and its faults are the ones asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.journal import JournalBatch
from bulkhead.kernel.memory import (
    LEASE_US,
    Fault,
    Faults,
    MemoryClock,
    MemoryLease,
    MemoryStorage,
    MemoryTables,
    MemoryVault,
)
from bulkhead.kernel.merkle import Frontier
from bulkhead.kernel.protocols import Clock, Lease, LeaseHeld, LeaseLost, Storage, Vault
from storage_laws import INPUT, Connections, Journal, StorageLaws, VaultLaws, quarantined_row


class TestMemoryStorage(StorageLaws):
    @pytest.fixture
    def connections(self) -> Connections:
        tables, clock = MemoryTables(), MemoryClock()
        return Connections(
            storage=lambda: MemoryStorage(tables),
            lease=lambda: MemoryLease(tables, clock),
            abandon=lambda lease: clock.advance(LEASE_US),
        )


class TestMemoryVault(VaultLaws):
    @pytest.fixture
    def new_vault(self) -> Callable[[], Vault]:
        tables = MemoryTables()
        return lambda: MemoryVault(tables)


def opened(faults: Faults) -> tuple[MemoryTables, MemoryStorage, Journal]:
    tables = MemoryTables(faults)
    return tables, MemoryStorage(tables), Journal(MemoryLease(tables, MemoryClock()).acquire("writer"))


def test_they_are_what_the_protocols_ask_for() -> None:
    tables, clock = MemoryTables(), MemoryClock()
    world: tuple[Storage, Clock, Lease, Vault] = (
        MemoryStorage(tables),
        clock,
        MemoryLease(tables, clock),
        MemoryVault(tables),
    )
    assert all(world)


def test_failing_before_the_commit_stores_nothing() -> None:
    tables, storage, journal = opened(Faults(appends={0: Fault.BEFORE_COMMIT}))
    batch = journal.batch(b"a", rows_done=1, quarantined=(quarantined_row(1),))
    with pytest.raises(ConnectionError):
        storage.append(batch)
    assert (storage.head().size, storage.progress(INPUT), tables.quarantined) == (0, None, [])
    storage.append(batch)
    assert (storage.head().size, tables.quarantined) == (1, [quarantined_row(1)])


def test_failing_after_the_commit_stores_everything() -> None:
    tables, storage, journal = opened(Faults(appends={0: Fault.AFTER_COMMIT}))
    batch = journal.batch(b"a", rows_done=1, quarantined=(quarantined_row(1),))
    with pytest.raises(ConnectionError):
        storage.append(batch)
    assert (storage.head().size, storage.progress(INPUT)) == (1, batch.progress)
    assert tables.quarantined == [quarantined_row(1)]


def test_a_stolen_lease_stops_the_writer_for_good() -> None:
    _, storage, journal = opened(Faults(appends={1: Fault.LEASE_LOST}))
    storage.append(journal.batch(b"a"))
    batch = journal.batch(b"b")
    for _ in range(2):
        with pytest.raises(LeaseLost, match="another writer"):
            storage.append(batch)
    assert storage.head().size == 1


def test_a_lease_is_stolen_at_the_renewal_asked_for() -> None:
    tables = MemoryTables(Faults(renewals=frozenset({1})))
    lease = MemoryLease(tables, MemoryClock())
    lease.acquire("writer")
    lease.renew()
    with pytest.raises(LeaseLost):
        lease.renew()


def test_a_torn_read_gives_whole_batches_and_then_breaks() -> None:
    _, storage, journal = opened(Faults(reads={1: 2}))
    for leaf in (b"a", b"b", b"c"):
        storage.append(journal.batch(leaf))
    assert len(list(storage.read(0))) == 3
    got: list[JournalBatch] = []
    with pytest.raises(ConnectionError):
        got.extend(storage.read(0))
    assert [batch.first_sequence for batch in got] == [0, 1]
    assert len(list(storage.read(0))) == 3


def test_a_lease_lives_as_long_as_it_is_renewed() -> None:
    tables, clock = MemoryTables(), MemoryClock()
    holder, other = MemoryLease(tables, clock), MemoryLease(tables, clock)
    holder.acquire("writer")
    for _ in range(3):
        clock.advance(LEASE_US - 1)
        with pytest.raises(LeaseHeld):
            other.acquire("other")
        holder.renew()
    clock.advance(LEASE_US)
    other.acquire("other")


def test_the_clock_jumps_where_it_is_told() -> None:
    clock = MemoryClock(1_000, Faults(clock_jumps_us={1: -400}))
    assert [clock.now_us() for _ in range(3)] == [1_000, 600, 600]
    clock.advance(5)
    assert clock.now_us() == 605


def test_the_vault_can_fail_before_and_after_it_has_stored() -> None:
    tables = MemoryTables(Faults(swaps={0: Fault.BEFORE_COMMIT, 1: Fault.AFTER_COMMIT}))
    vault = MemoryVault(tables)
    with pytest.raises(ConnectionError):
        vault.tokens("client", ["Li Na"])
    assert tables.values == {}
    with pytest.raises(ConnectionError):
        vault.tokens("client", ["Li Na"])
    assert list(tables.values.values()) == ["Li Na"]
    (name,) = vault.tokens("client", ["Li Na"])
    vault.erase(name)
    assert vault.reveal([name]) == [None]


def test_a_seed_is_a_bad_day_that_can_be_had_again() -> None:
    day = Faults.seeded(7, calls=1_000, one_in=10)
    assert day == Faults.seeded(7, calls=1_000, one_in=10) != Faults.seeded(8, calls=1_000, one_in=10)
    assert 50 < len(day.appends) < 200
    assert set(day.appends.values()) == set(Fault)
    assert Fault.LEASE_LOST not in day.swaps.values()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 4), min_size=1, max_size=25))
def test_a_writer_that_asks_for_the_head_loses_and_doubles_nothing(seed: int, sizes: list[int]) -> None:
    """The loop every writer must run: after a break ask how far it got; after a lost lease begin again."""
    tables, clock = MemoryTables(Faults.seeded(seed, calls=200, one_in=3)), MemoryClock()
    leaves = [b"leaf %d" % i for i in range(sum(sizes))]
    storage, turn = MemoryStorage(tables), 0
    while (done := storage.head().size) < len(leaves):
        clock.advance(LEASE_US)
        journal = Journal(MemoryLease(tables, clock).acquire("writer"), grown(leaves[:done]))
        try:
            while journal.frontier.size < len(leaves):
                start = journal.frontier.size
                storage.append(journal.batch(*leaves[start : start + sizes[turn % len(sizes)]]))
                turn += 1
        except (ConnectionError, LeaseLost):
            turn += 1
    assert [batch.leaves[i] for batch in tables.batches for i in range(len(batch.leaves))] == leaves
    assert storage.head().root == grown(leaves).root()


def grown(leaves: list[bytes]) -> Frontier:
    journal = Journal(epoch=0)
    journal.batch(*leaves)
    return journal.frontier
