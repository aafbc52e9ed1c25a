"""Which movement ids have been seen: exactly for the recent ones, by Bloom filter for all older ones.

Two generations of an open-addressing table hold the recent ids; when the young one is full it becomes the old
one and the old one's ids stay only in a Bloom filter. So memory is bounded by two tables plus two bytes per
movement, and a cost per id that does not grow. A row whose id the filters may know is a *suspect*: the
runtime looks it up in the stored journal before the batch is stepped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled
from bulkhead.kernel.movements import ABSENT

GENERATION_IDS = 1 << 19
_SLOTS_PER_ID = 2  # about half full at the most: probes stay short
_ENTRY = np.dtype([("key0", np.uint64), ("key1", np.uint64), ("content", np.uint64), ("place", np.int64)])
_FREE = 0  # a place is a sequence plus one, so that untouched memory is an empty table
_FILTER_BITS_PER_ID = 16  # and 6 probes: one false suspect in about 1,700
_FILTER_PROBES = 6


@dataclass(frozen=True, slots=True)
class Screening:
    """What is known of each id of a batch."""

    seen: NDArray[np.int64]  # the sequence of the first movement with this id; ABSENT for a new id
    same: NDArray[np.bool_]  # whether that first movement had the same content


class Duplicates:
    """The ids of one institution's movements, by fingerprint. ``generation_ids`` is a power of two."""

    def __init__(self, generation_ids: int = GENERATION_IDS) -> None:
        self._generation_ids = generation_ids
        self._young = self._new_table()
        self._old = self._new_table()
        self._young_count = 0
        self._filters: list[NDArray[np.uint8]] = []

    def suspects(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """bool[n]: ids that are in neither table but may be older. All False until the tables have turned over."""
        found = np.zeros(len(keys), np.bool_)
        for bits in self._filters:
            _filter_check(bits, keys, found)
        if found.any():
            _clear_recent(self._young, self._old, keys, found)
        return found

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """int64[n]: the sequence of the first movement with each id, ABSENT for those in neither table."""
        seen = np.empty(len(keys), np.int64)
        _look_up(self._young, self._old, keys, seen)
        return seen

    def admit(self, keys: NDArray[np.uint64], contents: NDArray[np.uint64], first_sequence: int) -> Screening:
        """Remember the new ids of a batch, which get sequences from ``first_sequence`` on in their order.

        A batch must not be larger than half a generation.
        """
        assert len(keys) <= self._generation_ids // 2
        seen = np.empty(len(keys), np.int64)
        same = np.zeros(len(keys), np.bool_)
        self._young_count += _admit(self._young, self._old, keys, contents, first_sequence, seen, same)
        # Never before admitting: what leaves the tables now must be a suspect when the next batch asks.
        if self._young_count >= self._generation_ids:
            self._turn_over()
        return Screening(seen, same)

    def remember(self, keys: NDArray[np.uint64], contents: NDArray[np.uint64], first_sequence: int) -> None:
        """Take back any number of ids that are known to be new, with sequences from ``first_sequence`` on."""
        step = self._generation_ids // 2
        for start in range(0, len(keys), step):
            self.admit(keys[start : start + step], contents[start : start + step], first_sequence + start)

    @property
    def recent_ids(self) -> int:
        """So many of the latest new ids, at least, are never suspects."""
        return self._generation_ids

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a snapshot needs: the filled entries of both tables, and the filters."""
        filled = {"young": _filled(self._young)}
        filled["old"] = _filled(self._old)
        return filled | {"filters": np.array(self._filters, np.uint8).reshape(-1, self._filter_bytes)}

    @classmethod
    def restore(cls, arrays: dict[str, NDArray[Any]], generation_ids: int = GENERATION_IDS) -> Duplicates:
        """The ids of a snapshot."""
        ids = cls(generation_ids)
        ids._young_count = len(arrays["young"])
        for name, table in (("young", ids._young), ("old", ids._old)):
            _insert_all(table, arrays[name])
        ids._filters = [filter_bits.copy() for filter_bits in arrays["filters"]]
        return ids

    def _turn_over(self) -> None:
        """The old generation goes into a filter, the young one becomes the old one."""
        leaving = _filled(self._old)
        if len(leaving):
            bits = np.zeros(self._filter_bytes, np.uint8)
            _filter_add(bits, leaving)
            self._filters.append(bits)
        self._old, self._young, self._young_count = self._young, self._new_table(), 0

    def _new_table(self) -> NDArray[np.void]:
        return np.zeros(self._generation_ids * _SLOTS_PER_ID, _ENTRY)

    @property
    def _filter_bytes(self) -> int:
        return self._generation_ids * _FILTER_BITS_PER_ID // 8


def _filled(table: NDArray[np.void]) -> NDArray[np.void]:
    filled: NDArray[np.void] = table[table["place"] != _FREE]
    return filled


@compiled
def _admit(young: Any, old: Any, keys: Any, contents: Any, first_sequence: int, seen: Any, same: Any) -> int:
    added = 0
    for i in range(keys.shape[0]):
        slot = _find(old, keys[i, 0], keys[i, 1])
        table = old
        if old[slot].place == _FREE:
            table = young
            slot = _find(young, keys[i, 0], keys[i, 1])
        entry = table[slot]
        if entry.place != _FREE:
            seen[i] = entry.place - 1
            same[i] = entry.content == contents[i]
            continue
        seen[i] = ABSENT
        entry.key0 = keys[i, 0]
        entry.key1 = keys[i, 1]
        entry.content = contents[i]
        entry.place = first_sequence + added + 1
        added += 1
    return added


@compiled
def _look_up(young: Any, old: Any, keys: Any, seen: Any) -> None:
    for i in range(keys.shape[0]):
        place = old[_find(old, keys[i, 0], keys[i, 1])].place
        if place == _FREE:
            place = young[_find(young, keys[i, 0], keys[i, 1])].place
        seen[i] = ABSENT if place == _FREE else place - 1


@compiled
def _find(table: Any, key0: Any, key1: Any) -> Any:
    """The slot of a key, or the free slot where it would go."""
    mask = np.uint64(table.size - 1)
    slot = np.int64(key0 & mask)
    while table[slot].place != _FREE and not (table[slot].key0 == key0 and table[slot].key1 == key1):
        slot = (slot + 1) & np.int64(mask)
    return slot


@compiled
def _insert_all(table: Any, entries: Any) -> None:
    for i in range(entries.size):
        table[_find(table, entries[i].key0, entries[i].key1)] = entries[i]


@compiled
def _clear_recent(young: Any, old: Any, keys: Any, found: Any) -> None:
    for i in range(keys.shape[0]):
        if found[i] and (
            young[_find(young, keys[i, 0], keys[i, 1])].place != _FREE
            or old[_find(old, keys[i, 0], keys[i, 1])].place != _FREE
        ):
            found[i] = False


@compiled
def _filter_bit(bits: Any, key0: Any, key1: Any, probe: int) -> Any:
    return np.int64((key0 + np.uint64(probe) * (key1 | np.uint64(1))) % np.uint64(bits.size * 8))


@compiled
def _filter_add(bits: Any, entries: Any) -> None:
    for i in range(entries.size):
        for probe in range(_FILTER_PROBES):
            bit = _filter_bit(bits, entries[i].key0, entries[i].key1, probe)
            bits[bit >> 3] |= np.uint8(1 << (bit & 7))


@compiled
def _filter_check(bits: Any, keys: Any, found: Any) -> None:
    for i in range(keys.shape[0]):
        known = True
        for probe in range(_FILTER_PROBES):
            bit = _filter_bit(bits, keys[i, 0], keys[i, 1], probe)
            if not bits[bit >> 3] & np.uint8(1 << (bit & 7)):
                known = False
                break
        found[i] |= known
