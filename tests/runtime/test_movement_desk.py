"""What callers are told, whatever the clocks say, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bulkhead.engine.machine import Machine
from bulkhead.kernel.events import InstitutionOpened, SourceRegistered
from bulkhead.kernel.memory import Fault, Faults, MemoryClock, MemoryStorage, MemoryTables, MemoryVault
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.fault_runs.projection_tables import MemoryProjector, ProjectionTables
from bulkhead.runtime.projections.projector import ProjectionFeed
from bulkhead.runtime.service.commands import Decision, Movement
from bulkhead.runtime.service.inbox import MovementsJob, NotTaken
from bulkhead.runtime.service.movement_desk import MovementDesk

OPENING = InstitutionOpened("main", "CNY", 480)
NOON_US = 1_767_585_600_000_000  # 2026-01-05 12:00 in Shanghai
DEPOSIT = Movement(
    id="d-1", time="2026-01-05T12:00:00+08:00", kind="deposit", amount="50.00", payee="client:ann", settled=True
)


@dataclass
class House:
    """A desk over memory, and what of its surroundings a test may touch."""

    tables: MemoryTables
    clock: MemoryClock
    loop: EngineLoop
    desk: MovementDesk
    failures: list[BaseException]

    def ask(self, *movements: Movement) -> tuple[Decision, ...]:
        job = MovementsJob(movements)
        self.desk.decide([job])
        taken, first = job.taken.result(10)
        return self.desk.answer(taken, first, len(movements))


@pytest.fixture
def house() -> Iterator[House]:
    tables, clock, failures = MemoryTables(), MemoryClock(NOON_US), list[BaseException]()
    storage, machine = MemoryStorage(tables), Machine(bytes(32))
    loop = EngineLoop(
        machine, storage, MemoryProjector(ProjectionTables()), ProjectionFeed(machine, 0, 0), clock, 0
    )
    loop.apply(OPENING)
    desk = MovementDesk(loop, storage, MemoryVault(tables), lambda batch: {}, clock, failures.append)
    loop.apply(SourceRegistered(desk.source.code, desk.source.definition, desk.source.provides))
    yield House(tables, clock, loop, desk, failures)
    loop.abandon()


def test_a_clock_set_back_does_not_make_a_booked_movement_one_of_the_future(house: House) -> None:
    (first,) = house.ask(DEPOSIT)
    assert (first.sequence, first.status) == (2, "booked")
    hour_ago = MemoryClock(NOON_US - 3_600_000_000)
    late = MovementDesk(
        house.loop, MemoryStorage(house.tables), MemoryVault(house.tables), lambda batch: {}, hour_ago, print
    )
    job = MovementsJob((DEPOSIT,))
    late.decide([job])
    (again,) = late.answer(*job.taken.result(10), 1)
    assert (again.sequence, again.status, again.problem, again.repeat) == (2, "booked", None, True)


def test_a_movement_of_the_future_is_still_a_problem(house: House) -> None:
    (tomorrow,) = house.ask(Movement(**{**_fields(DEPOSIT), "id": "d-2", "time": "2026-01-06T12:00:00+08:00"}))
    assert tomorrow.problem is not None
    assert (tomorrow.problem.field, house.loop.machine.sequence) == ("time", 2)


def test_callers_cannot_push_the_time_ahead_step_by_step(house: House) -> None:
    answers = [
        house.ask(Movement(**{**_fields(DEPOSIT), "id": f"d-{k}", "time": f"2026-01-05T12:00:{4 * k:02}+08:00"}))[
            0
        ]
        for k in range(5)
    ]
    assert [answer.problem is None for answer in answers] == [True, True, False, False, False]


def test_nobody_is_answered_before_the_commit_and_all_hear_of_its_failure(house: House) -> None:
    house.tables.faults = Faults(appends={2: Fault.BEFORE_COMMIT})
    job = MovementsJob((DEPOSIT,))
    house.desk.decide([job])
    with pytest.raises(ConnectionError):
        job.taken.result(10)
    assert [type(failure) for failure in house.failures] == [ConnectionError]
    assert MemoryStorage(house.tables).head().size == 2


def test_a_vault_out_of_reach_takes_nothing(house: House) -> None:
    house.tables.faults = Faults(swaps={0: Fault.BEFORE_COMMIT})
    job = MovementsJob((DEPOSIT,))
    assert house.desk.decide([job]) is None
    with pytest.raises(NotTaken, match="Nothing was decided"):
        job.taken.result(10)
    assert house.ask(DEPOSIT)[0].sequence == 2


def _fields(movement: Movement) -> dict[str, str | int | bool | None]:
    return {name: getattr(movement, name) for name in movement.__struct_fields__}
