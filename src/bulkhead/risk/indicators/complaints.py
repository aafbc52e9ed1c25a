"""Complaints of clients."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio, trailing_sum, usual
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PROJECT_DEFAULT, SERVICE, Example, Indicator, State, Thresholds

_WEEK, _LOOK_BACK, _GAP = 7, 42, 7


def _measure(facts: Facts) -> Daily:
    weekly = trailing_sum(facts.table("complaints").per_day(), _WEEK)
    weekly[: _WEEK - 1] = np.nan
    changes = facts.table("accounts")
    accounts = np.cumsum(changes.where(changes.labels("change").among("opened")).per_day())
    rate = 10_000 * ratio(weekly, accounts)
    middle, _ = usual(rate, _LOOK_BACK, gap=_GAP, count_min=14)
    # So few come in a quiet week that one more would double them: chance alone moves a count by its root.
    chance = 2 * 10_000 * ratio(np.sqrt(np.maximum(weekly, 1)), accounts)
    return np.maximum(0.0, rate - middle - chance)


def _example(last_day: int) -> Facts:
    opened = [(0, "opened")] * 10_000
    cells = [(day, "client:1") for day in range(30)] + [(29, "client:2")] * last_day
    return facts_of(30, accounts=rows("change", *opened), complaints=rows("client", *cells))


INDICATOR = Indicator(
    code="R7.complaints",
    family=Family.REPUTATION,
    title=Words("More complaints than usual", "客户投诉超出常态"),
    formula=Words(
        "complaints of 7 days per 10,000 accounts - their median of 42 days a week ago - twice their chance spread",
        "近 7 天每万户投诉量 − 截至一周前 42 天的中位数 − 两倍随机波动",
    ),
    unit="10k",
    needs=("complaints", "accounts"),
    thresholds=Thresholds(amber=2, red=10, confirm_days=2, calm_days=5),
    norm=PROJECT_DEFAULT,
    owner=SERVICE,
    measure=_measure,
    examples=(
        Example(_example(0), 29, 0, State.GREEN),
        Example(_example(29), 29, 29 - 2 * 36**0.5, State.GREEN),
        Example(_example(29).until(10), 9, None, State.UNKNOWN),
    ),
    window_days=_WEEK,
)  # fmt: skip
