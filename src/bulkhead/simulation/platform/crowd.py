"""What everybody does at once: how much more or less than usual is paid in and taken out on a day.

Factors of weekday, day of the month and holidays, and a noise that lasts from day to day (people follow each other),
all fitted to the daily sums of a money market fund with millions of holders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.fitted import factors, parameters, quantiles

# State Council notices: first day, length; and the weekend days worked for them. Years without a notice have none.
_HOLIDAYS = (
    (date(2026, 1, 1), 3), (date(2026, 2, 15), 9), (date(2026, 4, 4), 3), (date(2026, 5, 1), 5),
    (date(2026, 6, 19), 3), (date(2026, 9, 25), 3), (date(2026, 10, 1), 7),
)  # fmt: skip
_WORKED = tuple(date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)))
_ORDINARY, _HOLIDAY, _EVE, _MADE_UP = range(4)  # places in the tables of holidays
_EXP_TERMS = 24


@dataclass(frozen=True, slots=True)
class Crowd:
    """Per-mille factors by day: 1000 is an ordinary day."""

    deposits: NDArray[np.int64]
    withdrawals: NDArray[np.int64]


def make_crowd(calendar: Calendar, chance: Chance) -> Crowd:
    """The factors of every day of a world."""
    return Crowd(_path("purchase", calendar, chance), _path("redemption", calendar, chance))


def kind_of_day(day: date) -> int:
    """Ordinary, a holiday, the eve of one, or a weekend worked for one."""
    if any(first <= day < first + timedelta(days=length) for first, length in _HOLIDAYS):
        return _HOLIDAY
    if day in _WORKED:
        return _MADE_UP
    return _EVE if any(day == first - timedelta(days=1) for first, _ in _HOLIDAYS) else _ORDINARY


def _path(name: str, calendar: Calendar, chance: Chance) -> NDArray[np.int64]:
    weekday, month_day = factors(f"{name}-weekday"), factors(f"{name}-month-day")
    holiday, lasting = factors(f"{name}-holiday"), parameters(f"{name}-noise")["persistence_per_mille"]
    innovations = quantiles(f"{name}-noise").at(chance.words(np.arange(calendar.days), len(name)))
    path, left_over = np.empty(calendar.days, np.int64), 0
    for day in range(calendar.days):
        today = calendar.date_of(day)
        left_over = left_over * lasting // 1000 + int(innovations[day])
        season = weekday[today.weekday()] * month_day[today.day - 1] * holiday[kind_of_day(today)] // 1_000_000
        path[day] = season * exp_per_mille(left_over) // 1000
    return path


def exp_per_mille(thousandths: int) -> int:
    """1000 * exp(x / 1000) in integers, the same on every machine, for -5000 <= x <= 5000."""
    scale = 10**12
    term = total = scale
    for step in range(1, _EXP_TERMS):
        term = term * abs(thousandths) // (1000 * step)
        total += term
    return total * 1000 // scale if thousandths >= 0 else scale * 1000 // total
