"""A partner that suddenly refers far more borrowers than it used to."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import trailing_sum, usual
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PARTNERS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

_WEEK, _LOOK_BACK, _GAP = 7, 42, 7


def _measure(facts: Facts) -> Daily:
    table = facts.table("loans")
    applied = table.where(table.labels("state").among("open") & ~table.labels("partner").among(""))
    partner = applied.labels("partner")
    worst = np.full(facts.days, np.nan)
    for code in np.unique(partner.codes):
        weekly = trailing_sum(applied.where(partner.codes == code).per_day(), _WEEK)
        weekly[: _WEEK - 1] = np.nan
        middle, _ = usual(weekly, _LOOK_BACK, gap=_GAP, count_min=14)
        worst = np.fmax(worst, (weekly - middle) / np.sqrt(middle + 1))
    return worst


def _example(last_week: int) -> Facts:
    cells = [(day, "open", company) for day in range(35) for company in ("company:a", "company:b")]
    cells += [(34, "open", "company:b")] * last_week
    return facts_of(35, loans=rows("state partner", *cells))


INDICATOR = Indicator(
    code="H9.referral-jump",
    family=Family.MORAL_HAZARD,
    title=Words("Referrals of one partner jump", "单一合作方引流激增"),
    formula=Words(
        "largest over partners of (loans applied for in 7 days - u) / sqrt(u + 1); u: its median of 42 days before",
        "各合作方中（近 7 天引入贷款申请数 − u）÷ √(u + 1) 的最大值，u 为其此前 42 天的中位数",
    ),
    unit="sigma",
    needs=("loans",),
    thresholds=Thresholds(amber=5, red=8, confirm_days=2, calm_days=7),
    norm=PROJECT_DEFAULT,
    owner=PARTNERS,
    measure=_measure,
    examples=(
        Example(_example(0), 34, 0, State.GREEN),
        Example(_example(20), 34, 20 / 8**0.5, State.GREEN),
        Example(_example(20).until(15), 14, None, State.UNKNOWN),
    ),
    window_days=_WEEK,
    stale_days=7,
)
