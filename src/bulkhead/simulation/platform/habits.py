"""What people usually do with money: how often, how much, how round. From fitted tables, without any state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.chance import MILLION, Chance, Counter
from bulkhead.simulation.fitted import labels, quantiles, weights

YUAN = 100  # minor units
_LOW_BITS = np.uint64(0xFFFFFFFF)
# Tables count hundredths of a movement in thirty days.
_PER_MILLION_OF_RATE = MILLION // 100 // 30


def daily_chance(table: str, words: NDArray[np.uint64], per_mille: int) -> NDArray[np.int64]:
    """int64[n]: per million, the chance of each person that it happens on a day that is ``per_mille`` busy."""
    rate = quantiles(f"{table}-rate").at(words) * _PER_MILLION_OF_RATE
    return np.minimum(rate * per_mille // 1000, MILLION)


def usual_amount_minor(
    table: str, person: NDArray[np.uint64], chance: Chance, *counters: Counter
) -> NDArray[np.int64]:
    """int64[n] > 0: around the level of each person (``person``: a word that stays the same), rounded as people do."""
    level = quantiles(f"{table}-level").at(person)
    ratio = quantiles(f"{table}-ratio").at(chance.words(*counters, 1))
    # Many amounts are the usual one exactly; it keeps the grid of its person.
    own_grid = weighted_by((person & _LOW_BITS) << np.uint64(32), f"{table}-roundness")
    today = np.where(ratio == 1000, own_grid, chance.weighted(weights(f"{table}-roundness"), *counters, 2))
    return _cut(table, level * ratio // 1000, today)


def weighted_by(words: NDArray[np.uint64], table: str) -> NDArray[np.int64]:
    """int64[n]: places in a table of weights, chosen by the high bits of given words."""
    totals = np.cumsum(np.array(weights(table), np.int64))
    mark = (words >> np.uint64(32)) * np.uint64(totals[-1]) >> np.uint64(32)
    return np.searchsorted(totals, mark.astype(np.int64), side="right")


def rounded(table: str, amount_minor: NDArray[np.int64], chance: Chance, *counters: Counter) -> NDArray[np.int64]:
    """int64[n]: cut to a grid people like, smaller grids for small amounts; at least one yuan."""
    return _cut(table, amount_minor, chance.weighted(weights(f"{table}-roundness"), *counters, 2))


def _cut(table: str, amount_minor: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    grid = np.array(labels(f"{table}-roundness"), np.int64)[place]
    for coarse, fine in ((1_000_000, 100_000), (100_000, 10_000), (10_000, 1_000), (1_000, 100)):
        grid = np.where((grid == coarse) & (amount_minor < coarse), fine, grid)
    cut: NDArray[np.int64] = amount_minor // grid * grid
    return np.maximum(cut, YUAN)
