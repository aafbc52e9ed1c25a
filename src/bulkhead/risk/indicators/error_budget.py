"""How fast the error budget of the services is being spent."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio, trailing_sum
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import IT_RISK, Example, Indicator, Norm, State, Thresholds

ALLOWED = 0.001  # an objective of 99.9 % answered
_DAYS = 3


def _measure(facts: Facts) -> Daily:
    table = facts.table("requests")
    errors = trailing_sum(table.per_day(table.numbers("errors")), _DAYS)
    return ratio(errors, ALLOWED * trailing_sum(table.per_day(table.numbers("requests")), _DAYS))


_COLUMNS = "service requests errors"
INDICATOR = Indicator(
    code="T1.error-budget-burn",
    family=Family.TECHNICAL,
    title=Words("Error budget burn", "错误预算消耗速率"),
    formula=Words(
        "failed requests of three days / 0.1 % of the requests of three days; at 1 a month's budget lasts a month",
        "近三日失败请求数 ÷（近三日请求总数 × 0.1%）；等于 1 时，当月预算恰好用满一个月",
    ),
    unit="x",
    needs=("requests",),
    thresholds=Thresholds(amber=1, red=6),
    norm=Norm(
        Words("Site reliability engineering: burn rates 1 (three days) and 6", "站点可靠性工程（SRE）燃烧率 1 与 6")
    ),
    owner=IT_RISK,
    measure=_measure,
    examples=(
        Example(
            facts_of(2, requests=rows(_COLUMNS, (0, "query", 3000, 0), (1, "query", 7000, 5))), 1, 0.5, State.GREEN
        ),
        Example(
            facts_of(2, requests=rows(_COLUMNS, (0, "query", 5000, 0), (1, "query", 5000, 70))), 1, 7.0, State.RED
        ),
    ),
    window_days=_DAYS,
    coverage_min=0.6,
)  # fmt: skip
