"""Names (tokens of parties, devices, accounts) and the dense numbers the compiled loops use for them.

A number is given at a name's first appearance in the sequence, row by row and column by column, so the
numbers follow from the journal alone and not from how it was cut into batches.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled
from bulkhead.custody.book import NAMES_MAX
from bulkhead.kernel.movements import ABSENT, NAME_BYTES_MAX, NAME_COLUMNS

_BYTES_RESERVED = NAMES_MAX * 32  # address space only; a name of ours is about 25 bytes


class Names:
    """The two-way table of names and numbers of one institution."""

    def __init__(self) -> None:
        self.data: NDArray[np.uint8] = np.zeros(_BYTES_RESERVED, np.uint8)
        self.offsets: NDArray[np.int64] = np.zeros(NAMES_MAX + 1, np.int64)
        self._number_of: dict[str, int] = {}
        self._names: list[str] = []
        self._hashes: NDArray[np.uint64] = np.zeros(NAMES_MAX, np.uint64)
        self._last_size = 0
        self._last_list: tuple[str, ...] = ()
        self._last_numbers: NDArray[np.int32] = np.zeros(0, np.int32)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, number: int) -> str:
        return self._names[number]

    def find(self, name: str) -> int:
        """The number of a name, or ABSENT."""
        return self._number_of.get(name, ABSENT)

    def number(self, name: str) -> int:
        """The number of a name, given now if it had none."""
        known = self._number_of.get(name)
        return self._add(name) if known is None else known

    def admit(self, rows: NDArray[np.void], names: tuple[str, ...]) -> None:
        """Replace the codes into ``names`` in the rows' name columns by numbers, in place."""
        numbers = self._numbers(names)
        for code in first_appearances(rows, numbers, len(self._names)):
            self._add(names[code])
        self._last_size = len(self._names)

    def hashes(self, names: tuple[str, ...]) -> NDArray[np.uint64]:
        """A 64-bit hash of each of ``names``, the same in every process; at least one long."""
        numbers = self._numbers(names)
        hashes = self._hashes[numbers]
        for code in np.flatnonzero(numbers == ABSENT):
            hashes[code] = _hash(names[code])
        return hashes if len(hashes) else np.zeros(1, np.uint64)

    def _numbers(self, names: tuple[str, ...]) -> NDArray[np.int32]:
        """The number of each of ``names``, ABSENT for new ones; ``admit`` fills those in in place."""
        if names is not self._last_list or len(self._names) != self._last_size:
            # Slices of one chunk share their list, so it is looked up once a chunk.
            known = self._number_of
            self._last_numbers = np.array([known.get(name, ABSENT) for name in names], np.int32)
            self._last_list = names
            self._last_size = len(self._names)
        return self._last_numbers

    def dump(self) -> list[str]:
        """All names in the order of their numbers."""
        return list(self._names)

    @classmethod
    def restore(cls, names: list[str]) -> Names:
        """The table with these names numbered in this order."""
        table = cls()
        for name in names:
            table._add(name)
        return table

    def _add(self, name: str) -> int:
        encoded = name.encode()
        assert 0 < len(encoded) <= NAME_BYTES_MAX, "intake bounds the length of names"
        number = len(self._names)
        start = int(self.offsets[number])
        assert number < NAMES_MAX, "more names than this engine holds"
        assert start + len(encoded) <= len(self.data), "more bytes of names than this engine holds"
        self.data[start : start + len(encoded)] = np.frombuffer(encoded, np.uint8)
        self.offsets[number + 1] = start + len(encoded)
        self._hashes[number] = _hash(name)
        self._number_of[name] = number
        self._names.append(name)
        return number


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def first_appearances(rows: NDArray[np.void], numbers: NDArray[np.int32], next_number: int) -> list[int]:
    """Swap codes for numbers in place; gives the codes of new names in the order they were numbered."""
    appeared = np.empty(len(numbers), np.int32)
    count = _swap(rows, numbers, next_number, appeared)
    return [int(code) for code in appeared[:count]]


@compiled
def _swap(rows: Any, numbers: Any, next_number: int, appeared: Any) -> int:
    count = 0
    for i in range(rows.size):
        row = rows[i]
        codes = (row.payer, row.payee, row.device, row.instructed_by, row.debit_account, row.credit_account)
        for code in codes:
            if code != ABSENT and numbers[code] == ABSENT:
                numbers[code] = next_number + count
                appeared[count] = code
                count += 1
        row.payer = numbers[row.payer] if row.payer != ABSENT else ABSENT
        row.payee = numbers[row.payee] if row.payee != ABSENT else ABSENT
        row.device = numbers[row.device] if row.device != ABSENT else ABSENT
        row.instructed_by = numbers[row.instructed_by] if row.instructed_by != ABSENT else ABSENT
        row.debit_account = numbers[row.debit_account] if row.debit_account != ABSENT else ABSENT
        row.credit_account = numbers[row.credit_account] if row.credit_account != ABSENT else ABSENT
    return count


assert NAME_COLUMNS == ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")
