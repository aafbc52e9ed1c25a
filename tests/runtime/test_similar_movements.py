"""Movements that are shown beside one: near it, and each with what it has in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bulkhead.runtime.projections.movement_query import MovementRow, Reading, reading
from bulkhead.runtime.projections.movement_search import movements_since
from bulkhead.runtime.projections.similar_movements import NEAR_US, similar_movements
from bulkhead.runtime.wiring import open_stores
from stored_town import OPENING, StoredTown


@dataclass(frozen=True)
class Books:
    """How a town's tables are read, and all its movements."""

    reading: Reading
    rows: list[MovementRow]


@pytest.fixture(scope="module")
def books(stored_town: StoredTown) -> Iterator[Books]:
    with open_stores(stored_town.settings, stored_town.database, OPENING.code) as stores, reading(stores) as open_:
        rows: list[MovementRow] = []
        while more := movements_since(open_, rows[-1].sequence + 1 if rows else 0):
            rows += more
        yield Books(open_, rows)


def test_similar_movements_say_why(books: Books) -> None:
    seen: set[str] = set()
    for one in books.rows[::37]:
        found = similar_movements(books.reading, one.sequence, limit=8, budget_ms=60_000)
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
            if not set(one.rules) & set(other.rules):
                assert one.amount_minor <= 2 * other.amount_minor <= 4 * one.amount_minor
    assert {"same payer and payee", "same device", "same payee", "same rule hit"} <= seen


def test_what_is_no_movement_has_none_like_it(books: Books) -> None:
    assert similar_movements(books.reading, 0) == ()
    assert similar_movements(books.reading, 10**12) == ()
