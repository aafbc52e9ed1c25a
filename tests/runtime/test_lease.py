"""One writer at a time, whoever dies, sleeps or fights."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event

import psycopg
import pytest

from bulkhead.kernel.protocols import LeaseHeld, LeaseLost
from bulkhead.runtime.store.lease import PostgresLease, holder_text
from bulkhead.runtime.store.session import Connect
from journals import silence_holder

NewLease = Callable[[], PostgresLease]


@pytest.fixture
def new_lease(connect: Connect, institution: int) -> Iterator[NewLease]:
    """Makes leases on one institution and gives them back at the end."""
    made: list[PostgresLease] = []

    def make() -> PostgresLease:
        made.append(PostgresLease(connect, institution))
        return made[-1]

    yield make
    for lease in made:
        lease.release()


def test_every_holder_has_a_higher_epoch(new_lease: NewLease) -> None:
    epochs = []
    for _ in range(4):
        lease = new_lease()
        epochs.append(lease.acquire("someone"))
        lease.renew()
        lease.release()
    assert epochs == [1, 2, 3, 4]


def test_a_second_writer_is_told_who_holds_it(new_lease: NewLease) -> None:
    first = new_lease()
    first.acquire(holder_text("bulkhead watch"))
    with pytest.raises(LeaseHeld, match=r"bank-\w+ is being written by bulkhead watch \(process \d+ on .+since"):
        new_lease().acquire("another")
    first.renew()


def test_one_lease_is_not_taken_twice_by_the_same_writer(new_lease: NewLease) -> None:
    lease = new_lease()
    lease.acquire("someone")
    with pytest.raises(LeaseHeld):
        lease.acquire("someone")
    lease.renew()


def test_a_silent_holder_is_superseded_and_learns_of_it(
    connect: Connect, institution: int, new_lease: NewLease
) -> None:
    sleeper, heir, third = new_lease(), new_lease(), new_lease()
    assert sleeper.acquire("sleeper") == 1
    silence_holder(connect, institution)
    assert heir.acquire("heir") == 2
    with pytest.raises(LeaseHeld, match="heir"):
        third.acquire("third")
    with pytest.raises(LeaseLost):
        sleeper.renew()
    sleeper.release()  # harmless
    with pytest.raises(LeaseHeld, match="heir"):
        third.acquire("third")
    heir.renew()


def test_a_holder_who_wakes_in_time_keeps_it(connect: Connect, institution: int, new_lease: NewLease) -> None:
    sleeper = new_lease()
    sleeper.acquire("sleeper")
    silence_holder(connect, institution)
    sleeper.renew()
    with pytest.raises(LeaseHeld):
        new_lease().acquire("another")


def test_renewing_without_a_lease_fails(new_lease: NewLease) -> None:
    lease = new_lease()
    with pytest.raises(LeaseLost):
        lease.renew()
    lease.release()
    lease.acquire("someone")
    lease.release()
    with pytest.raises(LeaseLost):
        lease.renew()


def test_a_broken_connection_is_mended_by_the_next_heartbeat(
    connect: Connect, institution: int, new_lease: NewLease
) -> None:
    lease = new_lease()
    lease.acquire("someone")
    _kill_connection_of(connect, lease)
    lease.renew()
    assert lease._locked
    with pytest.raises(LeaseHeld):
        new_lease().acquire("another")


def test_a_broken_connection_frees_the_lease_at_once(connect: Connect, new_lease: NewLease) -> None:
    lost, heir = new_lease(), new_lease()
    lost.acquire("lost")
    _kill_connection_of(connect, lost)
    assert _acquire_soon(heir) == 2
    with pytest.raises(LeaseLost):
        lost.renew()


def test_of_many_who_ask_at_once_one_gets_it(new_lease: NewLease) -> None:
    leases = [new_lease() for _ in range(8)]

    def ask(lease: PostgresLease) -> int | None:
        try:
            return lease.acquire("a thread")
        except LeaseHeld:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, leases), key=str) == [1] + [None] * 7


def _hold_until_killed(dsn: str, institution: int, holding: Event) -> None:
    lease = PostgresLease(lambda: psycopg.connect(dsn), institution)
    lease.acquire("a process")
    holding.set()
    time.sleep(60)


def test_a_killed_process_gives_way_at_once(dsn: str, institution: int, new_lease: NewLease) -> None:
    context = multiprocessing.get_context("spawn")
    holding = context.Event()
    process = context.Process(target=_hold_until_killed, args=(dsn, institution, holding))
    process.start()
    assert holding.wait(30)
    lease = new_lease()
    with pytest.raises(LeaseHeld, match="a process"):
        lease.acquire("another")
    process.kill()
    process.join()
    assert _acquire_soon(lease) == 2


def _acquire_soon(lease: PostgresLease) -> int:
    """The epoch, once the server has noticed that the holder is gone; well before a heartbeat would expire."""
    for _ in range(40):
        try:
            return lease.acquire("heir")
        except LeaseHeld:
            time.sleep(0.05)
    return lease.acquire("heir")


def _kill_connection_of(connect: Connect, lease: PostgresLease) -> None:
    pid = lease._session.connection().info.backend_pid
    with connect() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
