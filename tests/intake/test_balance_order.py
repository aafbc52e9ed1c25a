"""Rows of a day without times are put in the order in which their balances close."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bulkhead.intake.balance_order import TOLERANCE_MINOR, by_balances
from bulkhead.intake.source import load_source
from bulkhead.kernel.movements import MOVEMENT, NO_AMOUNT, AccountClass
from reading_inputs import read_file, shared_data

DAY_US = 86_400_000_000


def statement(seed: int, accounts: int, days: int, rows_a_day: int, rounding: int = 0) -> NDArray[np.void]:
    """A bank's statement with the rows of every day shuffled; amounts are few, so that balances recur."""
    chance = random.Random(seed)
    balances = dict.fromkeys(range(accounts), 0)
    rows = []
    for day in range(days):
        today = []
        for _ in range(rows_a_day):
            account = chance.randrange(accounts)
            change = chance.choice([-300, -200, -100, 100, 200, 300])
            balances[account] += change
            today.append((account, day, change, balances[account] + chance.randint(-rounding, rounding)))
        chance.shuffle(today)
        rows += today
    return movements(rows)


def movements(rows: list[tuple[int, int, int, int]]) -> NDArray[np.void]:
    """Rows of (account, day, change, stated balance) as movements against account 999."""
    array = np.zeros(len(rows), MOVEMENT)
    for row, (account, day, change, balance) in zip(array, rows, strict=True):
        own, other = ("debit", "credit") if change < 0 else ("credit", "debit")
        row["event_us"], row["amount_minor"], row["stated_balance_minor"] = day * DAY_US, abs(change), balance
        row[f"{own}_account"], row[f"{own}_class"] = account, AccountClass.CLIENT
        row[f"{other}_account"], row[f"{other}_class"] = 999, AccountClass.SUMMARY
    return array


def steps_that_do_not_close(rows: NDArray[np.void], tolerance: int) -> int:
    balances: dict[int, int] = {}
    wrong = 0
    for row in rows:
        debited = row["debit_class"] == AccountClass.CLIENT
        account = int(row["debit_account"] if debited else row["credit_account"])
        change = -int(row["amount_minor"]) if debited else int(row["amount_minor"])
        stated = int(row["stated_balance_minor"])
        wrong += abs(balances.get(account, 0) + change - stated) > tolerance
        balances[account] = stated
    return wrong


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 5), st.integers(0, 9))
def test_every_shuffled_statement_closes_again(seed: int, accounts: int, days: int, rows_a_day: int) -> None:
    rows = statement(seed, accounts, days, rows_a_day)
    order, notices = by_balances(rows)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert (np.diff(rows["event_us"][order]) >= 0).all()
    assert steps_that_do_not_close(rows[order], 0) == 0
    assert notices == []


def test_rounded_balances_close_within_the_tolerance() -> None:
    rows = statement(3, accounts=5, days=30, rows_a_day=20, rounding=TOLERANCE_MINOR // 2)
    order, notices = by_balances(rows)
    assert steps_that_do_not_close(rows[order], TOLERANCE_MINOR) == 0
    assert notices == []


def test_a_day_that_cannot_close_stays_in_file_order_and_is_reported() -> None:
    rows = movements([(1, 1, 500, 500), (1, 2, 70, 900), (1, 2, -20, 480), (1, 3, 100, 580)])
    order, notices = by_balances(rows)
    assert order.tolist() == [0, 1, 2, 3]
    assert notices == [
        "1 account-days have no order in which their balances close: kept in file order",
        "1 account-days do not continue from the balance of the day before",
    ]


def test_a_gap_between_days_does_not_undo_the_order_within_them() -> None:
    rows = movements([(1, 1, 500, 500), (1, 2, -20, 780), (1, 2, 100, 800)])
    order, notices = by_balances(rows)
    assert order.tolist() == [0, 2, 1]
    assert notices == ["1 account-days do not continue from the balance of the day before"]


def test_rows_without_a_balance_stay_as_they_are() -> None:
    rows = movements([(1, 2, 5, NO_AMOUNT), (1, 1, 100, 100), (1, 1, -50, NO_AMOUNT)])
    assert by_balances(rows)[0].tolist() == [1, 2, 0]


@pytest.mark.parametrize("change", [0, 100])
def test_a_crowded_day_costs_a_bounded_search(change: int) -> None:
    rows = movements([(1, 1, change, 0) for _ in range(3_000)])
    order, _ = by_balances(rows)
    assert len(order) == 3_000


def test_an_order_is_found_for_every_row_of_the_bank() -> None:
    reading = read_file(shared_data("berka", "trans_30200.csv"), load_source("berka"))
    assert (len(reading.movements), reading.quarantined) == (30_200, [])
    assert not any("account-days" in notice for notice in reading.notices)
    rows = np.concatenate([chunk.batch.rows for chunk in reading.chunks])
    names = [chunk.batch.names for chunk in reading.chunks for _ in range(len(chunk.batch))]
    numbers = {name: number for number, name in enumerate(sorted({n for each in names for n in each}))}
    for row, local in zip(rows, names, strict=True):
        for column in ("debit_account", "credit_account"):
            row[column] = numbers[local[row[column]]]
    assert steps_that_do_not_close(rows, TOLERANCE_MINOR) == 0
