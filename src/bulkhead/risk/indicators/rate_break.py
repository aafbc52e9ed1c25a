"""A rate that has left the path it was on, seen by summing up small surprises."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import deviation
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import TREASURER, Example, Indicator, Norm, State, Thresholds

SERIES = "shibor-3m"
SLACK = 1.0  # standard deviations a fixing that are forgiven
STEP_MAX = 5.0  # a single step of more deviations counts for so many
_LOOK_BACK, _GAP, _FIXINGS_MIN = 60, 10, 30


def _measure(facts: Facts) -> Daily:
    table = facts.table("market")
    fixings = table.where(table.labels("series").among(SERIES))
    day, level = fixings.day, fixings.numbers("value").astype(np.float64)
    # Over a holiday the market moves as over so many days: by their square root.
    steps = np.diff(level) / np.sqrt(np.maximum(1, np.diff(day)))
    spread = deviation(steps, _LOOK_BACK, gap=_GAP, count_min=_FIXINGS_MIN)
    sums, total = np.full(facts.days, np.nan), 0.0
    for on, step, usual in zip(day[1:].tolist(), steps.tolist(), spread.tolist(), strict=True):
        if usual > 0:
            total = max(0.0, total + min(STEP_MAX, step / usual) - SLACK)
            sums[on] = total
    return sums


def _example(levels: list[int]) -> Facts:
    cells = [(day, SERIES, level) for day, level in enumerate(levels)]
    return facts_of(len(levels), market=rows("series value", *cells))


_QUIET = [16_400 + (0, 30, 10, -20, -10)[day % 5] for day in range(50)]
INDICATOR = Indicator(
    code="M8.rate-break",
    family=Family.MARKET,
    title=Words("Rates break upwards", "市场利率向上突变"),
    formula=Words(
        "CUSUM of the daily steps of 3-month SHIBOR over their deviation in 60 fixings, 1 forgiven each",
        "3 个月 SHIBOR 日变动（除以此前 60 个报价日标准差）的累积和，每次扣减 1",
    ),
    unit="sigma",
    needs=("market",),
    thresholds=Thresholds(amber=20, red=30, calm_days=5),
    norm=Norm(
        Words("CUSUM after Page, 1954; limits are project defaults", "Page（1954）累积和方法；阈值为本项目默认值")
    ),
    owner=TREASURER,
    measure=_measure,
    examples=(
        Example(_example(_QUIET), 49, 0, State.GREEN),
        Example(_example([*_QUIET, *range(17_000, 27_000, 1_000)]), 59, 10 * (STEP_MAX - SLACK), State.RED),
        Example(_example(_QUIET[:8]), 7, None, State.UNKNOWN),
    ),
    window_days=90,
    coverage_min=0.5,
    stale_days=4,
)
