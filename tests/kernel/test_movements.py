"""Batches of movements: strings in one buffer, slices and picks that lose nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.movements import (
    ABSENT,
    MOVEMENT,
    NAME_COLUMNS,
    NO_AMOUNT,
    Finding,
    MovementBatch,
    Outcome,
    Strings,
)

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=20)


def texts(strings: Strings) -> list[str]:
    return [strings[i] for i in range(len(strings))]


def batch_of(ids: list[str]) -> MovementBatch:
    rows = np.zeros(len(ids), MOVEMENT)
    rows["amount_minor"] = np.arange(len(ids)) + 1
    rows["payer"] = np.arange(len(ids)) % 2
    return MovementBatch(rows, Strings.of(ids), names=("client:a", "client:b"), holds=("h-1",))


@settings(deadline=None)
@given(TEXTS)
def test_strings_come_back_as_they_were(values: list[str]) -> None:
    assert texts(Strings.of(values)) == values


@settings(deadline=None)
@given(TEXTS.filter(bool), st.data())
def test_strings_are_taken_in_the_order_asked_for(values: list[str], data: st.DataObject) -> None:
    picks = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=30))
    assert texts(Strings.of(values).take(np.array(picks, np.int64))) == [values[i] for i in picks]


@settings(deadline=None)
@given(TEXTS, st.data())
def test_slices_put_together_are_the_batch(ids: list[str], data: st.DataObject) -> None:
    batch = batch_of(ids)
    cut = data.draw(st.integers(0, len(ids)))
    parts = [batch.slice(0, cut), batch.slice(cut, len(ids))]
    assert [len(part) for part in parts] == [cut, len(ids) - cut]
    assert [text for part in parts for text in texts(part.ids)] == ids
    assert np.array_equal(np.concatenate([part.rows for part in parts]), batch.rows)
    assert all((part.names, part.holds) == (batch.names, batch.holds) for part in parts)
    assert all(part.ids.offsets[0] == 0 for part in parts)


@settings(deadline=None)
@given(TEXTS.filter(bool), st.data())
def test_a_slice_of_a_pick_keeps_rows_and_ids_together(ids: list[str], data: st.DataObject) -> None:
    picks = data.draw(st.lists(st.integers(0, len(ids) - 1), min_size=1, max_size=30))
    start = data.draw(st.integers(0, len(picks) - 1))
    part = batch_of(ids).take(np.array(picks, np.int64)).slice(start, len(picks))
    wanted = picks[start:]
    assert texts(part.ids) == [ids[i] for i in wanted]
    assert part.rows["amount_minor"].tolist() == [i + 1 for i in wanted]


def test_rows_and_ids_must_be_of_one_length_and_kind() -> None:
    with pytest.raises(AssertionError):
        MovementBatch(np.zeros(2, MOVEMENT), Strings.of(["a"]), ())
    with pytest.raises(AssertionError):
        MovementBatch(np.zeros(1, [("a", "i8")]), Strings.of(["a"]), ())


def test_the_strictest_outcome_is_the_largest() -> None:
    assert max(Outcome.ALLOW, Outcome.DECLINE, Outcome.HOLD) is Outcome.DECLINE
    assert Outcome.ALLOW < Outcome.HOLD < Outcome.DECLINE


def test_columns_can_hold_what_they_must() -> None:
    rows = np.zeros(1, MOVEMENT)
    for column in NAME_COLUMNS:
        rows[column] = ABSENT
        assert rows[column][0] == ABSENT
    for column in ("stated_balance_minor", "expires_us"):
        rows[column] = NO_AMOUNT
        assert rows[column][0] == NO_AMOUNT
    assert sum(Finding) < 2**16  # as a leaf stores them
