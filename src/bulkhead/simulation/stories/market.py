"""Market: rates rise, and long assets on short funding eat the margin."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import State
from bulkhead.simulation.case_studies.case import Case, Watch

CASE = Case(
    code="market",
    family=Family.MARKET,
    title=Words("Rates rise on a poor allocation", "利率上行与资产配置失当"),
    story=Words(
        "More than half of the platform's own money lies in five-year bonds, funded for weeks. Rates rise, funding "
        "costs follow at once, and the margin is eaten up.",
        "平台自有资金过半投向五年期债券，而融资期限仅数周。利率上行后融资成本立即上升，利差被逐步吞噬。",
    ),
    response=Words(
        "Long assets are moved to short terms as soon as the rates are seen to have left their path.",
        "一旦识别利率脱离原有走势，即将长期资产调整为短期资产。",
    ),
    incidents=("rate-shock",),
    first_day=75,
    watches=(
        Watch("M8.rate-break", 5, "rebalance-assets", 400, State.RED),
        Watch("M9.interest-margin-fall", 3, "rebalance-assets", 400),
    ),
    targeted=frozenset(),
    assumptions=(
        Words(
            "The committee meets within five days of the early warning (three once the margin falls) and moves 40 % "
            "of the long assets; trades settle after two days and are done after ten.",
            "资产负债委员会在预警后五日内（利差已下降时三日内）开会，决定调整四成长期资产；交易两日后交割，十日内完成。",
        ),
    ),
    missing=(
        Words(
            "An allocation proposed under limits: the size of the move is fixed here.",
            "限额约束下的配置建议：本案调整幅度为固定值。",
        ),
        Words(
            "Value at risk and shortfall with backtests, curves, revaluation shocks.",
            "风险价值与预期损失及其回测、收益率曲线、经济价值冲击。",
        ),
        Words("Playbooks and minutes of the committee.", "处置预案与委员会决议留痕。"),
    ),
    days=200,
)
