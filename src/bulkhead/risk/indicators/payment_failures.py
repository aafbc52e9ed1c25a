"""Payments that fail for technical reasons."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import IT_RISK, PROJECT_DEFAULT, Example, Indicator, State, Thresholds


def _measure(facts: Facts) -> Daily:
    table = facts.table("requests")
    payments = table.where(table.labels("service").among("payments"))
    return 100 * ratio(
        payments.per_day(payments.numbers("errors")), payments.per_day(payments.numbers("requests"))
    )


_COLUMNS = "service requests errors"
INDICATOR = Indicator(
    code="T4.payment-failures",
    family=Family.TECHNICAL,
    title=Words("Payments that fail", "支付失败率"),
    formula=Words(
        "failed requests to payments / all requests to payments, of the day",
        "当日支付服务失败请求数 ÷ 当日支付服务请求总数",
    ),
    unit="%",
    needs=("requests",),
    thresholds=Thresholds(amber=0.1, red=0.5),
    norm=PROJECT_DEFAULT,
    owner=IT_RISK,
    measure=_measure,
    examples=(
        Example(facts_of(1, requests=rows(_COLUMNS, (0, "payments", 5000, 2))), 0, 0.04, State.GREEN),
        Example(
            facts_of(1, requests=rows(_COLUMNS, (0, "payments", 600, 3), (0, "payments", 400, 4), (0, "query", 9, 9))),
            0,
            0.7,
            State.RED,
        ),
        Example(facts_of(1, requests=rows(_COLUMNS, (0, "query", 900, 0))), 0, None, State.UNKNOWN),
    ),
)  # fmt: skip
