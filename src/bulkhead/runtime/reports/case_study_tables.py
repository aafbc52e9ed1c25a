"""The tables of a case study: effects, what told first, what triggered what, responses, controls, every seed."""

from __future__ import annotations

from datetime import date, timedelta

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.document import Column, Table
from bulkhead.reporting.values import COUNT, DAYS, SHARE, Quantity, Value
from bulkhead.runtime.reports.case_units import estimate, unit_of
from bulkhead.simulation.case_studies.result import CaseResult, Counted, Effect, Shown

_KINDS = {
    "triggered": Words("triggered", "引发"),
    "noticed": Words("was noticed by", "触发报警"),
    "answered": Words("was answered by", "触发处置"),
}
_WITHOUT, _WITH = Words("Without", "无机制"), Words("With", "有机制")
_SOURCES = {"indicator": Words("indicator", "风险指标"), "rule": Words("rule", "规则")}


def effects(result: CaseResult) -> Table:
    """Each measure without and with the mechanism, and the difference, paired by seed."""
    columns = (
        Column(Words("Measure", "衡量项"), wide=True),
        *(Column(title, right=True) for title in (_WITHOUT, _WITH, Words("Difference", "差异"))),
    )
    rows: list[tuple[Value, ...]] = [(effect.title, *_sides(effect)) for effect in result.effects]
    return Table(
        columns, tuple(rows), Words("Mean of a seed, with its 95 % interval", "每个种子的均值及 95% 区间")
    )


def _sides(effect: Effect) -> tuple[Quantity, ...]:
    return tuple(
        Quantity(estimate(of), unit_of(effect.unit)) for of in (effect.bare, effect.guarded, effect.difference)
    )


def control(title: Words, of: tuple[Effect, ...]) -> Table:
    """Differences that ought to be zero, or only noise."""
    rows = tuple((effect.title, _sides(effect)[-1]) for effect in of)
    return Table(
        (Column(Words("Measure", "衡量项"), wide=True), Column(Words("Difference", "差异"), right=True)),
        rows,
        title,
    )


def first_told(counted: tuple[Counted, ...], seeds: int, caption: Words) -> Table:
    """How often what was first to tell."""
    columns = (
        Column(Words("What told", "报警来源"), wide=True),
        Column(Words("Kind", "类型")),
        Column(Words("Seeds", "种子数"), COUNT),
        Column(Words("Share", "占比"), SHARE),
    )
    rows = tuple((one.title, _source(one), one.count, one.count / max(1, seeds)) for one in counted)
    return Table(columns, rows, caption, Words("Nothing told of it in any seed.", "所有种子均未报警。"))


def false_alarms(counted: tuple[Counted, ...]) -> Table:
    """What told of an incident that there was not, over all seeds."""
    columns = (
        Column(Words("What told", "报警来源"), wide=True),
        Column(Words("Kind", "类型")),
        Column(Words("Alarms", "报警次数"), COUNT),
    )
    rows = tuple((one.title, _source(one), one.count) for one in counted)
    empty = Words("There was no false alarm in any seed.", "所有种子均无误报。")
    return Table(columns, rows, Words("What told of nothing", "误报来源"), empty)


def _source(one: Counted) -> Words:
    return _SOURCES.get(one.source, Words(one.source, one.source))


def chain(result: CaseResult) -> Table:
    """What set off what, over all seeds."""
    columns = (
        Column(Words("Cause", "起因"), wide=True),
        Column(Words("What it did", "关系")),
        Column(Words("Effect", "结果"), wide=True),
        Column(Words("Seeds with", "有机制种子数"), COUNT),
        Column(Words("Seeds without", "无机制种子数"), COUNT),
    )
    rows = tuple(
        (
            link.cause_title,
            _KINDS.get(link.kind, Words(link.kind, link.kind)),
            link.effect_title,
            link.count,
            link.bare_count,
        )
        for link in result.chain
    )
    return Table(columns, rows, Words("Over all seeds", "全部种子合计"))


def responses(currency: str, shown: Shown) -> Table:
    """What was done in the seed shown."""
    run, first = shown.run, date.fromisoformat(shown.first_date)
    titles = {alarm.code: alarm.title for alarm in run.alarms}
    columns = (
        Column(Words("From", "生效日")),
        Column(Words("Response", "处置措施"), wide=True),
        Column(Words("Size", "力度"), COUNT),
        Column(Words("Because of", "依据")),
        Column(Words("Cost", "成本"), unit_of(currency)),
    )
    rows = tuple(
        (
            (first + timedelta(days=taken.day)).isoformat(),
            _in_vain(taken.title) if taken.in_vain else taken.title,
            taken.size,
            titles.get(taken.because, taken.because),
            taken.cost_minor,
        )
        for taken in run.responses
    )
    empty = Words("Nothing was done: there was no alarm to act on.", "未采取处置：没有可依据的报警。")
    return Table(columns, rows, Words(f"Responses in seed {run.seed}", f"种子 {run.seed} 的处置措施"), empty)


def _in_vain(title: Words) -> Words:
    return Words(f"{title.en} (in vain: nobody to hit yet)", f"{title.zh}（误伤：当时尚无责任方）")


def seeds(result: CaseResult) -> Table:
    """Every seed, for those who want to count again."""
    money = unit_of(result.currency)
    columns = (
        Column(Words("Seed", "种子")),
        Column(Words("Told by", "首次报警"), wide=True),
        Column(Words("After", "用时"), DAYS),
        *(
            Column(title, money)
            for title in (_WITHOUT, _WITH, Words("Avoided", "避免的损失"), Words("Net", "净收益"))
        ),
    )
    rows = tuple(
        (
            str(run.seed),
            run.identified.title if run.identified else None,
            run.delay_days,
            run.bare.loss_minor,
            run.guarded.loss_minor,
            run.avoided_minor,
            run.net_minor,
        )
        for run in result.runs
    )
    return Table(columns, rows, Words("Loss of every seed", "每个种子的损失"))
