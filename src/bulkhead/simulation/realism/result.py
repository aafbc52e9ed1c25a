"""What a comparison of a world with real data found, as plain data for a report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.realism.statistics import Comparison, CountComparison
from bulkhead.simulation.realism.telling import Telling


@dataclass(frozen=True, slots=True)
class Distribution:
    """Two samples of one quantity. ``logarithmic``: sizes that are best seen by powers of ten."""

    code: str
    title: Words
    source: str
    unit: Words
    real: NDArray[np.float64]
    simulated: NDArray[np.float64]
    comparison: Comparison
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Classes:
    """Two tables of counts over the same classes."""

    code: str
    title: Words
    source: str
    labels: tuple[str, ...]
    real: tuple[int, ...]
    simulated: tuple[int, ...]
    comparison: CountComparison


@dataclass(frozen=True, slots=True)
class Number:
    """One number of both. ``low`` and ``high`` bound what is seen in reality: an interval, or the middle 90 %."""

    code: str
    title: Words
    source: str
    real: float
    low: float
    high: float
    simulated: float
    decimals: int = 2

    @property
    def inside(self) -> bool:
        return self.low <= self.simulated <= self.high


@dataclass(frozen=True, slots=True)
class Realism:
    """Everything that was compared, and how well a machine tells the two apart."""

    seed: int
    clients: int
    days: int
    movements: int
    distributions: tuple[Distribution, ...]
    classes: tuple[Classes, ...]
    numbers: tuple[Number, ...]
    tellings: tuple[Telling, ...]
