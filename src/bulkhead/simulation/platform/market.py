"""Paths of rates and prices: shocks drawn again from those of real markets, scaled by a volatility that remembers.

Each series follows its mean slowly and its own last step a little; the day's shock is its volatility (GARCH) times
a standardised innovation of the real series. All in integers, from the fitted tables ``market-…``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.fitted import QuantileTable, parameters, quantiles
from bulkhead.simulation.platform.seasons import is_holiday
from bulkhead.simulation.platform.setting import OFFSET_MINUTES, Setting

BASIS_POINT = 100  # rates are 1e-4 of a percent
FUNDING_SPREAD = "funding-spread"  # what those who fund the platform ask beyond their usual margin
LEAST = 100  # no series falls below it

# Quoted series -> the unit in which it is quoted; values are 1e-4 of it.
SERIES = {
    "shibor-on": "percent",
    "shibor-3m": "percent",
    "gov-5y": "percent",
    "usd-cny": "CNY",
    "csi-like": "points",
}


@dataclass(frozen=True, slots=True)
class Motion:
    """How a series moves. The volatility is the long-run standard deviation of a day's shock, in 1e-4 of the unit."""

    mean: int
    back_per_mille: int  # of the distance to the mean, a day
    momentum_per_mille: int  # of yesterday's step
    volatility: int
    shock_per_mille: int  # weight of yesterday's squared shock in the day's variance
    memory_per_mille: int  # weight of yesterday's variance
    relative: int = 0  # 1: volatility and steps are 1e-6 of the level


# An index of shares has no fitted table: a daily volatility of 1.1 % and fat tails, as such indices usually have.
INDEX = Motion(38_000_000, 0, 0, 11_000, 70, 900, relative=1)
# fmt: off
INDEX_INNOVATIONS = QuantileTable(np.array([
    -5500, -1880, -1420, -1150, -950, -780, -640, -515, -400, -300, -215, -140, -85, -45, -20, -8, 10, 25, 45, 70,
    110, 165, 235, 315, 405, 505, 620, 750, 900, 1090, 1350, 1800, 4900,
], np.int64))
# fmt: on


def make_market(setting: Setting) -> dict[str, NDArray[np.int64]]:
    """Series -> int64[days]; a day without trading repeats the one before.

    The streams add what an incident shifts to the value of its day, so that what has been can be looked up here;
    ``FUNDING_SPREAD``, which nobody quotes, is there for the same reason.
    """
    calendar = Calendar(setting.start_us, setting.days, OFFSET_MINUTES)
    dates = [calendar.date_of(day) for day in range(setting.days)]
    trading = [date.weekday() < 5 and not is_holiday(date) for date in dates]
    paths = {code: _path(code, Chance(setting.seed, f"market.{code}"), trading) for code in SERIES}
    return paths | {FUNDING_SPREAD: np.zeros(setting.days, np.int64)}


def _path(code: str, chance: Chance, trading: list[bool]) -> NDArray[np.int64]:
    fitted = code != "csi-like"
    motion = Motion(**parameters(f"market-{code}")) if fitted else INDEX
    table = quantiles(f"market-{code}") if fitted else INDEX_INNOVATIONS
    innovations = table.at(chance.words(np.arange(len(trading)))).tolist()
    long_run = motion.volatility**2
    kept = 1000 - motion.shock_per_mille - motion.memory_per_mille
    variance, shock, step, value = long_run, 0, 0, motion.mean
    path = np.empty(len(trading), np.int64)
    for day, open_today in enumerate(trading):
        if open_today:
            variance = (
                kept * long_run + motion.shock_per_mille * shock**2 + motion.memory_per_mille * variance
            ) // 1000
            shock = isqrt(variance) * innovations[day] // 1000
            step = shock + motion.momentum_per_mille * step // 1000
            moved = value * step // 1_000_000 if motion.relative else step
            value = max(LEAST, value + moved + (motion.mean - value) * motion.back_per_mille // 1000)
        path[day] = value
    return path
