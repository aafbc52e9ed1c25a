"""A made-up case study in the form in which real ones are stored: thirty seeds of a partner's fraud."""

from __future__ import annotations

import math

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.case_studies.result import (
    SCHEMA,
    Alarm,
    CaseResult,
    Control,
    Counted,
    Curve,
    Effect,
    Estimate,
    Link,
    Placebo,
    SeedRun,
    Shown,
    Side,
    Taken,
)

DAYS_ALL = 180
_DEFAULTS = Words("First-payment defaults by partner", "合作方首期违约率")
_DELIVERY = Words("Late deliveries by partners", "合作方资料延迟率")
_SUSPEND = Words("Suspend the partner", "暂停合作方业务")
_FRAUD = Words("A partner commits fraud", "合作方舞弊")
_LOSS, _DOWN = Words("Loss of clients", "客户损失"), Words("Minutes out of service", "停机时长")


def _run(seed: int) -> SeedRun:
    delay = 28 + seed % 9
    alarms = (
        Alarm(60 + delay, "indicator", "H2.first-payment", _DEFAULTS, "amber", 4.2, "%"),
        Alarm(62 + delay, "indicator", "H2.first-payment", _DEFAULTS, "red", 7.9, "%"),
        Alarm(65 + delay, "indicator", "H5.delivery", _DELIVERY, "amber", 3.0, "d"),
    )
    bare = Side(9_400_000_00 + seed * 31_000_00, 9_400_000_00, seed * 31_000_00, 0, 410_000, 0, 0, 0)
    guarded = Side(
        2_100_000_00 + seed * 11_000_00, 2_100_000_00, seed * 11_000_00, 0, 402_000, 41, 90_000_00, 4_000_00
    )
    taken = Taken(64 + delay, "suspend-partner", _SUSPEND, 1, "H2.first-payment", 120_000_00)
    return SeedRun(seed, 60, alarms[0], delay, alarms, (taken,), bare, guarded, 120_000_00)


def _curve() -> Curve:
    bare = [
        None if day < 30 else 1.1 + 0.3 * math.sin(day / 9) + max(0, day - 80) * 0.11 for day in range(DAYS_ALL)
    ]
    guarded = [
        value if day < 100 or value is None else 1.3 + 0.2 * math.sin(day) for day, value in enumerate(bare)
    ]
    states = tuple("unknown" if v is None else "red" if v > 5 else "amber" if v > 3 else "green" for v in guarded)
    return Curve("H2.first-payment", _DEFAULTS, "%", tuple(bare), tuple(guarded), states, 3.0, 5.0)


def _zero(title: Words, unit: str, spread: float) -> Effect:
    bare = Estimate(1_000_000_00.0, 900_000_00.0, 1_100_000_00.0, 30)
    return Effect("x", title, unit, bare, bare, Estimate(0.0, -spread, spread, 30))


def sample_case(seeds: int = 30) -> CaseResult:
    """The same for the same number of seeds."""
    runs = tuple(_run(seed) for seed in range(1, seeds + 1))
    loss = [round(9_400_000_00 * max(0, day - 60) ** 1.3 / 120**1.3) for day in range(DAYS_ALL)]
    kept = [loss[min(day, 96)] for day in range(DAYS_ALL)]
    effect = Effect(
        "loss",
        _LOSS,
        "CNY",
        Estimate(9_880_500_00.0, 9_700_000_00.0, 10_060_000_00.0, seeds),
        Estimate(2_270_500_00.0, 2_190_000_00.0, 2_350_000_00.0, seeds),
        Estimate(7_610_000_00.0, 7_420_000_00.0, 7_800_000_00.0, seeds),
    )
    still = Effect("down", _DOWN, "min", *(Estimate(0.0, 0.0, 0.0, seeds),) * 3)
    return CaseResult(
        schema=SCHEMA,
        code="moral-hazard",
        family="moral-hazard",
        title=_FRAUD,
        story=Words(
            "A guarantor that brings loans begins to forge the borrowers behind them. The first payments come from its"
            " own money; then they stop, and clients who lent are not paid.",
            "一家兼做导流的担保公司开始虚构借款人。最初几期由其垫付，随后断供，出借客户收不到还款。",
        ),
        response=Words("The partner is suspended and its guarantee called.", "暂停该合作方并启动代偿。"),
        currency="CNY",
        clients=2_000,
        days=DAYS_ALL,
        seeds=tuple(run.seed for run in runs),
        assumptions=(
            Words("People act four days after an alarm.", "报警后四天内采取处置措施。"),
            Words("Nothing is recovered from the partner.", "不考虑向合作方追偿。"),
        ),
        missing=(Words("Recovery from guarantors is not simulated.", "尚未模拟向担保方追偿。"),),
        identified=Estimate(1.0, 0.88, 1.0, seeds),
        delay_days=Estimate(31.7, 30.6, 32.8, seeds),
        effects=(effect, still),
        response_cost_minor=Estimate(120_000_00.0, 120_000_00.0, 120_000_00.0, seeds),
        hold_cost_minor=Estimate(4_000_00.0, 3_100_00.0, 5_200_00.0, seeds),
        net_minor=Estimate(7_486_000_00.0, 7_290_000_00.0, 7_680_000_00.0, seeds),
        first_told=(Counted("H2.first-payment", _DEFAULTS, "indicator", seeds),),
        chain=(
            Link("partner-fraud", "H2.first-payment", _FRAUD, _DEFAULTS, "noticed", seeds, None),
            Link("H2.first-payment", "suspend-partner", _DEFAULTS, _SUSPEND, "answered", seeds, None),
            Link("partner-fraud", "run", _FRAUD, Words("A run on withdrawals", "集中提现"), "triggered", 7, 19),
        ),
        placebo=Placebo(
            Estimate(0.2, 0.07, 0.37, seeds),
            Estimate(0.1, 0.0, 0.23, seeds),
            Estimate(12_000_00.0, 0.0, 28_000_00.0, seeds),
            (Counted("H5.delivery", _DELIVERY, "indicator", 6),),
        ),
        control=Control((_zero(_LOSS, "CNY", 0.0),), (_zero(_LOSS, "CNY", 210_000_00.0),)),
        shown=Shown(runs[len(runs) // 2], "2026-01-01", tuple(loss), tuple(kept), (_curve(),)),
        runs=runs,
    )
