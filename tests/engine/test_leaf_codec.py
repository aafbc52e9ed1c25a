"""Whole batches of leaves against the kernel's readable reference for one, byte for byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.engine.leaf_codec import decode_movements, encode_movements, movement_runs
from bulkhead.engine.names import Names
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.leaves import (
    LEAF_FIXED,
    LEAF_STRINGS,
    MovementLeaf,
    decode_movement_leaf,
    encode_movement_leaf,
)
from bulkhead.kernel.movements import ABSENT, MOVEMENT, NAME_COLUMNS, OUTCOME, MovementBatch, Strings

RULES, FEATURES = 11, 3
_FROM_BATCH = [name for name in LEAF_FIXED.names or () if name in (MOVEMENT.names or ())]
_SIZES = {name: LEAF_FIXED[name] for name in LEAF_FIXED.names or ()}
_TEXT = st.text(min_size=1, max_size=12)


def numbers(name: str) -> st.SearchStrategy[int]:
    info = np.iinfo(_SIZES[name])
    return st.integers(int(info.min), int(info.max))


@st.composite
def leaves(draw: st.DrawFn) -> MovementLeaf:
    fixed = {name: draw(numbers(name)) for name in _SIZES}
    fixed |= {"leaf_kind": 1, "leaf_version": 1, "rule_count": RULES, "feature_count": FEATURES, "rule_set": 7}
    bits = st.lists(st.booleans(), min_size=RULES, max_size=RULES).map(tuple)
    values = st.lists(st.floats(allow_nan=False), min_size=FEATURES, max_size=FEATURES).map(tuple)
    strings = {name: draw(_TEXT if name == "movement_id" else st.just("") | _TEXT) for name in LEAF_STRINGS}
    return MovementLeaf(fixed, draw(bits), draw(bits), draw(values), strings)


def encoded_together(group: list[MovementLeaf]) -> Leaves:
    """The group through the engine's codec: as rows, outcomes, evidence and the table of names."""
    rows, outcomes, table = np.zeros(len(group), MOVEMENT), np.zeros(len(group), OUTCOME), Names()
    holds = sorted({leaf.strings["hold"] for leaf in group} - {""})
    for index, leaf in enumerate(group):
        for name in _FROM_BATCH:
            rows[name][index] = leaf.fixed[name]
        for name in OUTCOME.names or ():
            outcomes[name][index] = leaf.fixed[name]
        for name in NAME_COLUMNS:
            rows[name][index] = table.number(leaf.strings[name]) if leaf.strings[name] else ABSENT
        rows["hold"][index] = holds.index(leaf.strings["hold"]) if leaf.strings["hold"] else ABSENT
    hits, unknowns = (
        np.packbits(np.array(bits, np.uint8).reshape(len(group), RULES), axis=1, bitorder="little")
        for bits in ([leaf.hits for leaf in group], [leaf.unknowns for leaf in group])
    )
    features = np.array([leaf.features for leaf in group], np.float64).reshape(len(group), FEATURES)
    batch = MovementBatch(rows, Strings.of([leaf.strings["movement_id"] for leaf in group]), (), tuple(holds))
    return encode_movements(batch, outcomes, (7, RULES), (hits, unknowns, features), (table.data, table.offsets))


@settings(max_examples=60, deadline=None)
@given(st.lists(leaves(), min_size=1, max_size=8))
def test_a_batch_is_the_reference_leaves_end_to_end(group: list[MovementLeaf]) -> None:
    together = encoded_together(group)
    assert [together[k] for k in range(len(together))] == [encode_movement_leaf(leaf) for leaf in group]


@settings(max_examples=60, deadline=None)
@given(st.lists(leaves(), min_size=1, max_size=8))
def test_decoding_a_batch_gives_what_the_reference_gives(group: list[MovementLeaf]) -> None:
    sealed = Leaves.of([encode_movement_leaf(leaf) for leaf in group])
    data = np.frombuffer(sealed.data, np.uint8)
    assert movement_runs(data, sealed.offsets) == [(0, len(group), True)]
    decoded = decode_movements(data, sealed.offsets)
    for index, leaf in enumerate(group):
        row = decoded.batch.rows[index]
        assert decoded.batch.ids[index] == leaf.strings["movement_id"]
        assert {name: int(row[name]) for name in _FROM_BATCH} == {name: leaf.fixed[name] for name in _FROM_BATCH}
        names = {name: decoded.batch.names[row[name]] if row[name] != ABSENT else "" for name in NAME_COLUMNS}
        assert names == {name: leaf.strings[name] for name in NAME_COLUMNS}
        assert (decoded.batch.holds[row["hold"]] if row["hold"] != ABSENT else "") == leaf.strings["hold"]
        assert decoded.outcomes[index].tolist() == tuple(leaf.fixed[name] for name in OUTCOME.names or ())
        assert np.unpackbits(decoded.hits[index], bitorder="little")[:RULES].tolist() == list(leaf.hits)
        assert decoded.features[index].tolist() == list(leaf.features)


@settings(max_examples=100, deadline=None)
@given(leaves(), st.integers(0), st.integers(0, 255), st.booleans())
def test_damaged_bytes_are_refused_or_are_another_leaf(leaf: MovementLeaf, at: int, value: int, cut: bool) -> None:
    """Where the batch decoder takes damaged bytes, the reference takes them too, or objects to a stray bit only."""
    good = encode_movement_leaf(leaf)
    at %= len(good)
    bad = good[:at] if cut else good[:at] + bytes([value]) + good[at + 1 :]
    sealed = Leaves.of([bad])
    data = np.frombuffer(sealed.data, np.uint8)
    try:
        movements = [are for _, _, are in movement_runs(data, sealed.offsets)] == [True]
        decoded = decode_movements(data, sealed.offsets) if movements else None
    except ValueError:
        decoded = None
    reference, reason = None, ""
    try:
        reference = decode_movement_leaf(bad)
    except ValueError as error:
        reason = str(error)
    if decoded is not None and reference is None:  # text and spare bits are looked at when leaves are taken in
        assert "belongs to no rule" in reason or "utf-8" in reason
    else:
        assert (decoded is None) == (reference is None)


def test_nan_and_its_payload_survive() -> None:
    nan = struct.unpack("<d", bytes.fromhex("efbeadde0000f87f"))[0]
    fixed = dict.fromkeys(_SIZES, 0) | {"leaf_kind": 1, "leaf_version": 1, "rule_count": RULES}
    fixed |= {"feature_count": FEATURES, "rule_set": 7}
    none = (False,) * RULES
    strings = dict.fromkeys(LEAF_STRINGS, "") | {"movement_id": "m"}
    leaf = MovementLeaf(fixed, none, none, (nan, 0.0, -0.0), strings)
    assert encoded_together([leaf])[0] == encode_movement_leaf(leaf)


@pytest.mark.parametrize("edges", [(0, 5), (3, 4)])
def test_runs_end_where_leaves_decode_differently(edges: tuple[int, int]) -> None:
    movement = encode_movement_leaf(
        MovementLeaf(
            dict.fromkeys(_SIZES, 0) | {"leaf_kind": 1, "leaf_version": 1}, (), (), (),
            dict.fromkeys(LEAF_STRINGS, "") | {"movement_id": "m"},
        )
    )  # fmt: skip
    leaves = [movement] * 6
    for edge in edges:
        leaves[edge] = b"\x02\x01{}"
    sealed = Leaves.of(leaves)
    runs = movement_runs(np.frombuffer(sealed.data, np.uint8), sealed.offsets)
    assert [start for start, _, is_movement in runs if not is_movement] == list(edges)
    assert sum(stop - start for start, stop, _ in runs) == 6
