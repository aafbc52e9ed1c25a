"""Somebody uses a permission far more than colleagues do, and than the same person used to.

Whoever has been here for less than five weeks is left out: there is nothing yet to compare with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import OPERATIONS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

_WEEK = 7
_PAST_DAYS = 28  # before this week
_USED_MIN = 6  # fewer uses in a week tell nothing


def _measure(facts: Facts) -> Daily:
    table = facts.table("permission_use")
    staff, permission = table.labels("staff"), table.labels("permission")
    first = np.full(len(staff.texts), facts.days)
    np.minimum.at(first, staff.codes, table.day)
    worst = np.where(table.arrived, 0.0, np.nan)
    for code in range(len(permission.texts)):
        rows_of = permission.codes == code
        people, weeks = _weekly(staff.codes[rows_of], table.day[rows_of], facts.days)
        if len(weeks):
            known = np.arange(facts.days) - first[people][:, None] >= _WEEK + _PAST_DAYS - 1
            worst = np.maximum(worst, np.where(known, _surprise(weeks), 0.0).max(axis=0))
    worst[: _WEEK + _PAST_DAYS - 1] = np.nan
    return worst


def _weekly(
    staff: NDArray[np.int32], day: NDArray[np.int64], days: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """(codes of the people, float64[people, days]): uses in the seven days that end on each day."""
    people, row = np.unique(staff, return_inverse=True)
    uses = np.zeros((len(people), days))
    np.add.at(uses, (row, day), 1)
    total = np.concatenate([np.zeros((len(people), 1)), uses.cumsum(axis=1)], axis=1)
    last = np.arange(1, days + 1)
    return people, total[:, last] - total[:, np.maximum(0, last - _WEEK)]


def _surprise(weeks: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[people, days]: uses beyond what was to be expected, over the spread such counts have.

    To be expected is the most of: the person's own weeks before, and the colleagues' upper quartile this week. Where
    there is neither, nothing can be said.
    """
    past = np.concatenate([np.zeros((len(weeks), _WEEK)), weeks], axis=1)[:, : weeks.shape[1]]
    own = np.max([np.roll(past, back * _WEEK, axis=1) for back in range(_PAST_DAYS // _WEEK)], axis=0)
    others = np.array([_upper_quartile(np.delete(weeks, row, axis=0)) for row in range(len(weeks))])
    expected = np.fmax(own, others)
    comparable = (own > 0) | np.isfinite(others)
    surprise = (weeks - expected) / np.sqrt(expected + 1)
    return np.where(comparable & (weeks >= _USED_MIN), surprise, 0.0)


def _upper_quartile(weeks: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[days]: of those who used it at all that week; NaN where nobody did."""
    used = np.where(weeks > 0, weeks, np.nan)
    some = (weeks > 0).any(axis=0)
    quartile = np.full(weeks.shape[1], np.nan)
    quartile[some] = np.nanpercentile(used[:, some], 75, axis=0)
    return quartile


def _example(more: int, days: int = 42) -> Facts:
    cells = [(day, f"staff:{who}", "client.read") for day in range(days) for who in range(4) for _ in range(3)]
    cells += [(day, "staff:1", "client.read") for day in range(35, days) for _ in range(more)]
    return facts_of(days, permission_use=rows("staff permission", *cells))


INDICATOR = Indicator(
    code="H6.permission-use",
    family=Family.OPERATIONAL,
    title=Words("Permission used more than by colleagues", "员工权限使用偏离同岗与本人历史"),
    formula=Words(
        "largest (uses in a week - e) / sqrt(e + 1), e the more of own best of 4 weeks and colleagues' upper quartile",
        "一周使用次数相对预期的最大偏离：（次数 − e）÷ √(e + 1)，e 取本人前四周最大值与同权限同事上四分位数的较大者",
    ),
    unit="sigma",
    needs=("permission_use",),
    thresholds=Thresholds(amber=4, red=7, calm_days=7),
    norm=PROJECT_DEFAULT,
    owner=OPERATIONS,
    measure=_measure,
    examples=(
        Example(_example(0), 41, 0, State.GREEN),
        Example(_example(6), 41, (63 - 21) / 22**0.5, State.RED),
        Example(_example(0, days=20), 19, None, State.UNKNOWN),
    ),
    window_days=_WEEK + _PAST_DAYS,
)
