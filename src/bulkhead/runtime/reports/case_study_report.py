"""A case study as a document: the story, what the mechanism changed, why, at what cost, and what it still lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bulkhead.kernel.reasons import Words
from bulkhead.reporting import document as doc
from bulkhead.reporting.values import DAYS, SHARE, Unit
from bulkhead.runtime.reports import case_study_figures as figures
from bulkhead.runtime.reports import case_study_tables as tables
from bulkhead.runtime.reports.case_units import estimate, unit_of
from bulkhead.simulation.case_studies.result import CaseResult, Curve, Effect, Shown
from bulkhead.simulation.case_studies.result import Estimate as CaseEstimate

CURVES_MAX = 6


def case_study_document(result: CaseResult, dated: date) -> doc.Document:
    """The whole report. Pure: the same result gives the same document."""
    number = len(result.seeds)
    return doc.Document(
        f"case-study-{result.code}",
        Words(f"Case study: {result.title.en}", f"案例演练：{result.title.zh}"),
        Words(
            f"Played without and with the mechanism on {number} seeds, {result.clients:,} clients, {result.days} days",
            f"有无机制对照：{number} 个随机种子，{result.clients:,} 名客户，{result.days} 天",
        ),
        Words(f"Simulated institution, case “{result.code}”", f"仿真机构，案例“{result.title.zh}”"),
        dated,
        tuple(_blocks(result)),
    )


def _blocks(result: CaseResult) -> Iterator[doc.Block]:
    yield doc.Heading(Words("The story", "案例经过"))
    yield doc.Paragraph(result.story)
    yield doc.Paragraph(Words(f"Response: {result.response.en}", f"应对：{result.response.zh}"))
    yield key_figures(result)
    yield from _identified(result)
    yield doc.Heading(Words("The response and what it changed", "处置及其效果"))
    if result.shown is not None:
        yield tables.responses(result.currency, result.shown)
        yield figures.losses(result.currency, result.shown)
    yield tables.effects(result)
    yield doc.Heading(Words("Cost and benefit", "成本与收益"))
    balance = figures.cost_and_benefit(result)
    if balance is not None:
        yield balance
    yield from _placebo(result)
    yield doc.Heading(Words("What triggered what", "触发关系"))
    yield tables.chain(result)
    if result.shown is not None:
        yield from _curves(result.shown)
    yield from _control(result)
    yield doc.Heading(Words("Assumptions and missing links", "假设与尚缺环节"))
    yield from (doc.Note(words, "assumption") for words in result.assumptions)
    yield from (doc.Note(words, "missing") for words in result.missing)
    if not result.missing:
        yield doc.Paragraph(Words("No link of the mechanism is named as missing.", "未列出机制尚缺的环节。"))
    yield doc.Heading(Words("Every seed", "逐种子结果"))
    yield tables.seeds(result)


def _identified(result: CaseResult) -> Iterator[doc.Block]:
    yield doc.Heading(Words("What was identified, and when", "识别了什么、何时识别"))
    if result.shown is not None:
        yield figures.timeline(result.title, result.shown)
    caption = Words("What told first", "首次报警来源")
    yield tables.first_told(result.first_told, len(result.seeds), caption)


def key_figures(result: CaseResult) -> doc.KeyFigures:
    """What a reader takes away, each with its interval."""
    found = [
        doc.KeyFigure(
            Words("Seeds in which it was identified", "识别成功的种子占比"),
            estimate(result.identified),
            SHARE,
            tone=_by_sign(result.identified.low - 0.5, result.identified.high - 0.5),
        ),
        doc.KeyFigure(Words("Identified after", "识别用时"), estimate(result.delay_days), DAYS),
    ]
    # The loss as a whole comes first; what it is made of stands in the table. Time out of service is no part of it.
    wholes = [*result.effects[:1], *(effect for effect in result.effects[1:] if effect.unit != result.currency)]
    found += [_avoided(effect) for effect in wholes if effect.bare.mean or effect.guarded.mean]
    money = unit_of(result.currency)
    net = result.net_minor
    found += [
        _figure(Words("Cost of the responses", "处置成本"), result.response_cost_minor, money),
        _figure(Words("Cost of honest movements stopped", "误拦正常业务的成本"), result.hold_cost_minor, money),
        _figure(Words("Net benefit", "净收益"), net, money, _by_sign(net.low, net.high)),
    ]
    return doc.KeyFigures(tuple(found))


def _figure(label: Words, of: CaseEstimate, unit: Unit, tone: doc.Tone = "plain") -> doc.KeyFigure:
    return doc.KeyFigure(label, estimate(of), unit, tone=tone)


def _avoided(effect: Effect) -> doc.KeyFigure:
    label = Words(f"{effect.title.en}: reduced by", f"{effect.title.zh}：减少")
    difference = effect.difference
    return _figure(label, difference, unit_of(effect.unit), _by_sign(difference.low, difference.high))


def _by_sign(low: float, high: float) -> doc.Tone:
    """An effect is only good or bad where its whole interval says so."""
    return "good" if low > 0 else "bad" if high < 0 else "caution"


def _placebo(result: CaseResult) -> Iterator[doc.Block]:
    yield doc.Heading(Words("The mechanism where nothing happens", "无事件时机制的表现"), 2)
    if result.placebo is None:
        yield doc.Note(
            Words("Worlds without the incident were not played.", "未运行无事件的对照世界。"), "missing"
        )
        return
    money, a_seed = unit_of(result.currency), Unit(decimals=2, words=Words("a seed", "次/种子"))
    placebo = result.placebo
    yield doc.KeyFigures(
        (
            _figure(Words("False alarms", "误报"), placebo.false_alarms, a_seed),
            _figure(Words("Responses to nothing", "误处置"), placebo.false_responses, a_seed),
            _figure(Words("Their cost", "相应成本"), placebo.cost_minor, money),
        )
    )
    yield tables.false_alarms(placebo.by)


def _curves(shown: Shown) -> Iterator[doc.Block]:
    if shown.curves:
        yield doc.Heading(Words("The indicators", "风险指标走势"))
    for one in shown.curves[:CURVES_MAX]:
        yield figures.curve(one, shown) if _was_known(one) else _unknown(one)
    left = len(shown.curves) - CURVES_MAX
    if left > 0:
        yield doc.Paragraph(
            Words(f"{left} further indicators are in the data file.", f"另有 {left} 项指标见数据文件。")
        )


def _was_known(one: Curve) -> bool:
    return any(value is not None for value in (*one.bare, *one.guarded))


def _unknown(one: Curve) -> doc.Note:
    return doc.Note(
        Words(
            f"{one.title.en}: unknown on every day, for want of rows; it could raise no alarm.",
            f"{one.title.zh}：因数据不足全程未知，无法报警。",
        ),
        "warning",
    )


def _control(result: CaseResult) -> Iterator[doc.Block]:
    yield doc.Heading(Words("The mechanism switched off", "关闭机制的对照"))
    if result.control is None:
        yield doc.Note(Words("This control was not played.", "未运行该对照。"), "missing")
        return
    yield doc.Points(
        (
            Words(
                "With the mechanism off in both twins of a seed, nothing may differ.",
                "同一种子的两次运行均关闭机制时，结果不应有任何差异。",
            ),
            Words(
                "Between different seeds the difference is noise, around zero.",
                "不同种子之间的差异只是随机波动，应在零附近。",
            ),
        )
    )
    yield tables.control(Words("The same seed twice", "同一种子运行两次"), result.control.same_seed)
    yield tables.control(Words("Different seeds", "不同种子"), result.control.other_seed)
