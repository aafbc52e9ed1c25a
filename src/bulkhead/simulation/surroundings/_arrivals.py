"""How many of something come on one day, when each comes by itself."""

from __future__ import annotations

import numpy as np

from bulkhead.simulation.chance import MILLION, Chance

_PLACES = 8  # for each one expected, so that the count is close to Poisson's


def arrivals(chance: Chance, expected_millionths: int, *counters: int) -> int:
    """A count whose mean is ``expected_millionths`` / 1,000,000."""
    places = _PLACES * (1 + expected_millionths // MILLION)
    return int(chance.happens(expected_millionths // places, *counters, np.arange(places)).sum())
