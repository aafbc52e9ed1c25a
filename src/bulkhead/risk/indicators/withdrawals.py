"""Money that clients take out, against the heaviest days of the weeks before."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import earlier, ratio, trailing_sum, window
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PROJECT_DEFAULT, TREASURER, Example, Indicator, State, Thresholds

_DAYS, _LOOK_BACK, _GAP = 3, 42, 3


def _measure(facts: Facts) -> Daily:
    table = facts.table("movements")
    out = table.where(table.labels("kind").among("withdrawal"))
    taken = trailing_sum(out.per_day(out.numbers("amount_minor")), _DAYS)
    taken[: _DAYS - 1] = np.nan
    before = window(earlier(taken, _GAP), _LOOK_BACK)
    enough = np.isfinite(before).sum(axis=1) >= 28  # a month has its pay day
    heaviest = np.full(facts.days, np.nan)
    heaviest[enough] = np.nanmax(before[enough], axis=1)
    return np.where(enough, ratio(taken, np.nan_to_num(heaviest)), np.nan)


def _example(last_days: int) -> Facts:
    cells = [(day, "withdrawal", 1000 if day < 32 else last_days) for day in range(35)]
    return facts_of(35, movements=rows("kind amount_minor", *cells))


INDICATOR = Indicator(
    code="L9.withdrawals",
    family=Family.LIQUIDITY,
    title=Words("Withdrawals against the heaviest days before", "提现金额与前期峰值之比"),
    formula=Words(
        "withdrawals asked for in 3 days / the most asked for in any 3 days of the 42 days before",
        "近 3 天申请提现金额 ÷ 此前 42 天内任意 3 天的最高金额",
    ),
    unit="x",
    needs=("movements",),
    thresholds=Thresholds(amber=1.5, red=2.5, confirm_days=2, calm_days=5),
    norm=PROJECT_DEFAULT,
    owner=TREASURER,
    measure=_measure,
    examples=(
        Example(_example(1000), 34, 1, State.GREEN),
        Example(_example(5000), 34, 5, State.RED),
        Example(_example(5000).until(9), 8, None, State.UNKNOWN),
    ),
    window_days=_DAYS,
    coverage_min=1.0,
)
