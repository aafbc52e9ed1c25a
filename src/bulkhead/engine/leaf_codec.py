"""Canonical movement leaves, a batch at a time. ``kernel.leaves`` is the readable reference for one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled
from bulkhead.analysis.intrinsics import copy_bytes
from bulkhead.engine.fingerprint import siphash
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.leaves import LEAF_FIXED, LEAF_MOVEMENT, LEAF_STRINGS, LEAF_VERSION
from bulkhead.kernel.movements import ABSENT, MOVEMENT, NAME_COLUMNS, OUTCOME, MovementBatch, Strings

_FIXED_BYTES = LEAF_FIXED.itemsize
_STRINGS = len(LEAF_STRINGS)
_FROM_ROW = ("kind", "phase", "settled", "debit_class", "credit_class", "currency", "event_us", "amount_minor")
_FROM_ROW_TOO = ("stated_balance_minor", "expires_us")
_FROM_OUTCOME = tuple(name for name in OUTCOME.names or ())


@dataclass(frozen=True, slots=True)
class Decoded:
    """Movement leaves of one rule set as columns. ``batch.rows`` hold codes into ``batch.names``."""

    batch: MovementBatch
    outcomes: NDArray[np.void]  # OUTCOME[n]
    rule_set: int
    hits: NDArray[np.uint8]  # [n, ceil(rules / 8)], bit-packed, lowest bit first
    unknowns: NDArray[np.uint8]
    features: NDArray[np.float64]  # [n, features]


def encode_movements(
    batch: MovementBatch,
    outcomes: NDArray[np.void],
    rule_set: tuple[int, int],
    evidence: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float64]],
    names: tuple[NDArray[np.uint8], NDArray[np.int64]],
) -> Leaves:
    """Leaves of decided rows whose name columns index the engine's table ``names`` (bytes, offsets).

    ``rule_set``: its number and count of rules; ``evidence``: hit bits, unknown bits, feature values.
    """
    rows, ids, holds = batch.rows, batch.ids, Strings.of(list(batch.holds))
    hits, unknowns, features = evidence
    fixed = np.zeros(len(rows), LEAF_FIXED)
    fixed["leaf_kind"] = LEAF_MOVEMENT
    fixed["leaf_version"] = LEAF_VERSION
    fixed["rule_set"], fixed["rule_count"] = rule_set
    fixed["feature_count"] = features.shape[1]
    for field in _FROM_ROW + _FROM_ROW_TOO:
        fixed[field] = rows[field]
    for field in _FROM_OUTCOME:
        fixed[field] = outcomes[field]
    blocks = (
        fixed.view(np.uint8).reshape(len(rows), _FIXED_BYTES),
        np.ascontiguousarray(hits),
        np.ascontiguousarray(unknowns),
        np.ascontiguousarray(features).view(np.uint8).reshape(len(rows), 8 * features.shape[1]),
    )
    offsets = np.empty(len(rows) + 1, np.int64)
    block_bytes = sum(block.shape[1] for block in blocks)
    _measure(rows, block_bytes, ids.offsets, names[1], holds.offsets, offsets)
    data = np.empty(offsets[-1], np.uint8)
    _write(rows, blocks, ids.data, ids.offsets, names[0], names[1], holds.data, holds.offsets, offsets, data)
    return Leaves(data.tobytes(), offsets)


@compiled
def _measure(rows: Any, block: int, id_offsets: Any, name_offsets: Any, hold_offsets: Any, offsets: Any) -> None:
    offsets[0] = 0
    for i in range(rows.size):
        row = rows[i]
        size = block + 2 * _STRINGS + id_offsets[i + 1] - id_offsets[i]
        for number in (row.payer, row.payee, row.device, row.instructed_by, row.debit_account, row.credit_account):
            if number != ABSENT:
                size += name_offsets[number + 1] - name_offsets[number]
        if row.hold != ABSENT:
            size += hold_offsets[row.hold + 1] - hold_offsets[row.hold]
        offsets[i + 1] = offsets[i] + size


@compiled
def _write(
    rows: Any, blocks: Any, id_data: Any, id_offsets: Any, name_data: Any, name_offsets: Any,
    hold_data: Any, hold_offsets: Any, offsets: Any, data: Any,
) -> None:  # fmt: skip
    for i in range(rows.size):
        at = offsets[i]
        for block in blocks:
            copy_bytes(data.ctypes.data + at, block.ctypes.data + i * block.shape[1], block.shape[1])
            at += block.shape[1]
        row = rows[i]
        at = _write_string(data, at, id_data, id_offsets, i)
        for number in (row.payer, row.payee, row.device, row.instructed_by, row.debit_account, row.credit_account):
            at = _write_string(data, at, name_data, name_offsets, number)
        at = _write_string(data, at, hold_data, hold_offsets, row.hold)


@compiled
def _write_string(data: Any, at: int, source: Any, offsets: Any, index: int) -> int:
    length = 0
    if index != ABSENT:
        start = offsets[index]
        length = offsets[index + 1] - start
        copy_bytes(data.ctypes.data + at + 2, source.ctypes.data + start, length)
    data[at] = length & 0xFF
    data[at + 1] = length >> 8
    return at + 2 + length


def decode_movements(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Decoded:
    """Columns of leaves that are all movements of one rule set (``movement_runs`` finds such runs).

    Raises ``ValueError`` naming the first leaf (counted from 0) that is not exactly one movement leaf.
    """
    first = data[offsets[0] : offsets[0] + _FIXED_BYTES].view(LEAF_FIXED)[0]
    n, bit_bytes = len(offsets) - 1, (int(first["rule_count"]) + 7) // 8
    block = _FIXED_BYTES + 2 * bit_bytes + 8 * int(first["feature_count"])
    blocks = np.empty((n, block), np.uint8)
    spans = np.empty((n, _STRINGS, 2), np.int64)
    bad = _read(data, offsets, blocks, spans)
    if bad != ABSENT:
        raise ValueError(f"leaf {bad} is damaged: its strings do not fill its length")
    fixed = np.ascontiguousarray(blocks[:, :_FIXED_BYTES]).view(LEAF_FIXED).reshape(n)
    bits = blocks[:, _FIXED_BYTES : block - 8 * int(first["feature_count"])]
    features = np.ascontiguousarray(blocks[:, block - 8 * int(first["feature_count"]) :]).view(np.float64)
    return Decoded(
        _batch(data, fixed, spans),
        _outcomes(fixed),
        int(first["rule_set"]),
        np.ascontiguousarray(bits[:, :bit_bytes]),
        np.ascontiguousarray(bits[:, bit_bytes:]),
        features.reshape(n, int(first["feature_count"])),
    )


def movement_runs(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> list[tuple[int, int, bool]]:
    """(start, stop, are movements) of the runs of leaves that decode alike: one rule set, or one event."""
    shapes = np.empty(len(offsets) - 1, np.int64)
    _shapes(data, offsets, shapes)
    edges = [0, *(np.flatnonzero((np.diff(shapes) != 0) | (shapes[1:] < 0)) + 1).tolist(), len(shapes)]
    return [(a, b, bool(shapes[a] >= 0)) for a, b in pairwise(edges) if b > a]


@compiled
def _shapes(data: Any, offsets: Any, shapes: Any) -> None:
    for i in range(shapes.size):
        at = offsets[i]
        if offsets[i + 1] - at < _FIXED_BYTES or data[at] != LEAF_MOVEMENT or data[at + 1] != LEAF_VERSION:
            shapes[i] = -1
        else:  # rule_count, feature_count and rule_set lie together behind the first 14 bytes
            shape = np.int64(0)
            for k in range(14, 22):
                shape = (shape << 8) | data[at + k]
            shapes[i] = shape & np.int64(0x7FFFFFFFFFFFFFFF)


@compiled
def _read(data: Any, offsets: Any, blocks: Any, spans: Any) -> int:
    for i in range(offsets.size - 1):
        at, end = offsets[i], offsets[i + 1]
        if end - at < blocks.shape[1]:
            return i
        blocks[i] = data[at : at + blocks.shape[1]]
        at += blocks.shape[1]
        for s in range(spans.shape[1]):
            if at + 2 > end:
                return i
            length = data[at] | (np.int64(data[at + 1]) << 8)
            spans[i, s, 0] = at + 2
            spans[i, s, 1] = length
            at += 2 + length
        if at != end:
            return i
    return ABSENT


def _outcomes(fixed: NDArray[np.void]) -> NDArray[np.void]:
    outcomes = np.zeros(len(fixed), OUTCOME)
    for field in _FROM_OUTCOME:
        outcomes[field] = fixed[field]
    return outcomes


def _batch(data: NDArray[np.uint8], fixed: NDArray[np.void], spans: NDArray[np.int64]) -> MovementBatch:
    rows = np.zeros(len(fixed), MOVEMENT)
    for field in _FROM_ROW + _FROM_ROW_TOO:
        rows[field] = fixed[field]
    names, codes = _distinct(data, np.ascontiguousarray(spans[:, 1:7]).reshape(-1, 2))
    for k, column in enumerate(NAME_COLUMNS):
        rows[column] = codes.reshape(-1, 6)[:, k]
    holds, rows["hold"] = _distinct(data, np.ascontiguousarray(spans[:, 7]))
    return MovementBatch(rows, _strings(data, np.ascontiguousarray(spans[:, 0])), names, holds)


def _distinct(data: NDArray[np.uint8], spans: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The distinct strings at ``spans`` and, for each span, its code into them (ABSENT where empty)."""
    hashes = np.empty(len(spans), np.uint64)
    _hash_spans(data, spans, hashes)
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    if not _all_equal(data, spans, first[inverse]):
        return _distinct_by_value(data, spans)  # two strings share a 64-bit hash: chance, or someone tried
    strings = [data[s : s + n].tobytes().decode() for s, n in spans[first].tolist()]
    codes = inverse.astype(np.int32).reshape(-1)
    codes[spans[:, 1] == 0] = ABSENT
    return tuple(strings), codes


def _distinct_by_value(
    data: NDArray[np.uint8], spans: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    code_of: dict[str, int] = {}
    codes = np.empty(len(spans), np.int32)
    for i, (start, length) in enumerate(spans.tolist()):
        text = data[start : start + length].tobytes().decode()
        codes[i] = code_of.setdefault(text, len(code_of)) if text else ABSENT
    return tuple(code_of), codes


@compiled
def _hash_spans(data: Any, spans: Any, hashes: Any) -> None:
    for i in range(hashes.size):
        hashes[i] = siphash(data, spans[i, 0], spans[i, 0] + spans[i, 1], np.uint64(0), np.uint64(0))


@compiled
def _all_equal(data: Any, spans: Any, representatives: Any) -> bool:
    for i in range(spans.shape[0]):
        j = representatives[i]
        if spans[i, 1] != spans[j, 1]:
            return False
        for k in range(spans[i, 1]):
            if data[spans[i, 0] + k] != data[spans[j, 0] + k]:
                return False
    return True


def _strings(data: NDArray[np.uint8], spans: NDArray[np.int64]) -> Strings:
    offsets = np.zeros(len(spans) + 1, np.int64)
    np.cumsum(spans[:, 1], out=offsets[1:])
    positions = np.repeat(spans[:, 0] - offsets[:-1], spans[:, 1]) + np.arange(offsets[-1])
    return Strings(data[positions], offsets)
