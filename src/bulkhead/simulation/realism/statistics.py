"""Two samples against each other: Kolmogorov-Smirnov, Wasserstein, chi-square, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]

RESAMPLES = 200
BOOTSTRAP_ROWS_MAX = 4_000  # of each sample in each resample, or the interval would take minutes


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far two samples are apart. ``distance`` is in the samples' unit."""

    real_rows: int
    simulated_rows: int
    ks: Estimate  # largest difference of the cumulative shares, 0 to 1
    distance: Estimate  # Wasserstein-1: by how much a value would have to be moved on average
    real_median: float
    simulated_median: float


@dataclass(frozen=True, slots=True)
class CountComparison:
    """How far two tables of counts are apart."""

    real_rows: int
    simulated_rows: int
    chi_square: float
    degrees: int
    p_value: float
    distance: Estimate  # half the summed absolute difference of the shares, 0 to 1


def compared(real: Sample, simulated: Sample, seed: int = 0) -> Comparison:
    """Two samples of numbers; both need a value."""
    assert min(len(real), len(simulated)) > 0
    ks = _interval(real, simulated, ks_distance, seed)
    moved = _interval(real, simulated, wasserstein, seed)
    medians = float(np.median(real)), float(np.median(simulated))
    return Comparison(len(real), len(simulated), ks, moved, *medians)


def compared_counts(real: NDArray[np.int64], simulated: NDArray[np.int64], seed: int = 0) -> CountComparison:
    """Two rows of counts over the same classes; both need one."""
    from scipy.stats import chi2_contingency

    used = real + simulated > 0
    result = chi2_contingency(np.stack([real[used], simulated[used]]), correction=False)
    sizes = int(real.sum()), int(simulated.sum())
    dice = np.random.default_rng(seed)
    drawn = [
        total_variation(
            dice.multinomial(sizes[0], real / sizes[0]), dice.multinomial(sizes[1], simulated / sizes[1])
        )
        for _ in range(RESAMPLES)
    ]
    distance = _estimate(total_variation(real, simulated), drawn)
    return CountComparison(*sizes, float(result.statistic), int(result.dof), float(result.pvalue), distance)


def total_variation(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Half the summed absolute difference of the shares."""
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


def ks_distance(one: Sample, other: Sample) -> float:
    """The largest difference between the two cumulative distributions."""
    both = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(sample), both, side="right") / len(sample) for sample in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def wasserstein(one: Sample, other: Sample) -> float:
    """The area between the two cumulative distributions."""
    both = np.sort(np.concatenate([one, other]))
    at = both[:-1]
    shares = [np.searchsorted(np.sort(sample), at, side="right") / len(sample) for sample in (one, other)]
    return float((np.abs(shares[0] - shares[1]) * np.diff(both)).sum())


def _interval(real: Sample, simulated: Sample, measure: Callable[[Sample, Sample], float], seed: int) -> Estimate:
    dice = np.random.default_rng(seed)
    drawn = [
        measure(*(dice.choice(sample, min(len(sample), BOOTSTRAP_ROWS_MAX)) for sample in (real, simulated)))
        for _ in range(RESAMPLES)
    ]
    return _estimate(measure(real, simulated), drawn)


def _estimate(value: float, drawn: list[float]) -> Estimate:
    """Basic percentile interval, widened to hold the value: resampling only moves distances up."""
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(value, min(value, float(low)), max(value, float(high)))
