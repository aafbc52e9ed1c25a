"""When on a day people do things: moments drawn by profiles of hours, for whole columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import DAY_PEOPLE, HOUR_US, NIGHT_OWLS
from bulkhead.simulation.chance import Chance, Counter

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


def _hour_of(words: NDArray[np.uint64], hours: tuple[int, ...]) -> NDArray[np.int64]:
    totals = np.cumsum(np.asarray(hours, np.int64))
    mark = ((words >> _HALF) * np.uint64(totals[-1]) >> _HALF).astype(np.int64)
    return np.searchsorted(totals, mark, side="right")


def _within_hour(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((words & _LOW) * np.uint64(HOUR_US) >> _HALF).astype(np.int64)
