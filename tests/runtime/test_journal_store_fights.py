"""Two writers who both believe they hold the lease: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from bulkhead.kernel.journal import JournalBatch, Leaves
from bulkhead.kernel.merkle import Frontier, leaf_hashes
from bulkhead.kernel.protocols import JournalConflict, LeaseHeld, LeaseLost
from bulkhead.runtime.store.journal_store import JournalStore
from bulkhead.runtime.store.keys import Keys
from bulkhead.runtime.store.lease import PostgresLease
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.store.vault import PostgresVault
from journals import silence_holder

FIGHT_S = 2.0
BATCHES_A_TERM = 6


@dataclass
class Record:
    """What one fighter saw."""

    acknowledged: list[bytes] = field(default_factory=list)
    terms: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


def fight(connect: Connect, institution: int, keys: Keys, name: str) -> Record:
    """Take the lease again and again, by force when it is held, and append under it until superseded."""
    record = Record()
    lease, vault = PostgresLease(connect, institution), PostgresVault(connect, institution, keys)
    store = JournalStore(connect, institution, vault)
    ends = time.monotonic() + FIGHT_S
    while time.monotonic() < ends:
        try:
            epoch = lease.acquire(name)
        except LeaseHeld:
            record.refusals["LeaseHeld"] += 1
            silence_holder(connect, institution)
            continue
        record.terms += 1
        tree = Frontier()
        for batch in store.read(0):
            tree.append(batch.leaf_hashes)
        try:
            for number in range(BATCHES_A_TERM):
                leaf = f"{name} {epoch} {number}".encode()
                store.append(_batch(tree, leaf, epoch))
                record.acknowledged.append(leaf)
        except (LeaseLost, JournalConflict) as refusal:
            record.refusals[type(refusal).__name__] += 1
    for part in (store, vault):
        part.close()
    lease.release()
    return record


def _batch(tree: Frontier, leaf: bytes, epoch: int) -> JournalBatch:
    first, leaves = tree.size, Leaves.of([leaf, leaf + b" again"])
    hashes = leaf_hashes(leaves)
    nodes = tree.append(hashes)
    return JournalBatch(first, leaves, hashes, tree.root(), epoch, 0, nodes)


def check(connect: Connect, institution: int, keys: Keys, records: list[Record]) -> None:
    store = JournalStore(connect, institution, PostgresVault(connect, institution, keys))
    tree, stored, epochs = Frontier(), [], []
    for batch in store.read(0):
        assert batch.first_sequence == tree.size
        tree.append(batch.leaf_hashes)
        assert batch.root == tree.root()
        stored.append(batch.leaves[0])
        epochs.append(batch.epoch)
    store.close()
    assert len(set(stored)) == len(stored), "nothing is doubled"
    acknowledged = [leaf for record in records for leaf in record.acknowledged]
    assert sorted(stored) == sorted(acknowledged), "all that was acknowledged, and nothing else"
    assert epochs == sorted(epochs), "a superseded writer never writes after its heir"
    assert all(record.terms for record in records)
    assert sum(record.refusals["LeaseLost"] for record in records), "they did fight"


def test_threads_that_fight(connect: Connect, institution: int, keys: Keys) -> None:
    with ThreadPoolExecutor(3) as pool:
        fights = [pool.submit(fight, connect, institution, keys, f"thread {i}") for i in range(3)]
        check(connect, institution, keys, [each.result() for each in fights])


def _fight_in_a_process(dsn: str, institution: int, keys: Path, name: str) -> Record:
    return fight(lambda: psycopg.connect(dsn), institution, Keys(keys), name)


def test_processes_that_fight(connect: Connect, dsn: str, institution: int, keys: Keys) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        arguments = [(dsn, institution, keys.folder, f"process {i}") for i in range(2)]
        records = pool.starmap(_fight_in_a_process, arguments, chunksize=1)
    check(connect, institution, keys, records)


def test_writers_under_one_epoch_store_each_place_once(
    connect: Connect, institution: int, store: JournalStore, vault: PostgresVault
) -> None:
    """A bug above could let two threads write under one lease; the journal still grows in one line."""
    others = [JournalStore(connect, institution, vault) for _ in range(3)]

    def write(number: int) -> int:
        stored = 0
        for attempt in range(60):
            first = others[number].head().size
            leaves = Leaves.of([b"%d %d" % (number, attempt)])
            hashes = leaf_hashes(leaves)
            try:
                others[number].append(JournalBatch(first, leaves, hashes, bytes(32), 1, 0))
                stored += 1
            except JournalConflict:
                continue
        return stored

    with ThreadPoolExecutor(3) as pool:
        stored = sum(pool.map(write, range(3)))
    assert 0 < stored <= 180
    assert [batch.first_sequence for batch in store.read(0)] == list(range(stored))
    for other in others:
        other.close()


def test_a_server_that_dies_mid_append_leaves_all_or_nothing(
    connect: Connect, store: JournalStore, institution: int
) -> None:
    tree, stored = Frontier(), 0
    for number in range(20):
        batch = _batch(tree.copy(), b"%d" % number, 1)
        pid = store._session.connection().info.backend_pid
        with ThreadPoolExecutor(1) as pool:
            killing = pool.submit(_kill_after, connect, pid, number * 0.0003)
            with suppress(ConnectionError):
                store.append(batch)
            killing.result()
        try:
            head = store.head()
        except ConnectionError:  # the kill came after the append
            head = store.head()
        assert head.size in (tree.size, tree.size + 2)
        if head.size > tree.size:
            tree.append(batch.leaf_hashes)
            assert head.root == batch.root
            stored += 1
    assert len(list(store.read(0))) == stored


def _kill_after(connect: Connect, pid: int, seconds: float) -> None:
    with connect() as connection:
        time.sleep(seconds)
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])


@pytest.fixture(autouse=True)
def _no_leftover_processes() -> None:
    assert not multiprocessing.active_children()
