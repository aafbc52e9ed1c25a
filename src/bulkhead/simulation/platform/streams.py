"""The records a world writes beside its movements: what each is called and which columns it has.

A stream becomes one file. Its rows are handed over day by day as columns of one length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words


class Kind(Enum):
    """What a column holds."""

    TIME = "time"  # int64 UTC microseconds
    MINOR = "minor"  # int64 minor units of the world's currency
    NUMBER = "number"  # int64; its unit stands in the column's name
    FLAG = "flag"  # bool
    NAME = "name"  # int32 numbers of the world's directory, -1 for none
    TEXT = "text"  # list[str], Coded or Numbered


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column with few different values: row ``i`` is ``texts[codes[i]]``."""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A text column of references: the prefix and nine digits of each number; -1 stands for none."""

    prefix: bytes
    numbers: NDArray[np.int64]


Values = NDArray[np.int64] | NDArray[np.int32] | NDArray[np.bool_] | Coded | Numbered | list[str]


@dataclass(frozen=True, slots=True)
class Stream:
    """``code`` is the file's name; the first column is the record's ``time`` (kind TIME)."""

    code: str
    title: Words
    columns: Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one stream on one day: ``values[column]`` for every column, all of one length, in any order."""

    stream: Stream
    values: Mapping[str, Values]

    def __post_init__(self) -> None:
        assert tuple(self.values) == tuple(self.stream.columns), (self.stream.code, tuple(self.values))

    def __len__(self) -> int:
        first = next(iter(self.values.values()))
        assert isinstance(first, np.ndarray), "the first column is a time"
        return len(first)


def block_of(stream: Stream, rows: list[tuple[int | str | bool, ...]]) -> Block:
    """A block from a few rows written out one by one, in the order of the stream's columns."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(stream.columns)
    types = {Kind.FLAG: np.bool_, Kind.NAME: np.int32}
    values: dict[str, Values] = {}
    for (name, kind), column in zip(stream.columns.items(), columns, strict=True):
        values[name] = list(map(str, column)) if kind is Kind.TEXT else np.array(column, types.get(kind, np.int64))
    return Block(stream, values)


def texts_of(column: Values) -> list[str]:
    """A text column read back, row by row."""
    if isinstance(column, Coded):
        return [column.texts[code] for code in column.codes.tolist()]
    if isinstance(column, Numbered):
        texts = (
            column.prefix.decode() + f"{number:09d}" if number >= 0 else "" for number in column.numbers.tolist()
        )
        return list(texts)
    return [str(value) for value in column]


def numbers_of(column: Values) -> NDArray[np.int64]:
    """int64[n]: a copy of a column of times, minor units or numbers."""
    assert not isinstance(column, (Coded, Numbered))
    return np.array(column, np.int64)
