"""The table of accounts, statements and similar movements, against balances and rows found another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from stored_town import OPENING, Copy

from bulkhead.kernel.movements import AccountClass, Status
from bulkhead.runtime.projections.account_search import (
    AccountRow,
    StatementLine,
    account_statement,
    search_accounts,
)
from bulkhead.runtime.projections.balances import balances_at
from bulkhead.runtime.projections.movement_query import MovementRow, Reading, reading
from bulkhead.runtime.projections.movement_search import movements_since
from bulkhead.runtime.projections.similar_movements import NEAR_US, similar_movements
from bulkhead.runtime.wiring import Stores, open_stores


@dataclass(frozen=True)
class Books:
    """A town's stores, how its tables are read, and all its movements."""

    stores: Stores
    reading: Reading
    rows: list[MovementRow]


@pytest.fixture(scope="module", params=["at rest", "marks far behind", "never marked but once"])
def books(request: pytest.FixtureRequest, copy_of_town: Copy) -> Iterator[Books]:
    """Balances that were marked at the end, and such as must be brought forward from an old mark."""
    with copy_of_town() as copy:
        marks = [int(str(copy.one(f"SELECT {which}(sequence) FROM balance")[0])) for which in ("max", "min")]
        kept = {"at rest": marks[0], "marks far behind": 700, "never marked but once": marks[1]}[request.param]
        copy.attack(
            f"DELETE FROM balance WHERE sequence > {kept}",
            "UPDATE projection_progress SET marked = (SELECT max(sequence) FROM balance)",
        )
        with open_stores(copy.settings, copy.database, OPENING.code) as stores, reading(stores) as open_:
            rows: list[MovementRow] = []
            while more := movements_since(open_, rows[-1].sequence + 1 if rows else 0):
                rows += more
            yield Books(stores, open_, rows)


def all_accounts(open_: Reading, limit: int, account_class: AccountClass | None = None) -> list[AccountRow]:
    rows: list[AccountRow] = []
    after = -1
    for _ in range(1_000):
        page = search_accounts(open_, account_class=account_class, after=after, limit=limit)
        rows += page.rows
        if page.next is None:
            return rows
        after = page.next
    raise AssertionError("paging never ended")


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_accounts_are_those_of_the_balances(books: Books, limit: int) -> None:
    expected = {
        (row.name, row.account_class, row.currency, row.posted_minor, row.held_minor)
        for row in balances_at(books.stores).accounts
    }
    found = all_accounts(books.reading, limit)
    assert [row.number for row in found] == sorted({row.number for row in found})
    assert {(r.name, r.account_class, r.currency, r.posted_minor, r.held_minor) for r in found} == expected


def test_accounts_of_a_class_and_by_name(books: Books) -> None:
    everything = all_accounts(books.reading, 500)
    for account_class in AccountClass:
        if account_class != AccountClass.NONE:
            wanted = [row for row in everything if row.account_class == account_class]
            assert all_accounts(books.reading, 3, account_class) == wanted
    client = next(row for row in everything if row.account_class == AccountClass.CLIENT)
    assert search_accounts(books.reading, name=client.name).rows == (client,)
    [real] = books.stores.vault.reveal([client.name])
    assert search_accounts(books.reading, name=f"client:{real}").rows == (client,)
    assert search_accounts(books.reading, name="client:unheard-of").rows == ()
    device = next(row.device for row in books.rows if row.device)
    assert search_accounts(books.reading, name=device).rows == ()


def test_a_statement_adds_up(books: Books) -> None:
    """Between two lines nothing but reviewed holds moves posted money, and this town reviews none."""
    for account in {row.debit_account for row in books.rows[:40]} - {""}:
        lines: list[StatementLine] = []
        before = None
        while True:
            page = account_statement(books.reading, account, before=before, limit=9, budget_ms=10_000)
            lines += page.lines
            if page.older is None:
                break
            before = page.older
        touched = [
            row
            for row in reversed(books.rows)
            if account in (row.debit_account, row.credit_account) and row.status != Status.REFUSED
        ]
        assert [line.movement for line in lines] == touched
        for newer, older in pairwise(lines):
            assert newer.posted_minor - newer.change_minor == older.posted_minor, (account, newer)


def test_similar_movements_say_why(books: Books) -> None:
    seen = set()
    for one in books.rows[::37]:
        found = similar_movements(books.reading, one.sequence, limit=8)
        assert [each.weight for each in found] == sorted((each.weight for each in found), reverse=True)
        for each in found:
            other = each.movement
            assert other.sequence != one.sequence
            assert abs(other.effective_us - one.effective_us) <= NEAR_US
            english = {words.en for words in each.why}
            seen |= english
            assert english
            assert ("same device" in english) == bool(one.device and one.device == other.device)
            assert ("same rule hit" in english) == bool(set(one.rules) & set(other.rules))
            if "same payer and payee" in english:
                assert (one.payer, one.payee) == (other.payer, other.payee)
            elif "same payer" in english:
                assert one.payer == other.payer
    assert {"same payer and payee", "same device", "same payee", "same rule hit"} <= seen
    assert similar_movements(books.reading, 0) == ()
