"""What a rise of rates would take from a year's interest income, as the platform stands today."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import TREASURER, Example, Indicator, Norm, State, Thresholds
from bulkhead.risk.treasury import side

SHOCK = 0.025  # 250 basis points, the parallel shock for the yuan
_YEAR_DAYS = 365


def _measure(facts: Facts) -> Daily:
    lost = SHOCK * (_repriced(facts, "funding") - _repriced(facts, "asset"))
    amounts = [
        each.per_day(each.numbers("amount_minor")) for each in (side(facts, "asset"), side(facts, "funding"))
    ]
    return 100 * ratio(lost, amounts[0] - amounts[1])


def _repriced(facts: Facts, name: str) -> Daily:
    """float64[days]: the amount times the share of the coming year for which it carries the new rate."""
    held = side(facts, name)
    share = np.maximum(0.0, 1 - held.numbers("reprices_in_days") / _YEAR_DAYS)
    return held.per_day(held.numbers("amount_minor") * share)


_COLUMNS = "side amount_minor reprices_in_days"
INDICATOR = Indicator(
    code="M5.repricing-gap",
    family=Family.MARKET,
    title=Words("Interest income lost if rates rise", "利率上行时净利息收入损失"),
    formula=Words(
        "2.5 % x (funding - assets, each by the share of the coming year after its repricing) / (assets - funding)",
        "2.5% ×（融资 − 资产，均按未来一年内重定价后所占时间加权）÷（资产 − 融资）",
    ),
    unit="%",
    needs=("treasury",),
    thresholds=Thresholds(amber=2.5, red=5, calm_days=5),
    norm=Norm(
        Words(
            "EBA outlier test on net interest income; shock for the yuan from EU 2024/856",
            "欧洲银行管理局净利息收入异常值测试；人民币冲击幅度取自欧盟 2024/856 号条例",
        )
    ),
    owner=TREASURER,
    measure=_measure,
    examples=(
        Example(
            facts_of(1, treasury=rows(_COLUMNS, (0, "asset", 1000, 0), (0, "funding", 600, 0))), 0, -2.5, State.GREEN
        ),
        Example(
            facts_of(1, treasury=rows(_COLUMNS, (0, "asset", 1000, 900), (0, "funding", 600, 73))), 0, 3, State.AMBER
        ),
        Example(facts_of(1, treasury=rows(_COLUMNS, (0, "funding", 600, 73))), 0, None, State.UNKNOWN),
    ),
    stale_days=4,
)  # fmt: skip
