"""A rate that has left the path it was on, seen by summing up small surprises."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import usual
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import TREASURER, Example, Indicator, Norm, State, Thresholds

SERIES = "shibor-3m"
SLACK = 0.75  # standard deviations a day that are forgiven
_LOOK_BACK, _GAP = 60, 1


def _measure(facts: Facts) -> Daily:
    table = facts.table("market")
    fixings = table.where(table.labels("series").among(SERIES))
    level = np.full(facts.days, np.nan)
    level[fixings.day] = fixings.numbers("value")
    steps, known = np.full(facts.days, np.nan), np.flatnonzero(np.isfinite(level))
    steps[known[1:]] = np.diff(level[known])
    steps[steps == 0] = np.nan  # no fixing that day: the last one stands
    _, spread = usual(steps, _LOOK_BACK, gap=_GAP, count_min=10)
    return _summed(steps / np.where(spread > 0, spread, np.nan), np.isfinite(level) & np.isfinite(spread))


def _summed(surprise: Daily, known: np.ndarray) -> Daily:
    """float64[days]: the one-sided sum of what rises beyond the slack, never below 0."""
    sums, total = np.full(len(surprise), np.nan), 0.0
    for day in np.flatnonzero(known):
        if np.isfinite(surprise[day]):
            total = max(0.0, total + float(surprise[day]) - SLACK)
        sums[day] = total
    return sums


def _example(levels: list[int]) -> Facts:
    cells = [(day, SERIES, level) for day, level in enumerate(levels)]
    return facts_of(len(levels), market=rows("series value", *cells))


_QUIET = [16_400 + (0, 30, 10, -20, -10)[day % 5] for day in range(20)]
INDICATOR = Indicator(
    code="M8.rate-break",
    family=Family.MARKET,
    title=Words("Rates break upwards", "市场利率向上突变"),
    formula=Words(
        "CUSUM of the daily steps of 3-month SHIBOR over their usual spread in 60 days, 0.75 forgiven a day",
        "3 个月 SHIBOR 日变动（除以近 60 日常态波动）的累积和，每日扣减 0.75",
    ),
    unit="sigma",
    needs=("market",),
    thresholds=Thresholds(amber=6, red=12, calm_days=5),
    norm=Norm(
        Words("CUSUM after Page, 1954; limits are project defaults", "Page（1954）累积和方法；阈值为本项目默认值")
    ),
    owner=TREASURER,
    measure=_measure,
    examples=(
        Example(_example(_QUIET), 19, 0, State.GREEN),
        Example(_example([*_QUIET, 16_790]), 20, 400 / (20 * 1.4826) - SLACK, State.RED),
        Example(_example(_QUIET[:8]), 7, None, State.UNKNOWN),
    ),
    window_days=_LOOK_BACK,
    coverage_min=0.5,
    stale_days=4,
)
