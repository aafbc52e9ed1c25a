"""How many of something come on one day, when each comes by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.chance import MILLION, Chance
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.hours import moments_us
from bulkhead.simulation.calendar import DAY_PEOPLE

_ROOM = 8  # places for each one expected, so that the count is close to Poisson's


def arrivals(chance: Chance, expected_millionths: int, *counters: int) -> int:
    """A count whose mean is ``expected_millionths`` / 1,000,000."""
    places = _ROOM * (1 + expected_millionths // MILLION)
    return int(chance.happens(expected_millionths // places, *counters, np.arange(places)).sum())


def rounded(
    chance: Chance, amount: NDArray[np.int64], divisor: int, *counters: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64[n]: ``amount`` / ``divisor``, up or down by chance, so that small rates are not lost."""
    return (amount + chance.below(divisor, *counters)) // divisor
