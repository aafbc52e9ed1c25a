"""The journal in PostgreSQL gives back what it was given, proves it, and says where it was damaged."""

from __future__ import annotations

import secrets
import tracemalloc
from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkhead.kernel.journal import JournalBatch, JournalHead, Leaves, QuarantinedRow, ReadProgress
from bulkhead.kernel.merkle import EMPTY_ROOT, Frontier, inclusion_proof, leaf_hash, verify_inclusion
from bulkhead.kernel.protocols import JournalConflict, LeaseLost, Storage
from bulkhead.runtime.store.institutions import institution_number
from bulkhead.runtime.store.journal_store import JournalDamaged, JournalStore
from bulkhead.runtime.store.keys import Keys
from bulkhead.runtime.store.lease import PostgresLease
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.store.vault import PostgresVault
from journals import seeded_batches

INPUT = bytes(range(32))


def contents(batch: JournalBatch) -> tuple[object, ...]:
    leaves = [batch.leaves[i] for i in range(len(batch.leaves))]
    return (batch.first_sequence, leaves, batch.leaf_hashes, batch.root, batch.epoch, batch.received_us)


def fill(store: JournalStore, *sizes: int, seed: int = 1, leaf_bytes: int = 60) -> list[JournalBatch]:
    batches = list(seeded_batches(seed, sizes, leaf_bytes=leaf_bytes))
    for batch in batches:
        store.append(batch)
    return batches


def tamper(connect: Connect, statement: LiteralString, *parameters: object) -> None:
    """Change the journal as somebody with the database's password could."""
    with connect() as connection:
        connection.execute("ALTER TABLE journal_batch DISABLE TRIGGER only_grows")
        connection.execute("ALTER TABLE journal_node DISABLE TRIGGER only_grows")
        assert connection.execute(statement, parameters).rowcount
        connection.execute("ALTER TABLE journal_batch ENABLE TRIGGER only_grows")
        connection.execute("ALTER TABLE journal_node ENABLE TRIGGER only_grows")


def test_a_new_journal_is_empty(store: JournalStore) -> None:
    storage: Storage = store
    assert storage.head() == JournalHead(0, EMPTY_ROOT)
    assert list(storage.read(0)) == []
    assert storage.progress(INPUT) is None
    with pytest.raises(IndexError):
        store.read_leaf(0)
    with pytest.raises(IndexError):
        store.subtree(0, 0)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=8), data=st.data())
def test_what_was_appended_is_read_from_anywhere(
    connect: Connect, keys: Keys, sizes: list[int], data: st.DataObject
) -> None:
    number = institution_number(connect, f"example-{secrets.token_hex(6)}")
    lease, vault = PostgresLease(connect, number), PostgresVault(connect, number, keys)
    lease.acquire("the test")
    store = JournalStore(connect, number, vault)
    batches = fill(store, *sizes)
    assert store.head() == JournalHead(sum(sizes), batches[-1].root)
    first = data.draw(st.integers(0, sum(sizes)))
    expected = [contents(batch) for batch in batches if batch.next_sequence > first]
    assert [contents(batch) for batch in store.read(first)] == expected
    for part in (store, vault):
        part.close()
    lease.release()


def test_reading_may_stop_at_any_time(store: JournalStore) -> None:
    fill(store, *[50] * 40, leaf_bytes=4_000)
    for _ in range(3):
        assert next(iter(store.read(0))).first_sequence == 0
    assert store.head().size == 2_000


def test_reading_keeps_memory_flat(store: JournalStore) -> None:
    fill(store, *[256] * 24, leaf_bytes=4_000)  # 24 MB, half of it random
    tracemalloc.start()
    size = sum(len(batch.leaves.data) for batch in store.read(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 20e6
    assert peak < 8e6


def test_a_batch_must_continue_the_journal(store: JournalStore) -> None:
    first, second, third = seeded_batches(1, [5, 6, 7])
    with pytest.raises(JournalConflict, match="begins at 5, but the journal ends at 0"):
        store.append(second)
    store.append(first)
    for wrong in (first, third, replace(third, first_sequence=6)):
        with pytest.raises(JournalConflict):
            store.append(wrong)
    store.append(second)
    assert store.head() == JournalHead(11, second.root)


def test_a_superseded_writer_stores_nothing(connect: Connect, institution: int, store: JournalStore) -> None:
    progress = ReadProgress(INPUT, 9, 0)
    bad = QuarantinedRow(INPUT, "f", "s", 1, "", "unreadable", "x")
    [old] = seeded_batches(1, [300], progress=progress, quarantined=(bad,))
    with connect() as connection:
        connection.execute("UPDATE lease SET epoch = 2 WHERE institution = %s", [institution])
    with pytest.raises(LeaseLost):
        store.append(old)
    with connect() as connection:
        for table in ("journal_batch", "journal_node", "read_progress", "quarantine"):
            query = psycopg.sql.SQL("SELECT FROM {} WHERE institution = %s").format(psycopg.sql.Identifier(table))
            assert connection.execute(query, [institution]).fetchall() == []


def test_a_released_lease_lets_nobody_write(connect: Connect, institution: int, vault: PostgresVault) -> None:
    lease, store = PostgresLease(connect, institution), JournalStore(connect, institution, vault)
    epoch = lease.acquire("someone")
    lease.release()
    [batch] = seeded_batches(1, [2], epoch=epoch)
    with pytest.raises(LeaseLost):
        store.append(batch)
    store.close()


def test_progress_goes_with_the_batch(store: JournalStore) -> None:
    steps = [ReadProgress(INPUT, 10, 0), ReadProgress(INPUT, 30, 0), ReadProgress(INPUT, 31, 0, finished=True)]
    tree = Frontier()
    for size, progress in zip([4, 0, 3], steps, strict=True):  # the second has no leaf at all
        for batch in seeded_batches(size, [size], frontier=tree, progress=progress):
            store.append(batch)
        assert store.progress(INPUT) == progress
    assert store.head().size == 7
    assert [len(batch.leaves) for batch in store.read(0)] == [4, 3]
    assert store.progress(bytes(32)) is None


def test_institutions_do_not_mix(connect: Connect, store: JournalStore, keys: Keys) -> None:
    fill(store, 5, 5)
    number = institution_number(connect, "neighbour")
    vault = PostgresVault(connect, number, keys)
    neighbour = JournalStore(connect, number, vault)
    assert neighbour.head().size == 0
    assert list(neighbour.read(0)) == []
    for part in (neighbour, vault):
        part.close()


def test_a_broken_connection_is_replaced(connect: Connect, store: JournalStore) -> None:
    [first] = fill(store, 5)
    with connect() as connection:
        pid = store._session.connection().info.backend_pid
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(ConnectionError):
        store.head()
    assert store.head() == JournalHead(5, first.root)


def test_leaves_and_subtrees_prove_the_root(store: JournalStore) -> None:
    batches = fill(store, 1, 1, 127, 300, 3, *[1] * 30, 700)
    leaves = [leaf for batch in batches for leaf in (batch.leaves[i] for i in range(len(batch.leaves)))]
    head = store.head()
    for index in (0, 1, 2, 128, 129, 255, 256, 431, 432, 450, 462, 511, 512, head.size - 1):
        assert store.read_leaf(index) == leaves[index]
        proof = inclusion_proof(index, head.size, store.subtree)
        assert verify_inclusion(leaf_hash(leaves[index]), index, head.size, proof, head.root)
    for level in range(12):
        complete = head.size >> level
        for index in {0, complete // 2, complete - 1} & set(range(complete)):
            tree = Frontier()
            hashes = b"".join(leaf_hash(leaf) for leaf in leaves[index << level : (index + 1) << level])
            tree.append(hashes)
            assert store.subtree(level, index) == tree.root()
        with pytest.raises(IndexError):
            store.subtree(level, complete)
    for outside in (-1, head.size, 2**60):
        with pytest.raises(IndexError):
            store.read_leaf(outside)


def test_checkpoints_are_kept_once_and_in_order(store: JournalStore) -> None:
    long_note = "bulkhead/bank\n7\nroot\n\n" + "— witness signature\n" * 2_000
    for size, note in [(7, long_note), (3, "three"), (7, long_note), (7, "rewritten history")]:
        store.save_checkpoint(size, note)
    assert store.checkpoints()[0] == (3, "three")
    assert set(store.checkpoints()[1:]) == {(7, long_note), (7, "rewritten history")}


@pytest.mark.parametrize("column", ["payload", "leaf_hashes", "root", "row_sha256"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 0.999])
def test_one_flipped_byte_is_named(
    connect: Connect, institution: int, store: JournalStore, column: LiteralString, place: float
) -> None:
    fill(store, 10, 20, 30)
    tamper(
        connect,
        f"UPDATE journal_batch SET {column} = set_byte({column}, floor(%s * length({column}))::integer,"
        f" 255 - get_byte({column}, floor(%s * length({column}))::integer))"
        " WHERE institution = %s AND first_sequence = 10",
        *[place, place, institution],
    )
    assert _read_until_damage(store) == (1, 10)
    with pytest.raises(JournalDamaged):
        store.read_leaf(29)
    assert len(store.read_leaf(30)) > 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE journal_batch SET received_us = received_us + 1 WHERE first_sequence = 10", 10),
        ("UPDATE journal_batch SET epoch = 2 WHERE first_sequence = 10", 10),
        ("UPDATE journal_batch SET first_sequence = 11 WHERE first_sequence = 10", 10),
        ("UPDATE journal_batch SET first_sequence = 9 WHERE first_sequence = 10", 10),
        ("DELETE FROM journal_batch WHERE first_sequence = 10", 10),
        ("DELETE FROM journal_batch WHERE first_sequence = 0", 0),
        (
            "UPDATE journal_batch b SET payload = o.payload, leaf_hashes = o.leaf_hashes, root = o.root,"
            " row_sha256 = o.row_sha256 FROM journal_batch o WHERE b.institution = o.institution"
            " AND b.first_sequence + o.first_sequence = 40 AND b.first_sequence <> o.first_sequence",
            10,
        ),
    ],
)
def test_edited_deleted_and_swapped_rows_are_named(
    connect: Connect, institution: int, store: JournalStore, change: LiteralString, named: int
) -> None:
    fill(store, 10, 20, 20, 30)
    joint = " AND b.institution = %s" if " o." in change else " AND institution = %s"
    tamper(connect, change + joint, institution)
    assert _read_until_damage(store)[1] == named


def test_a_forged_row_cannot_crash_the_reader(connect: Connect, institution: int, store: JournalStore) -> None:
    """Whoever also forges the row's own hash is found out by the content, or at last by the tree."""
    fill(store, 10, 20)
    [_, batch] = seeded_batches(1, [10, 20])
    payloads = [b"", b"not zstd", bytes.fromhex("28b52ffd") + b"\xff" * 40, batch.leaves.data]
    for payload in payloads:
        header = (batch.first_sequence, 20, batch.epoch, batch.received_us)
        row_sha256 = store._row_sha256(header, payload, batch.leaf_hashes, batch.root)
        tamper(
            connect,
            "UPDATE journal_batch SET payload = %b, row_sha256 = %b"
            " WHERE institution = %s AND first_sequence = 10",
            *[payload, row_sha256, institution],
        )
        assert _read_until_damage(store) == (1, 10)


def test_missing_nodes_are_damage_not_the_end(connect: Connect, institution: int, store: JournalStore) -> None:
    fill(store, 600)
    tamper(connect, "DELETE FROM journal_node WHERE institution = %s AND index = 1", institution)
    with pytest.raises(JournalDamaged, match="hashes at level 8"):
        store.subtree(8, 1)
    tamper(connect, "DELETE FROM journal_batch WHERE institution = %s", institution)
    with pytest.raises(IndexError):
        store.subtree(0, 1)


def test_a_batch_out_of_bounds_is_a_bug(store: JournalStore) -> None:
    [batch] = seeded_batches(1, [1])
    with pytest.raises(AssertionError):
        store.append(replace(batch, leaves=Leaves.of([bytes(1 << 26)])))
    assert store.head().size == 0


def _read_until_damage(store: JournalStore) -> tuple[int, int]:
    """How many batches were read, and which one was named."""
    batches: list[JournalBatch] = []
    with pytest.raises(JournalDamaged) as caught:
        batches.extend(store.read(0))
    return len(batches), caught.value.first_sequence
