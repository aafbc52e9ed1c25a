"""Days until the systems are full, if use goes on rising as it does."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import rise, window
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import IT_RISK, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

FULL_PER_MILLE = 800  # beyond it answers slow down as in any queue
DAYS_MAX = 365.0  # as good as never
_LOOK_BACK = 21
_T_MIN = 4.0  # a rise weaker than this is noise
_BUSY_SHARE = 0.98  # the day's peak is the level exceeded in about half an hour


def _measure(facts: Facts) -> Daily:
    peak = _peaks(facts)
    level = np.full(facts.days, np.nan)
    recent = window(peak, 3)
    known = np.isfinite(recent).any(axis=1)
    level[known] = np.nanmedian(recent[known], axis=1)
    slope, t = rise(peak, _LOOK_BACK)
    rising = (t > _T_MIN) & (slope > 0)
    left = np.full(facts.days, DAYS_MAX)
    left[rising] = np.minimum(DAYS_MAX, (FULL_PER_MILLE - level[rising]) / slope[rising])
    left[level >= FULL_PER_MILLE] = 0
    return np.where(known & (np.isfinite(t) | (level >= FULL_PER_MILLE)), np.maximum(left, 0), np.nan)


def _peaks(facts: Facts) -> Daily:
    """float64[days], per mille: the busy level of the busiest service."""
    table = facts.table("requests")
    service, used = table.labels("service"), table.numbers("used_capacity_per_mille")
    peaks = np.full(facts.days, np.nan)
    for code in range(len(service.texts)):
        rows_of = service.codes == code
        day, level = table.day[rows_of], used[rows_of]
        order = np.lexsort((level, day))
        day, level = day[order], level[order]
        count = np.bincount(day, minlength=facts.days)
        there = count > 0
        place = np.cumsum(count) - count + np.floor((np.maximum(count, 1) - 1) * _BUSY_SHARE).astype(np.int64)
        peaks[there] = np.fmax(peaks[there], level[place[there]])
    return peaks


def _example(levels: list[int]) -> Facts:
    cells = [(day, "payments", level) for day, level in enumerate(levels)]
    return facts_of(len(levels), requests=rows("service used_capacity_per_mille", *cells))


INDICATOR = Indicator(
    code="T9.capacity-headroom",
    family=Family.TECHNICAL,
    title=Words("Days until capacity is exhausted", "系统容量可用天数"),
    formula=Words(
        "(80 % - peak use) / rise a day of the peak use over 21 days, busiest service; 365 where it does not rise",
        "（80% − 峰值使用率）÷ 近 21 天峰值使用率的日均升幅，取最繁忙服务；未见上升时记 365",
    ),
    unit="d",
    needs=("requests",),
    thresholds=Thresholds(amber=45, red=14, worse_above=False, confirm_days=2, calm_days=5),
    norm=PROJECT_DEFAULT,
    owner=IT_RISK,
    measure=_measure,
    examples=(
        Example(_example([400 + 2 * day for day in range(21)]), 20, 181.0, State.GREEN),
        Example(_example([400 + 10 * day for day in range(22)]), 21, 20.0, State.AMBER),
        Example(_example([400, 410, 390]), 2, None, State.UNKNOWN),
    ),
    window_days=_LOOK_BACK,
    coverage_min=0.66,
)
