"""Why one day is busier than another: week, month, holidays, and moods that outlast a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.fitted import factors, parameters, quantiles

_ORDINARY, _HOLIDAY, _EVE = range(3)
_FIXED_HOLIDAYS = ((1, 1, 1), (5, 1, 5), (10, 1, 7))  # month, day, length
# Lunar New Year's days, by which the Spring Festival goes; the holiday is from the eve to the sixth day.
_NEW_YEARS = (
    date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17),
    date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 3), date(2031, 1, 23),
    date(2032, 2, 11), date(2033, 1, 31), date(2034, 2, 19), date(2035, 2, 8), date(2036, 1, 28), date(2037, 2, 15),
)  # fmt: skip
_MOOD_PER_MILLE = (400, 2500)  # a day's mood stays between these


@dataclass(frozen=True, slots=True)
class Season:
    """How busy a day is, per mille of an ordinary one."""

    deposits_per_mille: int
    withdrawals_per_mille: int
    working: bool


def seasons(calendar: Calendar, chance: Chance) -> list[Season]:
    """One for each day of the calendar."""
    days = [calendar.date_of(day) for day in range(calendar.days)]
    deposits, withdrawals = (
        _factors(side, days, mood)
        for side, mood in (
            ("purchase", _moods("purchase", chance, calendar.days, 1)),
            ("redemption", _moods("redemption", chance, calendar.days, 2)),
        )
    )
    working = [day.weekday() < 5 and not is_holiday(day) for day in days]
    rows = zip(deposits.tolist(), withdrawals.tolist(), working, strict=True)
    return [Season(into, out, works) for into, out, works in rows]


def is_holiday(day: date) -> bool:
    """A public holiday. Years beyond the table of lunar years have no Spring Festival."""
    fixed = any(timedelta() <= day - date(day.year, m, d) < timedelta(length) for m, d, length in _FIXED_HOLIDAYS)
    return fixed or any(timedelta(-1) <= day - new_year <= timedelta(6) for new_year in _NEW_YEARS)


def _factors(side: str, days: list[date], mood: NDArray[np.int64]) -> NDArray[np.int64]:
    week, month, holiday = (factors(f"{side}-{what}") for what in ("weekday", "month-day", "holiday"))
    kinds = (_HOLIDAY if is_holiday(d) else _EVE if is_holiday(d + timedelta(1)) else _ORDINARY for d in days)
    # A holiday's factor is that of the day whatever weekday it falls on.
    ground = [
        holiday[kind] * month[d.day - 1] // 1000 * (1000 if kind == _HOLIDAY else week[d.weekday()]) // 1000
        for d, kind in zip(days, kinds, strict=True)
    ]
    return np.array(ground, np.int64) * mood // 1000


def _moods(side: str, chance: Chance, days: int, tag: int) -> NDArray[np.int64]:
    """Per mille. People follow each other: a busy day makes a busy tomorrow more likely."""
    shocks = quantiles(f"{side}-noise").at(chance.words(np.arange(days), tag))  # thousandths of a logarithm
    persistence = parameters(f"{side}-noise")["persistence_per_mille"]
    level, levels = 0, []
    for shock in shocks.tolist():
        level = level * persistence // 1000 + shock * (1000 - persistence // 4) // 1000
        levels.append(level)
    moods: NDArray[np.int64] = np.rint(np.exp(np.array(levels) / 1000) * 1000).astype(np.int64)
    return np.clip(moods, *_MOOD_PER_MILLE)
