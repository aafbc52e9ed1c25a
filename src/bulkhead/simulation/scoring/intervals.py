"""Intervals over seeds and over counts, the same on every run."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
RESAMPLES = 4_000


def share_interval(found: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; 0 to 1 where nothing was tried."""
    if not of:
        return 0.0, 1.0
    share, z2 = found / of, Z95 * Z95
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(values: NDArray[np.float64], seed: int = 1) -> tuple[float, float, float]:
    """Mean and its 95 % interval by resampling the values (percentile bootstrap, Efron 1979).

    ``values`` holds one number a world; all three are NaN when there is none.
    """
    if not len(values):
        return float("nan"), float("nan"), float("nan")
    draws = np.random.Generator(np.random.PCG64(seed))
    means = values[draws.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(values.mean()), float(low), float(high)
