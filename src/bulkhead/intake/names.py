"""Parties, devices and accounts: from cells to names, personal ones as vault tokens.

A row's names are numbers into one list of ``entity:value`` until the row is known to be good; only then are
personal values given to the vault, so that it never keeps what stands in quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bulkhead.intake.columns import labels, texts
from bulkhead.intake.faults import Faults, shown
from bulkhead.intake.source import BOOK, BOOK_ACCOUNTS, Name
from bulkhead.kernel.movements import ABSENT, NAME_BYTES_MAX, AccountClass
from bulkhead.kernel.protocols import Vault

CLIENT = "client"  # the entity whose members have accounts in the book
_CLASSES = {
    "book:summary": AccountClass.SUMMARY,
    "book:fee": AccountClass.FEE,
    "book:own": AccountClass.OWN,
    "book:suspense": AccountClass.SUSPENSE,
}


class NameList:
    """Names in order of first mention, each once, with the class of account and the final name of each."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[Any, int]] = {}  # field -> cell as it stood in the file -> number
        self._numbers: dict[str, int] = {}
        self._values: list[str] = []
        self._final: list[str] = []  # "" until it is asked for
        self._classes = bytearray()

    def __len__(self) -> int:
        return len(self._values)

    def number(self, name: str) -> int:
        number = self._numbers.setdefault(name, len(self._values))
        if number == len(self._values):
            self._values.append(name)
            self._final.append("")
            self._classes.append(account_class(name))
        return number

    def classes(self) -> NDArray[np.uint8]:
        """``AccountClass`` of each name; index ``ABSENT`` (-1) reads ``NONE``."""
        return np.frombuffer(bytes(self._classes) + bytes((AccountClass.NONE,)), np.uint8)

    def renumber(self, rows: NDArray[np.void], columns: Iterable[str]) -> list[int]:
        """The numbers that ``columns`` of ``rows`` mention; the columns become indices into them, in place."""
        used = np.zeros(len(self._values), np.bool_)
        for column in columns:
            codes = rows[column]
            used[codes[codes != ABSENT]] = True
        indices = np.append(np.cumsum(used, dtype=np.int32) - 1, np.int32(ABSENT))
        for column in columns:
            rows[column] = indices[rows[column]]
        found: list[int] = np.flatnonzero(used).tolist()
        return found

    def final(self, numbers: list[int], personal: Sequence[str], vault: Vault) -> tuple[str, ...]:
        """The names behind ``numbers``, those of ``personal`` entities as vault tokens."""
        new = [number for number in numbers if not self._final[number]]
        for number in new:
            self._final[number] = self._values[number]
        for entity in personal:
            prefix = f"{entity}:"
            swapped = [number for number in new if self._values[number].startswith(prefix)]
            values = [self._values[number][len(prefix) :] for number in swapped]
            for number, token in zip(swapped, vault.tokens(entity, values) if values else (), strict=True):
                self._final[number] = token
        return tuple([self._final[number] for number in numbers])


def account_class(name: str) -> AccountClass:
    """The class of account that ``entity:value`` holds in the book, ``NONE`` when it holds none."""
    return AccountClass.CLIENT if name.startswith(f"{CLIENT}:") else _CLASSES.get(name, AccountClass.NONE)


def name_numbers(
    name: Name, columns: dict[str, Any], count: int, names: NameList, faults: Faults
) -> NDArray[np.int32]:
    """For each row the number of the name in its cells, ``ABSENT`` where they are empty or not in the file."""
    present = [columns[column] for column in name.columns if column in columns]
    if not present:
        return np.full(count, ABSENT, np.int32)
    encoded = (present[0] if len(name.columns) == 1 else _joined(present)).dictionary_encode()
    codes = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    known = names.cells.setdefault("/".join(name.columns), {})
    cells = encoded.dictionary.to_pylist()
    numbers = np.array([*[known.get(cell, _NEW) for cell in cells], ABSENT], np.int32)
    new = np.flatnonzero(numbers == _NEW)
    problems: dict[int, str] = {}
    if len(new):
        numbers[new], problems = _new_numbers(encoded.dictionary.take(pa.array(new)), name, names)
        known.update((cells[index], int(numbers[index])) for index in new.tolist() if numbers[index] != _NEW)
    if problems:
        sentences = {int(new[index]): sentence for index, sentence in problems.items()}
        faults.add_where(numbers[codes] == _NEW, name.columns[0], lambda i: sentences[int(codes[i])])
    found: NDArray[np.int32] = numbers[codes]
    return found


_NEW = -2  # a cell not met before, or one that is no name


def _new_numbers(cells: Any, name: Name, names: NameList) -> tuple[list[int], dict[int, str]]:
    """Numbers for cells not met before; ``_NEW`` for those that are no name, and what is wrong with them."""
    faults = Faults(len(cells))
    numbers = []
    for index, value in enumerate(labels(cells, "", faults).to_pylist()):
        full = _full_name(value, name.entities) if value is not None and not faults.bad[index] else ""
        if value is not None and not full:
            faults.add(index, "", f"found {shown(value)}; expected {' or '.join(name.entities)} before a colon")
        elif len(full.encode()) > NAME_BYTES_MAX:
            faults.add(index, "", f"found {shown(value)}; expected at most {NAME_BYTES_MAX} bytes")
        elif full.startswith(f"{BOOK}:") and full not in BOOK_ACCOUNTS:
            faults.add(index, "", f"found {shown(value)}; expected one of {', '.join(BOOK_ACCOUNTS)}")
        numbers.append(_NEW if faults.bad[index] else names.number(full) if full else ABSENT)
    return numbers, {index: sentence for index, (_, sentence) in faults.first.items()}


def _full_name(value: str, entities: tuple[str, ...]) -> str:
    """``entity:value``, or "" when the value states an entity that may not stand here."""
    entity, colon, rest = value.partition(":")
    if len(entities) == 1 or not colon:
        return f"{entities[0]}:{value}"
    return value if entity in entities and rest else ""


def _joined(columns: list[Any]) -> Any:
    """Cells of one row joined with ``/``; null where all are empty."""
    parts = [pc.fill_null(texts(column), "") for column in columns]
    joined = pc.binary_join_element_wise(*parts, "/")
    empty = pc.equal(joined, "/" * (len(parts) - 1))
    return pc.if_else(empty, pa.scalar(None, pa.string()), joined)
