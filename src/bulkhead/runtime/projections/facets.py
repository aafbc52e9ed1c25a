"""What movements are indexed by, and how the members of a run are written down.

A run is ``RUN_SEQUENCES`` sequences of the journal, aligned, so what stands in it follows from the journal alone.
For each value a movement may have, the run has the offsets of the movements that have it: sorted little-endian
uint16, or a bitmap (lowest bit first) where that is shorter. Values that are many and mostly rare, such as parties,
share rows of (value, offset) pairs, sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

RUN_SEQUENCES = 16_384  # at most 65,536, which is what an offset can say
DENSE_OVER = 256  # movements of one party in a run, from which on it has a row of its own
PAIR_BYTES = 1_960  # of a row at most: four such rows fill a page
_OFFSET = np.dtype("<u2")


class Facet(IntEnum):
    """What a value is a value of. The numbers are stored."""

    ANY = 0  # value 0: every movement
    KIND = 1
    PHASE = 2
    SETTLED = 3
    OUTCOME = 4
    STATUS = 5
    REFUSAL = 6
    FINDING = 7  # one flag; 0 for movements without any
    ALARM = 8  # value 1: not allowed, refused or with any finding
    AMOUNT = 9  # the number of its range, see ``amount_range``
    HIT = 10  # rule set * 256 + bit
    UNKNOWN = 11
    PARTY = 12  # number of a name in any role
    SUM = 13  # the amount itself, in pairs only


PAIR = {
    Facet.PARTY: np.dtype([("value", "<i4"), ("offset", _OFFSET)]),
    Facet.SUM: np.dtype([("value", "<i8"), ("offset", _OFFSET)]),
}
COLUMN_FACETS = {
    "kind": Facet.KIND,
    "phase": Facet.PHASE,
    "settled": Facet.SETTLED,
    "outcome": Facet.OUTCOME,
    "status": Facet.STATUS,
    "refusal": Facet.REFUSAL,
}
PARTY_COLUMNS = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")

# Ranges of amounts: people ask for round ones, so each begins at a round amount, and the round amount itself is a
# range of its own. Then "at least 50,000" and "at most 50,000" are whole ranges and need no second look.
_ROUND = sorted({digit * 10**zeros for zeros in range(19) for digit in range(1, 10) if digit * 10**zeros < 2**63})
AMOUNT_STARTS: NDArray[np.int64] = np.unique(np.array([[one, one + 1] for one in _ROUND], np.int64))


def amount_ranges(amounts_minor: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the range each amount lies in; larger amounts have no smaller numbers."""
    return np.searchsorted(AMOUNT_STARTS, amounts_minor, side="right")


def range_ends(number: int) -> tuple[int, int]:
    """The least and the largest amount of a range."""
    least = int(AMOUNT_STARTS[number - 1]) if number else -(2**63)
    largest = int(AMOUNT_STARTS[number]) - 1 if number < len(AMOUNT_STARTS) else 2**63 - 1
    return least, largest


def rule_value(rule_set: int, bit: int) -> int:
    """The value of a rule's bit in ``HIT`` and ``UNKNOWN``."""
    return rule_set << 8 | bit


def bitmap_bytes() -> int:
    """Length of a bitmap; a list of offsets is always shorter."""
    return RUN_SEQUENCES // 8


def write_members(offsets: NDArray[np.int64]) -> bytes:
    """Sorted offsets of a run as they are stored."""
    if 2 * len(offsets) < bitmap_bytes():
        return offsets.astype(_OFFSET).tobytes()
    bits = np.zeros(RUN_SEQUENCES, np.uint8)
    bits[offsets] = 1
    return np.packbits(bits, bitorder="little").tobytes()


def write_pairs(
    facet: Facet, values: NDArray[np.int64], offsets: NDArray[np.int64]
) -> Iterator[tuple[int, bytes]]:
    """Pairs sorted by value and offset as the rows that hold them: (last value, pairs)."""
    pairs = np.empty(len(values), PAIR[facet])
    pairs["value"], pairs["offset"] = values, offsets
    together = PAIR_BYTES // pairs.itemsize
    for start in range(0, len(pairs), together):
        part = pairs[start : start + together]
        yield int(part["value"][-1]), part.tobytes()


def read_offsets(data: bytes) -> NDArray[np.uint16]:
    """Lists of offsets, one or several behind each other."""
    return np.frombuffer(data, _OFFSET)


def read_bitmaps(data: bytes) -> NDArray[np.uint8]:
    """One or several bitmaps behind each other as uint8[RUN_SEQUENCES], 1 where any has a bit."""
    together = np.bitwise_or.reduce(np.frombuffer(data, np.uint8).reshape(-1, bitmap_bytes()), axis=0)
    return np.unpackbits(together, bitorder="little")


def member_offsets(data: bytes) -> NDArray[np.int64]:
    """The offsets that one row of members has, however they are written down."""
    if len(data) == bitmap_bytes():
        return np.flatnonzero(read_bitmaps(data))
    return read_offsets(data).astype(np.int64)


def read_pairs(facet: Facet, data: bytes, low: int, high: int) -> NDArray[np.uint16]:
    """The offsets of values from ``low`` to ``high`` in rows of pairs, one or several behind each other."""
    pairs = np.frombuffer(data, PAIR[facet])
    values = pairs["value"]
    return pairs["offset"][(values >= low) & (values <= high)]
