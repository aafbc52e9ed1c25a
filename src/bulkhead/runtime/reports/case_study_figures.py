"""The pictures of a case study: what was seen when, losses day by day, what it brought and cost, each indicator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.document import Figure
from bulkhead.reporting.figures import Axis, BarRow, Bars, Event, Line, Lines, Sign, Timeline
from bulkhead.reporting.values import DATE
from bulkhead.runtime.reports.case_units import unit_of
from bulkhead.simulation.case_studies.result import Alarm, CaseResult, Curve, Estimate, Shown

WITHOUT, WITH = Words("without the mechanism", "无机制"), Words("with the mechanism", "有机制")
_DAY = Axis(Words("Day", "日期"), DATE)
_HAPPENED, _IDENTIFIED, _ANSWERED = (
    Words("Incident", "事件"),
    Words("Identified", "识别"),
    Words("Response", "处置"),
)
_BEGAN = Words("it begins", "事件开始")
_LEVEL_TONES = {"amber": "warn", "red": "alarm", "hold": "warn", "decline": "alarm"}
EVENTS_MAX = 14  # of alarms on the timeline: the first of each code
SIGNS_MAX = 4


def day_zero(shown: Shown) -> int:
    """Day 0 of the seed shown, in days since 1970-01-01."""
    return (date.fromisoformat(shown.first_date) - date(1970, 1, 1)).days


def timeline(title: Words, shown: Shown) -> Figure:
    """What happened, what told of it and what was done, in the seed shown."""
    first, run, last = day_zero(shown), shown.run, len(shown.bare_loss_minor) - 1
    events = [Event(_HAPPENED, first + run.began_day, title, first + last, "alarm")]
    for alarm in first_alarms(run.alarms)[:EVENTS_MAX]:
        tone = _LEVEL_TONES.get(alarm.level, "notice")
        events.append(Event(_IDENTIFIED, first + alarm.day, alarm.title, tone=tone))
    events += [
        Event(_ANSWERED, first + taken.day, taken.title, first + last, "ok")
        for taken in run.responses[:EVENTS_MAX]
    ]
    return Figure(
        Words("What was identified when, and what was done", "何时识别、如何处置"),
        Timeline(_DAY, tuple(events)),
        Words(
            f"Seed {run.seed}, whose loss avoided is the median of all. Of each alarm the first is shown: amber or on"
            " hold in orange, red or declined in red.",
            f"种子 {run.seed}（避免损失处于中位的一次运行）。每类报警仅示首次："
            "黄色报警或暂缓为橙色，红色报警或拒绝为红色。",
        ),
    )


def first_alarms(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Of each alarm the first of its level, by day."""
    firsts: dict[tuple[str, str], Alarm] = {}
    for alarm in sorted(alarms, key=lambda alarm: (alarm.day, alarm.code)):
        firsts.setdefault((alarm.code, alarm.level), alarm)
    return list(firsts.values())


def losses(currency: str, shown: Shown) -> Figure:
    """Loss so far, day by day, of both twins of the seed shown."""
    first = day_zero(shown)
    lines = (
        Line(WITHOUT, _points(shown.bare_loss_minor, first), tone="warn", dashed=True),
        Line(WITH, _points(shown.guarded_loss_minor, first), tone="notice"),
    )
    chart = Lines(_DAY, Axis(Words("Loss so far", "累计损失"), unit_of(currency)), lines, _signs(shown, first))
    return Figure(Words("Losses day by day", "损失逐日累计"), chart)


def cost_and_benefit(result: CaseResult) -> Figure | None:
    """Loss avoided, what it cost and what remains, with intervals over all seeds."""
    avoided = next((effect.difference for effect in result.effects if effect.unit == result.currency), None)
    if avoided is None:
        return None
    labels = (
        Words("Loss avoided", "避免的损失"),
        Words("Cost of the responses", "处置成本"),
        Words("Cost of honest movements stopped", "误拦正常业务的成本"),
        Words("Net benefit", "净收益"),
    )
    parts = (avoided, _less(result.response_cost_minor), _less(result.hold_cost_minor), result.net_minor)
    row = BarRow(
        Words("mean over seeds", "各种子均值"),
        tuple(part.mean for part in parts),
        tuple(part.low for part in parts),
        tuple(part.high for part in parts),
    )
    note = Words("Whiskers: 95 % interval over seeds.", "横线为各种子的 95% 区间。")
    return Figure(
        Words("What it brought and what it cost", "收益与成本对比"),
        Bars(Axis(Words("Mean of a seed", "每个种子均值"), unit_of(result.currency)), labels, (row,)),
        note,
    )


def curve(one: Curve, shown: Shown) -> Figure:
    """One indicator in both twins, with the lines beyond which it is amber or red."""
    first, unit = day_zero(shown), unit_of(one.unit)
    last = first + max(len(one.bare), len(one.guarded)) - 1
    lines = [
        Line(WITHOUT, _points(one.bare, first), tone="warn", dashed=True),
        Line(WITH, _points(one.guarded, first), tone="notice"),
        Line(Words("red line", "红线"), ((first, one.red), (last, one.red)), tone="alarm"),
    ]
    if one.amber is not None:
        lines.append(Line(Words("amber line", "黄线"), ((first, one.amber), (last, one.amber)), tone="plain"))
    return Figure(one.title, Lines(_DAY, Axis(one.title, unit), tuple(lines), from_zero=False, low=True))


def _less(cost: Estimate) -> Estimate:
    return Estimate(-cost.mean, -cost.high, -cost.low, cost.count)


def _points(values: Sequence[float | None], first: int) -> tuple[tuple[float, float | None], ...]:
    return tuple((first + day, value) for day, value in enumerate(values))


def _signs(shown: Shown, first: int) -> tuple[Sign, ...]:
    run = shown.run
    signs = [Sign(first + run.began_day, _BEGAN, "alarm")]
    if run.identified is not None:
        signs.append(Sign(first + run.identified.day, run.identified.title, "notice"))
    signs += [Sign(first + taken.day, taken.title, "ok") for taken in run.responses]
    return tuple(signs[:SIGNS_MAX])
