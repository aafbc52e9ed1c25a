"""The canonical bytes of one journal entry: what is hashed, stored, proved and replayed.

A leaf begins with its kind and schema version. An event leaf goes on with canonical JSON. A movement leaf goes
on with the fixed record ``LEAF_FIXED``, the bits of the rules that hit and of those that could not be known, the
feature values the rules read, and eight strings. It holds no number that is private to one process, no wall
clock and nothing personal, so two machines that decide the same movements in the same order write the same
bytes whatever their batch sizes were.

This file is the readable reference for one leaf; ``engine.leaf_codec`` does the same for whole batches and a
test holds the two together.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from bulkhead.kernel.events import Event, decode_event, encode_event

LEAF_MOVEMENT = 1
LEAF_EVENT = 2
LEAF_VERSION = 1

# Little-endian and packed: the layout is part of the journal's format, not of this machine.
LEAF_FIXED = np.dtype(
    [
        ("leaf_kind", "u1"),
        ("leaf_version", "u1"),
        ("kind", "u1"),
        ("phase", "u1"),
        ("settled", "u1"),
        ("outcome", "u1"),
        ("status", "u1"),
        ("refusal", "u1"),
        ("debit_class", "u1"),
        ("credit_class", "u1"),
        ("currency", "<u2"),
        ("findings", "<u2"),
        ("rule_count", "<u2"),
        ("feature_count", "<u2"),
        ("rule_set", "<u4"),
        ("event_us", "<i8"),
        ("effective_us", "<i8"),
        ("amount_minor", "<i8"),
        ("stated_balance_minor", "<i8"),
        ("expires_us", "<i8"),
        ("debit_posted_minor", "<i8"),
        ("debit_held_minor", "<i8"),
        ("credit_posted_minor", "<i8"),
    ]
)
LEAF_STRINGS = (
    "movement_id",
    "payer",
    "payee",
    "device",
    "instructed_by",
    "debit_account",
    "credit_account",
    "hold",
)


@dataclass(frozen=True, slots=True)
class MovementLeaf:
    """One decided movement, decoded. ``fixed`` has the fields of ``LEAF_FIXED``; absent strings are ``""``."""

    fixed: dict[str, int]
    hits: tuple[bool, ...]  # per rule of the rule set, in its order
    unknowns: tuple[bool, ...]
    features: tuple[float, ...]  # in the order of the rule set's ``features``
    strings: dict[str, str]


def encode_movement_leaf(leaf: MovementLeaf) -> bytes:
    """Canonical bytes of a movement leaf."""
    assert len(leaf.hits) == len(leaf.unknowns) == leaf.fixed["rule_count"], "one bit a rule"
    assert len(leaf.features) == leaf.fixed["feature_count"], "one value a feature"
    record = np.zeros(1, LEAF_FIXED)
    for field, value in leaf.fixed.items():
        record[field] = value
    parts = [record.tobytes(), _pack_bits(leaf.hits), _pack_bits(leaf.unknowns)]
    parts.append(struct.pack(f"<{len(leaf.features)}d", *leaf.features))
    for name in LEAF_STRINGS:
        data = leaf.strings[name].encode()
        parts.append(struct.pack("<H", len(data)) + data)
    return b"".join(parts)


def decode_movement_leaf(data: bytes) -> MovementLeaf:
    """The movement of its canonical bytes. Raises ``ValueError`` when they are not exactly one leaf."""
    if len(data) < LEAF_FIXED.itemsize or data[0] != LEAF_MOVEMENT or data[1] != LEAF_VERSION:
        raise ValueError("not a movement leaf of this version")
    record = np.frombuffer(data, LEAF_FIXED, 1)[0]
    fixed = {field: int(record[field]) for field in LEAF_FIXED.names or ()}
    position = LEAF_FIXED.itemsize
    bit_bytes = (fixed["rule_count"] + 7) // 8
    try:
        hits = _unpack_bits(data[position : position + bit_bytes], fixed["rule_count"])
        position += bit_bytes
        unknowns = _unpack_bits(data[position : position + bit_bytes], fixed["rule_count"])
        position += bit_bytes
        features = struct.unpack_from(f"<{fixed['feature_count']}d", data, position)
        position += 8 * fixed["feature_count"]
        strings = {}
        for name in LEAF_STRINGS:
            (length,) = struct.unpack_from("<H", data, position)
            position += 2
            if position + length > len(data):
                raise ValueError("a string of the leaf is cut short")
            strings[name] = data[position : position + length].decode()
            position += length
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise ValueError(f"movement leaf is damaged: {error}") from None
    if position != len(data):
        raise ValueError("movement leaf has bytes left over")
    return MovementLeaf(fixed, hits, unknowns, features, strings)


def encode_event_leaf(event: Event) -> bytes:
    """Canonical bytes of an event leaf."""
    return bytes((LEAF_EVENT, LEAF_VERSION)) + encode_event(event)


def decode_event_leaf(data: bytes) -> Event:
    """The event of its canonical bytes. Raises ``ValueError`` when they are not an event leaf."""
    if len(data) < 2 or data[0] != LEAF_EVENT or data[1] != LEAF_VERSION:
        raise ValueError("not an event leaf of this version")
    return decode_event(data[2:])


def _pack_bits(bits: tuple[bool, ...]) -> bytes:
    packed = np.packbits(np.array(bits, dtype=np.uint8), bitorder="little")
    return packed.tobytes()


def _unpack_bits(data: bytes, count: int) -> tuple[bool, ...]:
    if len(data) < (count + 7) // 8:
        raise ValueError("rule bits are cut short")
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    if bits[count:].any():
        raise ValueError("a bit is set that belongs to no rule")
    return tuple(bool(bit) for bit in bits[:count])
