"""Canonical leaves: one movement, one byte string, and no byte string that reads as two things."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.events import AccountOpened, encode_event
from bulkhead.kernel.leaves import (
    LEAF_FIXED,
    LEAF_MOVEMENT,
    LEAF_STRINGS,
    LEAF_VERSION,
    MovementLeaf,
    decode_event_leaf,
    decode_movement_leaf,
    encode_event_leaf,
    encode_movement_leaf,
)
from bulkhead.kernel.movements import NO_AMOUNT, MovementKind, Outcome, Status

GIVEN_FIELDS = ("leaf_kind", "leaf_version", "rule_count", "feature_count")


def fixed_values() -> st.SearchStrategy[dict[str, int]]:
    free = [name for name in LEAF_FIXED.names or () if name not in GIVEN_FIELDS]
    limits = {name: np.iinfo(LEAF_FIXED[name]) for name in free}
    return st.fixed_dictionaries(
        {name: st.integers(int(limit.min), int(limit.max)) for name, limit in limits.items()}
    )


@st.composite
def movement_leaves(draw: st.DrawFn) -> MovementLeaf:
    rules = draw(st.integers(0, 40))
    bits = st.lists(st.booleans(), min_size=rules, max_size=rules).map(tuple)
    features = tuple(draw(st.lists(st.floats(), max_size=8)))
    given_fields = (LEAF_MOVEMENT, LEAF_VERSION, rules, len(features))
    name = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    return MovementLeaf(
        fixed=draw(fixed_values()) | dict(zip(GIVEN_FIELDS, given_fields, strict=True)),
        hits=draw(bits),
        unknowns=draw(bits),
        features=features,
        strings={field: draw(name) for field in LEAF_STRINGS},
    )


def withdrawal() -> MovementLeaf:
    fixed = dict.fromkeys(LEAF_FIXED.names or (), 0) | {
        "leaf_kind": LEAF_MOVEMENT,
        "leaf_version": LEAF_VERSION,
        "kind": MovementKind.WITHDRAWAL,
        "outcome": Outcome.HOLD,
        "status": Status.HELD,
        "currency": 156,
        "rule_count": 9,
        "feature_count": 2,
        "rule_set": 1,
        "event_us": 1_700_000_000_000_000,
        "effective_us": 1_700_000_000_000_001,
        "amount_minor": 5_000_000,
        "stated_balance_minor": NO_AMOUNT,
        "expires_us": NO_AMOUNT,
    }
    hits = (True, *(False,) * 7, True)
    strings = dict.fromkeys(LEAF_STRINGS, "") | {"movement_id": "m-1", "payer": "client:王"}
    return MovementLeaf(fixed, hits, (False,) * 9, (1.0, float("nan")), strings)


@settings(deadline=None)
@given(movement_leaves())
def test_every_leaf_comes_back_as_it_was(leaf: MovementLeaf) -> None:
    data = encode_movement_leaf(leaf)
    read = decode_movement_leaf(data)
    assert (read.fixed, read.hits, read.unknowns, read.strings) == (
        leaf.fixed,
        leaf.hits,
        leaf.unknowns,
        leaf.strings,
    )
    assert encode_movement_leaf(read) == data  # also tells -0.0 from 0.0 and keeps unknown values unknown


@settings(max_examples=150, deadline=None)
@given(movement_leaves(), st.data())
def test_a_damaged_leaf_is_another_leaf_or_refused(leaf: MovementLeaf, data: st.DataObject) -> None:
    original = encode_movement_leaf(leaf)
    damaged = bytearray(original)
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = decode_movement_leaf(bytes(damaged))
    except ValueError:
        return
    assert encode_movement_leaf(read) == bytes(damaged) != original


@settings(max_examples=60, deadline=None)
@given(movement_leaves(), st.data())
def test_no_beginning_of_a_leaf_and_nothing_longer_is_a_leaf(leaf: MovementLeaf, data: st.DataObject) -> None:
    whole = encode_movement_leaf(leaf)
    for other in (whole[: data.draw(st.integers(0, len(whole) - 1))], whole + b"\0"):
        with pytest.raises(ValueError, match=r"leaf|rule|string"):
            decode_movement_leaf(other)


def test_the_layout_is_fixed() -> None:
    """Part of the journal's format: a change here needs a new ``LEAF_VERSION``."""
    data = encode_movement_leaf(withdrawal())
    assert LEAF_FIXED.itemsize == 86
    assert data[:18].hex() == "0101020000010100" + "0000" + "9c00" + "0000" + "0900" + "0200"
    assert data[18:22] == struct.pack("<I", 1)
    assert data[22:46] == struct.pack("<qqq", 1_700_000_000_000_000, 1_700_000_000_000_001, 5_000_000)
    assert data[46:62] == b"\0\0\0\0\0\0\0\x80" * 2
    assert data[86:90] == b"\x01\x01\x00\x00"  # hits: rules 0 and 8; no unknowns
    assert data[90:98] == struct.pack("<d", 1.0)
    assert data[106:] == b"\x03\0m-1" + b"\x0a\0client:\xe7\x8e\x8b" + b"\0\0" * 6


def test_a_bit_that_belongs_to_no_rule_is_refused() -> None:
    data = bytearray(encode_movement_leaf(withdrawal()))
    data[LEAF_FIXED.itemsize + 1] |= 0x80
    with pytest.raises(ValueError, match="no rule"):
        decode_movement_leaf(bytes(data))


def test_a_leaf_that_contradicts_itself_is_a_bug() -> None:
    leaf = withdrawal()
    with pytest.raises(AssertionError, match="one bit a rule"):
        encode_movement_leaf(MovementLeaf(leaf.fixed, leaf.hits[1:], leaf.unknowns, leaf.features, leaf.strings))
    with pytest.raises(AssertionError, match="one value a feature"):
        encode_movement_leaf(MovementLeaf(leaf.fixed, leaf.hits, leaf.unknowns, (), leaf.strings))


def test_event_leaves_and_movement_leaves_are_told_apart() -> None:
    event = AccountOpened(name="book:fee", account_class=4, currency="CNY")
    data = encode_event_leaf(event)
    assert data == b"\x02\x01" + encode_event(event)
    assert decode_event_leaf(data) == event
    with pytest.raises(ValueError, match="not a movement leaf"):
        decode_movement_leaf(data.ljust(200, b" "))
    for other in (b"", b"\x02", encode_movement_leaf(withdrawal()), b"\x02\x02" + data[2:]):
        with pytest.raises(ValueError, match="not an event leaf"):
            decode_event_leaf(other)
