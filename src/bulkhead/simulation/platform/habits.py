"""What people usually do with money: how often, how much, how round. From fitted tables, without any state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.chance import MILLION, Chance, Counter
from bulkhead.simulation.fitted import labels, quantiles, weights

YUAN = 100  # minor units
# Tables count hundredths of a movement in thirty days; a platform is one of about two places people use.
_PER_MILLION_OF_RATE = MILLION // 100 // 30
_ELSEWHERE = 2


def daily_chance(table: str, words: NDArray[np.uint64], per_mille: int) -> NDArray[np.int64]:
    """int64[n]: per million, the chance of each person that it happens on a day that is ``per_mille`` busy."""
    rate = quantiles(f"{table}-rate").at(words) * _PER_MILLION_OF_RATE // _ELSEWHERE
    return np.minimum(rate * per_mille // 1000, MILLION)


def usual_amount_minor(
    table: str, person: NDArray[np.uint64], chance: Chance, *counters: Counter
) -> NDArray[np.int64]:
    """int64[n] > 0: around the level of each person (``person``: a word that stays the same), rounded as people do."""
    level = quantiles(f"{table}-level").at(person)
    ratio = quantiles(f"{table}-ratio").at(chance.words(*counters, 1))
    return rounded(table, level * ratio // 1000, chance, *counters)


def rounded(table: str, amount_minor: NDArray[np.int64], chance: Chance, *counters: Counter) -> NDArray[np.int64]:
    """int64[n]: cut to a grid people like, smaller grids for small amounts; at least one yuan."""
    code = f"{table}-roundness"
    grid = np.array(labels(code), np.int64)[chance.weighted(weights(code), *counters, 2)]
    for coarse, fine in ((1_000_000, 100_000), (100_000, 10_000), (10_000, 1_000), (1_000, 100)):
        grid = np.where((grid == coarse) & (amount_minor < coarse), fine, grid)
    cut: NDArray[np.int64] = amount_minor // grid * grid
    return np.maximum(cut, YUAN)
