"""What people are used to: usual amounts, how round, how often; drawn once for each client from fitted tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.chance import Chance, Counter
from bulkhead.simulation.fitted import labels, quantiles, weights

_TENS = np.array([10**power for power in range(12)], np.int64)
DAY_PER_MILLION_OF_HUNDREDTH_A_MONTH = 333  # one movement in 3,000 days


def usual_minor(kind: str, chance: Chance, who: NDArray[np.int64], mark: int) -> NDArray[np.int64]:
    """int64[n]: each client's usual amount of a kind (``deposit``, ``withdrawal``, ``payment``, ``salary``)."""
    return quantiles(f"{kind}-level").at(chance.words(who, mark))


def amounts_minor(kind: str, usual: NDArray[np.int64], chance: Chance, *counters: Counter) -> NDArray[np.int64]:
    """int64[n], positive: today's amounts around the usual ones, as round as people make them.

    ``kind`` is ``deposit`` or ``withdrawal``; ``counters`` tell the draws of this kind apart.
    """
    ratio = quantiles(f"{kind}-ratio").at(chance.words(*counters, 901))
    return rounded(kind, usual * ratio // 1000, chance, *counters)


def rounded(kind: str, amount: NDArray[np.int64], chance: Chance, *counters: Counter) -> NDArray[np.int64]:
    """int64[n], positive: amounts on the grids on which people of this kind of movement put them."""
    step = np.array(labels(f"{kind}-roundness"), np.int64)[
        chance.weighted(weights(f"{kind}-roundness"), *counters, 902)
    ]
    # Nobody rounds seven yuan to a thousand: a grid coarser than the amount gives way to the amount's own ten parts.
    fitting = _TENS[np.maximum(np.searchsorted(_TENS, amount, side="right"), 3) - 1]
    step = np.minimum(step, fitting)
    made: NDArray[np.int64] = np.maximum((amount + step // 2) // step * step, step)
    return made


def daily_per_million(kind: str, chance: Chance, who: NDArray[np.int64], mark: int) -> NDArray[np.int64]:
    """int64[n]: each client's chance of such a movement on an ordinary day."""
    hundredths_a_month = quantiles(f"{kind}-rate").at(chance.words(who, mark))
    return hundredths_a_month * DAY_PER_MILLION_OF_HUNDREDTH_A_MONTH
