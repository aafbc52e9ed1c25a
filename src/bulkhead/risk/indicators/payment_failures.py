"""Payments that fail for technical reasons."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import proven_share
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import IT_RISK, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

SIGMAS = 3.0


def _measure(facts: Facts) -> Daily:
    table = facts.table("requests")
    payments = table.where(table.labels("service").among("payments"))
    failed, asked = (payments.per_day(payments.numbers(name)) for name in ("errors", "requests"))
    return 100 * proven_share(failed, asked, SIGMAS)


def _proven(failed: int, asked: int) -> float:
    return float(100 * proven_share(np.array([float(failed)]), np.array([float(asked)]), SIGMAS)[0])


_COLUMNS = "service requests errors"
INDICATOR = Indicator(
    code="T4.payment-failures",
    family=Family.TECHNICAL,
    title=Words("Payments that fail", "支付失败率"),
    formula=Words(
        "failed requests to payments / all of the day, lower bound at three standard deviations (Wilson)",
        "当日支付服务失败请求数 ÷ 请求总数，取三倍标准差的 Wilson 下限",
    ),
    unit="%",
    needs=("requests",),
    thresholds=Thresholds(amber=0.1, red=0.5),
    norm=PROJECT_DEFAULT,
    owner=IT_RISK,
    measure=_measure,
    examples=(
        Example(facts_of(1, requests=rows(_COLUMNS, (0, "payments", 5000, 2))), 0, _proven(2, 5000), State.GREEN),
        Example(
            facts_of(1, requests=rows(_COLUMNS, (0, "payments", 10_000, 70), (0, "query", 9, 9))),
            0,
            _proven(70, 10_000),
            State.AMBER,
        ),
        Example(facts_of(1, requests=rows(_COLUMNS, (0, "query", 900, 0))), 0, None, State.UNKNOWN),
    ),
)  # fmt: skip
