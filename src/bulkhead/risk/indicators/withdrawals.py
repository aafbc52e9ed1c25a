"""Money that clients take out, against what they usually take out."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio, trailing_sum, usual
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PROJECT_DEFAULT, TREASURER, Example, Indicator, State, Thresholds

_DAYS, _LOOK_BACK, _GAP = 3, 42, 3


def _measure(facts: Facts) -> Daily:
    table = facts.table("movements")
    out = table.where(table.labels("kind").among("withdrawal"))
    taken = trailing_sum(out.per_day(out.numbers("amount_minor")), _DAYS)
    taken[: _DAYS - 1] = np.nan
    middle, _ = usual(taken, _LOOK_BACK, gap=_GAP, count_min=14)
    return ratio(taken, middle)


def _example(last_days: int) -> Facts:
    cells = [(day, "withdrawal", 1000 if day < 26 else last_days) for day in range(30)]
    return facts_of(30, movements=rows("kind amount_minor", *cells))


INDICATOR = Indicator(
    code="L9.withdrawals",
    family=Family.LIQUIDITY,
    title=Words("Withdrawals against usual", "提现金额与常态之比"),
    formula=Words(
        "withdrawals asked for in 3 days / the median of the same over 42 days up to 3 days ago",
        "近 3 天申请提现金额 ÷ 截至 3 日前 42 天内同口径金额的中位数",
    ),
    unit="x",
    needs=("movements",),
    thresholds=Thresholds(amber=2.5, red=4, confirm_days=2, calm_days=5),
    norm=PROJECT_DEFAULT,
    owner=TREASURER,
    measure=_measure,
    examples=(
        Example(_example(1000), 29, 1, State.GREEN),
        Example(_example(5000), 29, 5, State.RED),
        Example(_example(5000).until(9), 8, None, State.UNKNOWN),
    ),
    window_days=_DAYS,
    coverage_min=1.0,
)
