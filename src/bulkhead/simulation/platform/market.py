"""Paths of rates and prices: shocks drawn again from those of real markets, scaled by a volatility that remembers.

Each series follows its mean slowly (one autoregressive term) and its daily shock is the day's volatility (GARCH)
times a standardised innovation from a table of quantiles; all in integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.platform.setting import OFFSET_MINUTES, Setting

BASIS_POINT = 100  # rates are 1e-4 of a percent
FUNDING_SPREAD = "funding-spread"  # what those who fund the platform ask beyond their usual margin

# Standardised innovations at 0, 2.5, 5 … 100 per cent, in thousandths of a standard deviation.
# fmt: off
_INNOVATIONS = (
    -4500, -2060, -1620, -1370, -1180, -1030, -900, -785, -685, -590, -505, -425, -350, -280, -215, -150, -90, -45,
    -25, -10, 0, 10, 25, 45, 90, 150, 215, 280, 350, 425, 505, 590, 685, 785, 900, 1030, 1180, 1370, 1620, 2060, 4500,
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Series:
    """One quoted rate or price. Volatilities in 1e-4 of its unit a day; per-mille weights of the GARCH recursion."""

    unit: str
    start: int
    mean: int
    back_per_mille: int  # of the distance to the mean, a day
    volatility: int  # long-run standard deviation of a day's shock
    shock_per_mille: int = 80  # weight of yesterday's squared shock
    memory_per_mille: int = 880  # weight of yesterday's variance
    relative: bool = False  # shocks are 1e-6 of the level


SERIES = {
    "shibor-on": Series("percent", 14_200, 14_200, 120, 620, 150, 780),
    "shibor-3m": Series("percent", 16_400, 16_400, 8, 55),
    "gov-5y": Series("percent", 16_200, 16_200, 6, 190),
    "usd-cny": Series("CNY", 70_300, 70_300, 4, 2_000, relative=True),
    "csi-like": Series("points", 38_000_000, 38_000_000, 0, 11_000, 70, 900, relative=True),
}


def make_market(setting: Setting) -> dict[str, NDArray[np.int64]]:
    """Series -> int64[days]; a day without trading repeats the one before.

    The streams add what an incident shifts to the value of its day, so that what has been can be looked up here;
    ``FUNDING_SPREAD``, which nobody quotes, is there for the same reason.
    """
    calendar = Calendar(setting.start_us, setting.days, OFFSET_MINUTES)
    trading = [calendar.date_of(day).weekday() < 5 for day in range(setting.days)]
    chances = {code: Chance(setting.seed, f"market.{code}") for code in SERIES}
    paths = {code: _path(series, chances[code], trading) for code, series in SERIES.items()}
    return paths | {FUNDING_SPREAD: np.zeros(setting.days, np.int64)}


def _path(series: Series, chance: Chance, trading: list[bool]) -> NDArray[np.int64]:
    innovations = _innovations(chance, len(trading))
    long_run = series.volatility**2
    kept = 1000 - series.shock_per_mille - series.memory_per_mille
    variance, shock, value = long_run, 0, series.start
    path = np.empty(len(trading), np.int64)
    for day, open_today in enumerate(trading):
        if open_today:
            variance = (
                kept * long_run + series.shock_per_mille * shock**2 + series.memory_per_mille * variance
            ) // 1000
            shock = isqrt(variance) * int(innovations[day]) // 1000
            step = value * shock // 1_000_000 if series.relative else shock
            value = max(100, value + step + (series.mean - value) * series.back_per_mille // 1000)
        path[day] = value
    return path


def _innovations(chance: Chance, days: int) -> NDArray[np.int64]:
    """int64[days], thousandths of a standard deviation: the table read at a random place, straight lines between."""
    table = np.array(_INNOVATIONS, np.int64)
    place = chance.below((len(table) - 1) * 1000, np.arange(days))
    low, rest = place // 1000, place % 1000
    return table[low] + (table[low + 1] - table[low]) * rest // 1000
