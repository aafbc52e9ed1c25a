"""The margin between what the platform's own money earns and what its funding costs, against its own past."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import usual
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PROJECT_DEFAULT, TREASURER, Example, Indicator, State, Thresholds
from bulkhead.risk.treasury import side_rate_bp

_LOOK_BACK, _GAP = 40, 5


def _measure(facts: Facts) -> Daily:
    margin = side_rate_bp(facts, "asset") - side_rate_bp(facts, "funding")
    middle, _ = usual(margin, _LOOK_BACK, gap=_GAP, count_min=15)
    return margin - middle


def _example(funding_rates: list[int]) -> Facts:
    cells = [(day, "asset", 900, 50_000) for day in range(len(funding_rates))]
    cells += [(day, "funding", 800, rate) for day, rate in enumerate(funding_rates)]
    return facts_of(len(cells) // 2, treasury=rows("side amount_minor rate", *cells))


INDICATOR = Indicator(
    code="M9.interest-margin-fall",
    family=Family.MARKET,
    title=Words("Interest margin against its own past", "利差较前期变动"),
    formula=Words(
        "(average yield of assets - average cost of funding) - the median of the same over 40 days up to 5 days ago",
        "（资产加权收益率 − 融资加权成本）− 截至 5 日前 40 天内该利差的中位数",
    ),
    unit="bp",
    needs=("treasury",),
    thresholds=Thresholds(amber=-10, red=-30, worse_above=False, confirm_days=2, calm_days=5),
    norm=PROJECT_DEFAULT,
    owner=TREASURER,
    measure=_measure,
    examples=(
        Example(_example([20_000] * 25), 24, 0, State.GREEN),
        Example(_example([20_000] * 22 + [22_000, 22_000]), 23, -20, State.AMBER),
        Example(_example([20_000] * 5), 4, None, State.UNKNOWN),
    ),
    window_days=_LOOK_BACK + _GAP,
    coverage_min=0.5,
    stale_days=4,
)
