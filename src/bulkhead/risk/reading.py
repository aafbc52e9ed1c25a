"""What an indicator says day by day: value, how much of its data there was, how old it is, its state, its alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bulkhead.risk.days import trailing_sum
from bulkhead.risk.facts import Daily, Facts
from bulkhead.risk.indicator import Indicator, State, Thresholds


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which an indicator got worse than it was known to be."""

    day: int
    state: State
    value: float


@dataclass(frozen=True, slots=True)
class Reading:
    """All days of one indicator; arrays of one length."""

    indicator: Indicator
    values: Daily  # NaN where unknown
    coverage: Daily  # 0 to 1: of the days and streams it looks at, how many arrived
    age_days: NDArray[np.int64]  # since the last known value; -1 before the first
    states: NDArray[np.int8]  # of ``State``

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The alarms: each worsening once. Going blind in between does not repeat one."""
        known = np.where(self.states == State.UNKNOWN, -1, np.arange(len(self.states)))
        last = np.maximum.accumulate(known)
        standing = np.where(last >= 0, self.states[np.maximum(last, 0)], State.GREEN)
        before = np.concatenate([[int(State.GREEN)], standing[:-1]])
        days = np.flatnonzero((self.states > before) & (self.states > State.GREEN))
        fresh = days - self.age_days[days]
        return tuple(
            Turn(int(day), State(int(self.states[day])), float(self.values[source]))
            for day, source in zip(days, fresh, strict=True)
        )


def read(indicator: Indicator, facts: Facts) -> Reading:
    """Measure an indicator over all days of the facts. Pure; the facts stay as they are."""
    coverage = coverage_of(indicator, facts)
    values = np.where(coverage >= indicator.coverage_min, indicator.measure(facts), np.nan)
    days = np.arange(facts.days)
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, days))
    age_days = np.where(last >= 0, days - last, -1)
    stale = (last < 0) | (age_days > indicator.stale_days)
    levels = indicator.thresholds.levels(values[np.maximum(last, 0)])
    settled = _settled(np.where(stale, np.int8(0), levels), indicator.thresholds)
    states = np.where(stale, np.int8(State.UNKNOWN), settled).astype(np.int8)
    return Reading(indicator, values, coverage, age_days, states)


def coverage_of(indicator: Indicator, facts: Facts) -> Daily:
    """float64[days]: the smallest share, over the streams needed, of the window's days that arrived.

    Days before the first one are not held against it.
    """
    length = np.minimum(np.arange(1, facts.days + 1), indicator.window_days)
    shares = [
        trailing_sum(facts.table(stream).arrived.astype(np.float64), indicator.window_days) / length
        for stream in indicator.needs
    ]
    smallest: Daily = np.min(shares, axis=0)
    return smallest


def _settled(levels: NDArray[np.int8], thresholds: Thresholds) -> NDArray[np.int8]:
    """Levels with hysteresis: the least of ``confirm_days`` days, and of that the most of ``calm_days``."""
    settled: NDArray[np.int8] = _over(
        _over(levels, thresholds.confirm_days).min(axis=1), thresholds.calm_days
    ).max(axis=1)
    return settled


def _over(levels: NDArray[np.int8], length: int) -> NDArray[np.int8]:
    return sliding_window_view(np.concatenate([np.zeros(length - 1, np.int8), levels]), length)
