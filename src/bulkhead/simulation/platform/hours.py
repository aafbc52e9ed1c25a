"""When on a day people do things: moments drawn by profiles of hours, for whole columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import DAY_PEOPLE, DAY_US, HOUR_US, MINUTE_US, NIGHT_OWLS
from bulkhead.simulation.chance import Chance, Counter

BUSIEST_US = 20 * HOUR_US + 30 * MINUTE_US
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def moments_us(chance: Chance, hours: tuple[int, ...], *counters: Counter) -> NDArray[np.int64]:
    """int64[n]: microseconds after midnight, the busy hours of ``hours`` (24 weights) more often."""
    words = chance.words(*counters)
    return _hour_of(words, hours) * HOUR_US + _within_hour(words)


def personal_moments_us(chance: Chance, night_owl: NDArray[np.bool_], *counters: Counter) -> NDArray[np.int64]:
    """int64[n]: microseconds after midnight, each person by the own habits."""
    words = chance.words(*counters)
    hour = np.where(night_owl, _hour_of(words, NIGHT_OWLS), _hour_of(words, DAY_PEOPLE))
    return hour * HOUR_US + _within_hour(words)


def spread_us(chance: Chance, from_us: int, to_us: int, *counters: Counter) -> NDArray[np.int64]:
    """int64[n]: microseconds after midnight, even between two times less than an hour and ten minutes apart."""
    return from_us + chance.below(to_us - from_us, *counters)


def around_downtime_us(at_us: NDArray[np.int64], down_minutes: int) -> NDArray[np.int64]:
    """int64[n]: the same moments of a day; those at which nothing is answered wait until it is again.

    The time that is down lies around the busiest hour of the evening.
    """
    if not down_minutes:
        return at_us
    from_us, to_us = down_window_us(down_minutes)
    inside = (at_us >= from_us) & (at_us < to_us)
    waited = (at_us - from_us) * min(DAY_US - to_us, HOUR_US) // (to_us - from_us)
    return np.where(inside, to_us + waited, at_us)


def down_window_us(down_minutes: int) -> tuple[int, int]:
    """From when to when, in microseconds after midnight; at most all of the day but its last ten minutes."""
    length_us = min(down_minutes, 1430) * MINUTE_US
    from_us = max(BUSIEST_US - length_us // 2, 0)
    to_us = min(from_us + length_us, DAY_US - 10 * MINUTE_US)
    return min(from_us, to_us - length_us), to_us


def _hour_of(words: NDArray[np.uint64], hours: tuple[int, ...]) -> NDArray[np.int64]:
    totals = np.cumsum(np.asarray(hours, np.int64))
    mark = ((words >> _HALF) * np.uint64(totals[-1]) >> _HALF).astype(np.int64)
    return np.searchsorted(totals, mark, side="right")


def _within_hour(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((words & _LOW) * np.uint64(HOUR_US) >> _HALF).astype(np.int64)
