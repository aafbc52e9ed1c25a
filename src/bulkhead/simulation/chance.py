"""Chance for whole columns: every draw is a function of the seed, a name and counters such as client and day.

Nothing is drawn in order, so a world with one incident more, or with a response that changes a day, draws the
same everywhere else: two worlds of one seed can be compared row by row. Integers only; the same on every machine.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numba import vectorize
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # splitmix64, Steele, Lea and Flood 2014
MILLION = 1_000_000


def _absorb(word: np.uint64, counter: np.int64) -> np.uint64:
    """One step of splitmix64, which the counter moves on."""
    word = word + _GOLDEN * (np.uint64(counter) + np.uint64(1))
    word = (word ^ (word >> np.uint64(30))) * _MIX[0]
    word = (word ^ (word >> np.uint64(27))) * _MIX[1]
    return word ^ (word >> np.uint64(31))


Counter = int | NDArray[np.int64] | NDArray[np.int32]
# Machine code: a world draws tens of thousands of short columns, and numpy's overhead would be most of its time.
_absorbed: Callable[[NDArray[np.uint64], Counter], NDArray[np.uint64]] = vectorize(
    ["uint64(uint64, int64)"], cache=True
)(_absorb)  # type: ignore[no-untyped-call]  # numba says nothing of its types


class Chance:
    """The draws of one seed under one name. Two names of a seed are independent of each other."""

    def __init__(self, seed: int, name: str) -> None:
        start = np.array([seed & 0xFFFFFFFFFFFFFFFF], np.uint64)
        self._key = _mixed(_mixed(start) ^ np.uint64(zlib.crc32(name.encode())))[0]

    def words(self, *counters: Counter) -> NDArray[np.uint64]:
        """uint64[n]: one raw word for each row of the counters (numbers and columns of one length n)."""
        word = np.array([self._key], np.uint64)
        for counter in counters:
            word = _absorbed(word, counter)
        return word

    def below(self, bound: Counter, *counters: Counter) -> NDArray[np.int64]:
        """int64[n], 0 <= value < ``bound`` < 2**31; the bias of the multiplication is under 2**-32 * bound."""
        high = self.words(*counters) >> np.uint64(32)
        return (high * np.asarray(bound, np.uint64) >> np.uint64(32)).astype(np.int64)

    def between(self, low: Counter, high: Counter, *counters: Counter) -> NDArray[np.int64]:
        """int64[n], ``low`` <= value <= ``high``."""
        base = np.asarray(low, np.int64)
        return base + self.below(np.asarray(high, np.int64) - base + 1, *counters)

    def happens(self, per_million: Counter, *counters: Counter) -> NDArray[np.bool_]:
        """bool[n]: True in ``per_million`` of 1,000,000 rows."""
        return self.below(MILLION, *counters) < per_million

    def weighted(self, weights: tuple[int, ...], *counters: Counter) -> NDArray[np.int64]:
        """int64[n]: indices drawn in proportion to their weights."""
        totals = np.cumsum(np.asarray(weights, np.int64))
        return np.searchsorted(totals, self.below(int(totals[-1]), *counters), side="right")


def _mixed(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    word = (word ^ (word >> np.uint64(30))) * _MIX[0]
    word = (word ^ (word >> np.uint64(27))) * _MIX[1]
    return word ^ (word >> np.uint64(31))
