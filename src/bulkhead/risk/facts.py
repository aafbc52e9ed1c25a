"""The records of one institution as columns, with the local day of each row.

A day on which a stream did not arrive is not a day without events: ``Table.arrived`` keeps the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY_US = 86_400_000_000

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Daily = NDArray[np.float64]  # one value a day, NaN where it is unknown


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of texts or names: row ``i`` is ``texts[codes[i]]``; ``""`` stands for none."""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]

    def among(self, *texts: str) -> Mask:
        """bool[n]: the rows with one of these texts."""
        return np.isin(self.codes, [self.texts.index(text) for text in texts if text in self.texts])

    def starting(self, prefix: str) -> Mask:
        """bool[n]: the rows whose text begins so."""
        return np.isin(self.codes, [code for code, text in enumerate(self.texts) if text.startswith(prefix)])

    def where(self, mask: Mask) -> Labels:
        return Labels(self.codes[mask], self.texts)

    def row(self, row: int) -> str:
        return self.texts[int(self.codes[row])]


Column = Numbers | Mask | Labels


def aligned(one: Labels, other: Labels) -> tuple[Numbers, Numbers]:
    """Both columns as codes of one vocabulary, so that they can be compared."""
    if one.texts is other.texts:
        return one.codes.astype(np.int64), other.codes.astype(np.int64)
    known = {text: code for code, text in enumerate(one.texts)}
    places = np.array([known.setdefault(text, len(known)) for text in other.texts], np.int64)
    return one.codes.astype(np.int64), places[other.codes]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one stream in the order of their days. Times are UTC microseconds, money minor units."""

    day: Numbers  # int64[n], ascending
    columns: Mapping[str, Column]
    arrived: Mask  # bool[days]

    def __len__(self) -> int:
        return len(self.day)

    def numbers(self, name: str) -> Numbers:
        """int64[n]; flags as 0 and 1."""
        column = self.columns.get(name)
        if column is None and not len(self):
            return np.zeros(0, np.int64)
        assert isinstance(column, np.ndarray), name
        return column.astype(np.int64, copy=False)

    def labels(self, name: str) -> Labels:
        column = self.columns.get(name)
        if column is None and not len(self):
            return Labels(np.zeros(0, np.int32), ())
        assert isinstance(column, Labels), name
        return column

    def where(self, mask: Mask) -> Table:
        """The rows of a mask; which days arrived stays as it is."""
        kept: dict[str, Column] = {
            name: column.where(mask) if isinstance(column, Labels) else column[mask]
            for name, column in self.columns.items()
        }
        return Table(self.day[mask], kept, self.arrived)

    def per_day(self, weights: Numbers | Daily | None = None) -> Daily:
        """float64[days]: rows, or the sum of their weights, each day; 0 where there are none."""
        return np.bincount(self.day, weights, minlength=len(self.arrived)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an institution over ``days`` local days; day 0 begins at ``start_us``."""

    days: int
    start_us: int
    tables: Mapping[str, Table]

    def table(self, stream: str) -> Table:
        """A stream's rows; none, and no day arrived, where there is no such stream."""
        if stream in self.tables:
            return self.tables[stream]
        return Table(np.zeros(0, np.int64), {}, np.zeros(self.days, np.bool_))

    def day_of(self, times_us: Numbers) -> Numbers:
        """The local days of moments; negative before day 0."""
        return (times_us - self.start_us) // DAY_US

    def until(self, days: int) -> Facts:
        """As it was known at the end of day ``days - 1``."""
        cut = {}
        for code, table in self.tables.items():
            early = table.where(table.day < days)
            cut[code] = Table(early.day, early.columns, early.arrived[:days])
        return Facts(days, self.start_us, cut)

    def without(self, stream: str) -> Facts:
        """The same without one stream."""
        kept = {code: table for code, table in self.tables.items() if code != stream}
        return Facts(self.days, self.start_us, kept)


def facts_of(days: int, *, absent: Mapping[str, Iterable[int]] | None = None, **streams: Table) -> Facts:
    """A few facts written out by hand (see ``rows``); day 0 begins at 0. ``absent``: days a stream is missing."""
    missing = {code: frozenset(gone) for code, gone in (absent or {}).items()}
    tables = {}
    for code, table in streams.items():
        gone = missing.get(code, frozenset())
        assert not gone & set(table.day.tolist()), f"{code} has rows on days on which it did not arrive"
        arrived = np.array([day not in gone for day in range(days)], np.bool_)
        tables[code] = Table(table.day, table.columns, arrived)
    return Facts(days, 0, tables)


def rows(columns: str, *values: tuple[int | str | bool, ...]) -> Table:
    """A table from rows of which the first value is the day; ``columns`` names the others.

    Texts become labels. Columns named ``due``, ``effective`` or ``opened`` hold a day and become its noon.
    """
    ordered = sorted(values, key=lambda row: int(row[0]))
    day = np.array([row[0] for row in ordered], np.int64)
    found: dict[str, Column] = {"time": day * DAY_US + DAY_US // 2}
    for place, name in enumerate(columns.split(), 1):
        cells = [row[place] for row in ordered]
        if cells and isinstance(cells[0], str):
            texts, codes = np.unique(np.array(cells, np.str_), return_inverse=True)
            found[name] = Labels(codes.astype(np.int32), tuple(map(str, texts)))
        else:
            numbers = np.array(cells, np.int64)
            found[name] = numbers * DAY_US + DAY_US // 2 if name in ("due", "effective", "opened") else numbers
    return Table(day, found, np.zeros(0, np.bool_))
