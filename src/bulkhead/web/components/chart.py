"""A chart: its data as JSON for the script, and the same as a table for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bulkhead.kernel.money import decimal_places
from bulkhead.kernel.reasons import Language, Words

TABLE_ROWS_MAX = 200


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one row of bars. Points are (x, y), y None for a gap."""

    name: Words
    points: Sequence[tuple[int | str, int | float | None]]
    tone: str = "notice"  # ok, notice, warn, alarm or plain: the colour, by the theme
    step: bool = False  # a value stands until the next one, as balances do
    area: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What ``chart.html`` draws and ``chart.js`` brings to life.

    ``time``: x is UTC microseconds and shown as the institution's clocks do, ``offset_minutes`` from UTC; otherwise
    a category. ``currency``: y is minor units of it; otherwise a plain number.
    """

    id: str
    title: Words
    series: tuple[Series, ...]
    kind: Literal["line", "bar"] = "line"
    time: bool = True
    offset_minutes: int = 0
    currency: str = ""
    note: Words | None = None
    digits: int = 0  # after the point, of plain numbers
    signs: tuple[tuple[int | str, str], ...] = ()  # (x, the sign that the note explains)

    @property
    def empty(self) -> bool:
        return not any(series.points for series in self.series)

    def data(self, language: Language) -> dict[str, Any]:
        """What the script reads: times in milliseconds on the institution's clocks, money in minor units."""
        return {
            "kind": self.kind,
            "time": self.time,
            "currency": self.currency,
            "decimals": decimal_places(self.currency) if self.currency else 0,
            "digits": self.digits,
            "language": language,
            "signs": [[self._x(x), sign] for x, sign in self.signs],
            "series": [
                {
                    "name": series.name[language],
                    "tone": series.tone,
                    "step": series.step,
                    "area": series.area,
                    "dashed": series.dashed,
                    "points": [[self._x(x), y] for x, y in series.points],
                }
                for series in self.series
            ],
        }

    def rows(self) -> list[tuple[int | str, list[int | float | None]]]:
        """The table: a row for each x of any series, the latest ``TABLE_ROWS_MAX`` of them."""
        table: dict[int | str, list[int | float | None]] = {}
        for column, series in enumerate(self.series):
            for x, y in series.points:
                table.setdefault(x, [None] * len(self.series))[column] = y
        return list(table.items())[-TABLE_ROWS_MAX:]

    def _x(self, x: int | str) -> int | float | str:
        return (x + self.offset_minutes * 60_000_000) / 1000 if isinstance(x, int) and self.time else x
