"""Accounts read a page at a time say what the whole book says, at any position of the journal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.projections.account_history import balance_line, open_holds
from bulkhead.runtime.projections.account_reading import (
    AccountLine,
    account_line,
    accounts_page,
    position_at,
    position_of,
)
from bulkhead.runtime.projections.account_totals import class_totals
from bulkhead.runtime.projections.balances import balances_at
from bulkhead.runtime.projections.movement_query import Reading, reading
from bulkhead.runtime.wiring import Stores, open_stores
from stored_town import OPENING, StoredTown


@pytest.fixture(scope="module")
def town_stores(stored_town: StoredTown) -> Iterator[Stores]:
    with open_stores(stored_town.settings, stored_town.database, OPENING.code) as stores:
        yield stores


@pytest.fixture
def town_reading(town_stores: Stores) -> Iterator[Reading]:
    with reading(town_stores) as open_reading:
        yield open_reading


def downward(reading: Reading, at: int, limit: int) -> list[AccountLine]:
    rows: list[AccountLine] = []
    page = accounts_page(reading, at, limit=limit)
    while True:
        rows += page.rows
        if page.older is None:
            return rows
        page = accounts_page(reading, at, before=page.older, limit=limit)


def upward(reading: Reading, at: int, limit: int) -> list[AccountLine]:
    rows: list[AccountLine] = []
    page = accounts_page(reading, at, after=-1, limit=limit)
    while True:
        rows = [*page.rows, *rows]
        if page.newer is None:
            return rows
        page = accounts_page(reading, at, after=page.newer, limit=limit)


@pytest.mark.parametrize("seed", range(3))
def test_pages_and_totals_are_the_book_at_any_position(
    town_stores: Stores, town_reading: Reading, seed: int
) -> None:
    size = town_stores.journal.head().size
    positions = np.random.Generator(np.random.PCG64(seed)).integers(5, size + 1, 6).tolist()
    for at in (position_of(town_reading, position) for position in (*positions, size)):
        book = {row.name: row for row in balances_at(town_stores, at).accounts}
        found = downward(town_reading, at, 11)
        assert [row.number for row in found] == sorted((row.number for row in found), reverse=True)
        assert {row.name for row in found} == set(book)
        for row in found:
            same = book[row.name]
            assert (row.posted_minor, row.held_minor) == (same.posted_minor, same.held_minor), (at, row)
            assert (row.account_class, row.currency) == (same.account_class, same.currency)
        assert [row.number for row in upward(town_reading, at, 7)] == [row.number for row in found]
        totals = class_totals(town_reading, at)
        assert sum(total.posted_minor for total in totals) == 0
        for total in totals:
            of_class = [row for row in book.values() if row.account_class == total.account_class]
            assert total.accounts == len(of_class)
            assert total.posted_minor == sum(row.posted_minor for row in of_class)
            assert total.held_minor == sum(row.held_minor for row in of_class)


def test_only_the_classes_asked_for(town_reading: Reading) -> None:
    at = position_of(town_reading, None)
    own = accounts_page(town_reading, at, classes=[AccountClass.FEE, AccountClass.OWN]).rows
    assert {row.name for row in own} == {"book:fee", "book:own"}
    clients = accounts_page(town_reading, at, classes=[AccountClass.CLIENT], limit=1_000).rows
    assert {row.account_class for row in clients} == {AccountClass.CLIENT}


def test_a_number_that_is_no_account_is_none(town_reading: Reading) -> None:
    at = position_of(town_reading, None)
    for number in (-1, 10**6, 2**40):
        assert account_line(town_reading, number, at) is None
    first = accounts_page(town_reading, at, limit=1).rows[0]
    assert account_line(town_reading, first.number, 1) is None  # before it was opened
    with pytest.raises(BadInput, match="no position"):
        position_of(town_reading, at + 1)


def test_a_position_of_a_moment_stands_before_the_first_movement_after_it(town_reading: Reading) -> None:
    rows = town_reading.rows(
        "SELECT sequence, effective_us FROM movement WHERE institution = %(institution)s ORDER BY sequence", {}
    )
    sequence, at_us = rows[len(rows) // 2]
    assert position_at(town_reading, at_us - 1) <= sequence
    following = next(row[0] for row in rows if row[1] > at_us)
    assert position_at(town_reading, at_us) == following
    assert position_at(town_reading, rows[-1][1]) == position_of(town_reading, None)


def test_open_holds_add_up_to_what_is_set_aside(town_stores: Stores, town_reading: Reading) -> None:
    size = position_of(town_reading, None)
    seen = 0
    for at in (size, position_of(town_reading, 700)):
        for account in accounts_page(town_reading, at, limit=100).rows:
            holds = open_holds(town_stores, town_reading, account, at) if account.held_minor else ()
            assert sum(hold.left_minor for hold in holds) == account.held_minor, (at, account)
            seen += len(holds)
    assert seen > 20


def test_the_line_ends_at_the_balance_and_never_goes_back_in_time(town_reading: Reading) -> None:
    at = position_of(town_reading, None)
    for account in accounts_page(town_reading, at, limit=8).rows:
        points = balance_line(town_reading, account, at).points
        assert points, account
        assert points[-1].posted_minor == account.posted_minor
        assert [point.at_us for point in points] == sorted(point.at_us for point in points)
