"""Parties, devices and accounts: from cells to names, personal ones as vault tokens.

A row's names are numbers into one list of ``entity:value`` until the row is known to be good; only then are
personal values given to the vault, so that it never keeps what stands in quarantine.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_BOOK_CLASSES = dict(
    zip(
        BOOK_ACCOUNTS,
        (AccountClass.SUMMARY, AccountClass.FEE, AccountClass.OWN, AccountClass.SUSPENSE),
        strict=True,
    )
)


class NameList:
    """Names (or references of holds) in order of first mention, each once, with the account class of each."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._numbers: dict[str, int] = {}
        self._classes = bytearray()

    def number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.values)
            self.values.append(name)
            self._classes.append(account_class(name))
        return number

    def classes(self) -> NDArray[np.uint8]:
        """``AccountClass`` of each name; index ``ABSENT`` (-1) reads ``NONE``."""
        return np.frombuffer(bytes(self._classes) + bytes((AccountClass.NONE,)), np.uint8)

    def renumber(self, rows: NDArray[np.void], columns: Sequence[str]) -> list[str]:
        """The values that ``columns`` of ``rows`` mention; those columns become numbers into them, in place."""
        used = np.zeros(len(self.values), np.bool_)
        for column in columns:
            codes = rows[column]
            used[codes[codes != ABSENT]] = True
        renumbered = np.append(np.cumsum(used, dtype=np.int32) - 1, np.int32(ABSENT))
        for column in columns:
            rows[column] = renumbered[rows[column]]
        return [self.values[number] for number in np.flatnonzero(used).tolist()]


def account_class(name: str) -> AccountClass:
    """The class of account that ``entity:value`` holds in the book, ``NONE`` when it holds none."""
    if name.startswith(f"{CLIENT}:"):
        return AccountClass.CLIENT
    return _BOOK_CLASSES.get(name, AccountClass.NONE)


def name_numbers(
    name: Name, columns: dict[str, Any], count: int, names: NameList, field: str, faults: Faults
) -> NDArray[np.int32]:
    """For each row the number of the name in its cells, ``ABSENT`` where they are empty or not in the file."""
    present = [columns[column] for column in name.columns if column in columns]
    if not present:
        return np.full(count, ABSENT, np.int32)
    encoded = (present[0] if len(name.columns) == 1 else _joined(present)).dictionary_encode()
    codes = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    problems = Faults(len(encoded.dictionary))
    values = labels(encoded.dictionary, field, problems).to_pylist()
    numbers = np.full(len(values) + 1, ABSENT, np.int32)
    for index, value in enumerate(values):
        if value is None or problems.bad[index]:
            continue
        full = _full_name(value, name.entities)
        if len(full) > NAME_BYTES_MAX // 4 and len(full.encode()) > NAME_BYTES_MAX:
            problems.add(
                index, field, f"found {shown(value)}; expected at most {NAME_BYTES_MAX} bytes with its entity"
            )
        elif full.startswith(f"{BOOK}:") and full not in BOOK_ACCOUNTS:
            problems.add(index, field, f"found {shown(value)}; expected one of {', '.join(BOOK_ACCOUNTS)}")
        elif full:
            numbers[index] = names.number(full)
        else:
            problems.add(
                index, field, f"found {shown(value)}; expected one of {', '.join(name.entities)} before ':'"
            )
    if problems.first:
        bad = np.append(problems.bad, False)[codes]
        faults.add_where(bad, field, lambda i: problems.first[int(codes[i])][1])
    return numbers[codes]


def with_tokens(names: list[str], personal: Sequence[str], vault: Vault) -> tuple[str, ...]:
    """The same names, those of ``personal`` entities as vault tokens."""
    swapped = list(names)
    for entity in personal:
        prefix = f"{entity}:"
        at = [index for index, name in enumerate(names) if name.startswith(prefix)]
        tokens = vault.tokens(entity, [names[index][len(prefix) :] for index in at]) if at else []
        for index, token in zip(at, tokens, strict=True):
            swapped[index] = token
    return tuple(swapped)


def _full_name(value: str, entities: tuple[str, ...]) -> str:
    """``entity:value``, or "" when the value states an entity that may not stand here."""
    if len(entities) == 1:
        return f"{entities[0]}:{value}"
    entity, colon, rest = value.partition(":")
    if not colon:
        return f"{entities[0]}:{value}"
    return value if entity in entities and rest else ""


def _joined(columns: list[Any]) -> Any:
    """Cells of one row joined with ``/``; null where all are empty."""
    cells = [texts(column) for column in columns]
    parts = [pc.fill_null(cell, "") for cell in cells]
    joined = pc.binary_join_element_wise(*parts, "/")
    empty = pc.equal(joined, "/" * (len(parts) - 1))
    return pc.if_else(empty, pa.scalar(None, pa.string()), joined)
