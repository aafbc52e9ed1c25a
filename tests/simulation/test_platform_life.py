"""Honest life on the platform: with no rule set the engine refuses slips and late payers, and nothing else."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bulkhead.engine.machine import Machine
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.movements import MovementBatch, MovementKind, Phase, Refusal
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Setting

SETTING = Setting(seed=7, clients=500, days=60)


@cache
def lived() -> tuple[Platform, list[Day]]:
    platform = Platform(SETTING)
    return platform, list(platform.days())


def rows() -> NDArray[np.void]:
    return np.concatenate([day.rows for day in lived()[1]])


def test_the_machine_refuses_only_what_was_meant_to_fail() -> None:
    machine, refused, findings, seen = Machine(bytes(32)), Counter[tuple[int, int]](), 0, 0
    world = Platform(SETTING).world()
    machine.apply(world.institution)
    for item in world.stream(MemoryVault(MemoryTables()), rows_max=512):
        if not isinstance(item, MovementBatch):
            machine.apply(item)
            continue
        outcomes = machine.step(item).booked.outcomes
        seen += len(item)
        findings += int(np.count_nonzero(outcomes["findings"]))
        wrong = outcomes["refusal"] != Refusal.NONE
        refused.update(zip(item.rows["kind"][wrong].tolist(), outcomes["refusal"][wrong].tolist(), strict=True))
    expected = Counter(kind for day in lived()[1] for kind in day.rows["kind"][day.refused].tolist())
    assert seen == len(rows())
    assert findings == 0
    assert {refusal for _, refusal in refused} == {Refusal.INSUFFICIENT_FUNDS}
    assert {kind: count for (kind, _), count in refused.items()} == expected
    assert set(expected) == {MovementKind.REPAYMENT, MovementKind.WITHDRAWAL}
    assert 0 < expected.total() < 0.015 * seen


def test_every_kind_and_phase_of_a_lending_platform_occurs() -> None:
    kinds = set(zip(rows()["kind"].tolist(), rows()["phase"].tolist(), strict=True))
    assert {kind for kind, _ in kinds} >= set(MovementKind) - {
        MovementKind.PAYMENT,
        MovementKind.REFUND,
        MovementKind.INTEREST,
    }
    assert {phase for kind, phase in kinds if kind == MovementKind.BID} == {Phase.PLACE, Phase.VOID}
    states = set(lived()[0].loans.state.tolist())
    assert states >= {LoanState.OPEN, LoanState.RUNNING, LoanState.LATE, LoanState.REPAID, LoanState.LAPSED}


def test_repayments_are_most_of_it_and_fall_into_office_hours() -> None:
    repaid = rows()[rows()["kind"] == MovementKind.REPAYMENT]
    assert len(repaid) > 0.3 * len(rows())
    hours = (repaid["event_us"] - SETTING.start_us) // 3_600_000_000 % 24
    assert 9 <= hours.min() <= hours.max() <= 11


def test_days_are_in_order_and_numbered_without_gaps() -> None:
    number = 1
    for day in lived()[1]:
        assert day.first_number == number
        assert (np.diff(day.rows["event_us"]) >= 0).all()
        number += len(day.rows)


def test_the_same_setting_gives_the_same_movements_and_another_seed_others() -> None:
    def some(seed: int) -> list[list[tuple[int, ...]]]:
        return [day.rows.tolist() for day in Platform(Setting(seed, 200, 12)).days()]

    assert some(3) == some(3)
    assert some(3) != some(4)


def test_money_set_aside_for_a_loan_that_lapses_is_free_again() -> None:
    """What everybody has at the end is what came in less what went out, holds of open loans set aside."""
    platform, days = lived()
    booked = np.concatenate([day.rows[~day.refused] for day in days])
    moved = booked[(booked["phase"] == Phase.SINGLE) | (booked["phase"] == Phase.POST)]
    balance = Counter[int]()
    for side, sign in (("debit_account", -1), ("credit_account", 1)):
        for number, amount in zip(moved[side].tolist(), moved["amount_minor"].tolist(), strict=True):
            balance[number] += sign * amount
    held = Counter[int]()
    bids = platform.loans.bids
    for lender, amount in zip(bids.lender.tolist(), bids.amount_minor.tolist(), strict=True):
        held[int(platform.people.number[lender])] += amount
    free = platform.free_minor
    assert sum(held.values()) > 0
    assert all(balance[n] - held[n] == free[c] for c, n in enumerate(platform.people.number.tolist()))
