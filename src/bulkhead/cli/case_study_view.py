"""A case study as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bulkhead.cli.output import heading, plain_table
from bulkhead.kernel.money import format_minor
from bulkhead.kernel.reasons import Language, Words
from bulkhead.simulation.case_studies.result import CaseResult, Counted, Effect, Estimate, Link, Placebo

LINES_MAX = 8
_SAYS = {
    "worlds": Words(
        "{seeds} seeds, {clients:,} clients, {days} days each; means with 95 % intervals",
        "{seeds} 个种子，每个 {clients:,} 名客户、{days} 天；均值与 95% 置信区间",
    ),
    "effects": Words("Effect", "效果"),
    "without": Words("without", "无机制"),
    "with": Words("with", "有机制"),
    "difference": Words("avoided", "避免"),
    "identified": Words("Identified", "识别率"),
    "delay": Words("Days from its beginning to the first alarm", "从发生到首次预警的天数"),
    "response_cost": Words("Cost of responses and of looking into alarms", "处置与核查成本"),
    "hold_cost": Words("Cost of movements stopped", "拦截交易的成本"),
    "net": Words("Net benefit", "净收益"),
    "extra_net": Words("Net benefit where the mechanism runs anyway", "机制常态运行下的净收益"),
    "told": Words("First to tell", "首先预警"),
    "chain": Words("What set off what (seeds)", "触发关系（种子数）"),
    "without_n": Words("{0} without", "无机制时 {0}"),
    "placebo": Words("The same worlds without the incident", "无事件对照"),
    "false_alarms": Words("Alarms a world", "每个世界的预警数"),
    "false_responses": Words("Responses a world", "每个世界的处置数"),
    "false_cost": Words("What they cost", "误报成本"),
    "same": Words("Control: mechanism off in both twins, the same seed", "对照：双方均关闭机制，同一种子"),
    "other": Words("Control: mechanism off, another seed", "对照：均关闭机制，不同种子"),
    "assumed": Words("Assumed", "假设"),
    "missing": Words("Missing links", "尚缺环节"),
    "noticed": Words("noticed by", "被识别"),
    "triggered": Words("set off", "引发"),
    "answered": Words("answered by", "处置"),
}  # fmt: skip


def show_case(console: Console, result: CaseResult, language: Language) -> None:
    """Print the whole study."""

    def say(key: str) -> str:
        return _SAYS[key][language]

    console.print(heading(result.title[language]))
    console.print(result.story[language])
    shape = say("worlds").format(seeds=len(result.seeds), clients=result.clients, days=result.days)
    console.print(shape, style="dim")
    if result.control is not None:
        for key, effects in (("same", result.control.same_seed), ("other", result.control.other_seed)):
            console.print(heading(say(key)))
            console.print(_effects(effects, language))
        return
    console.print(heading(say("effects")))
    console.print(_effects(result.effects, language))
    console.print(_summary(result, language))
    console.print(heading(say("told")))
    console.print(_counts(result.first_told, language))
    console.print(heading(say("chain")))
    console.print(_chain(result.chain, language))
    if result.placebo is not None:
        console.print(heading(say("placebo")))
        console.print(_placebo(result.placebo, language))
        console.print(_counts(result.placebo.by, language))
    for key, sentences in (("assumed", result.assumptions), ("missing", result.missing)):
        console.print(heading(say(key)))
        listed = plain_table("", "")
        for words in sentences:
            listed.add_row("-", words[language])
        console.print(listed)


def _effects(effects: Sequence[Effect], language: Language) -> Table:
    table = plain_table("", *(_SAYS[key][language] for key in ("without", "with", "difference")), right=(1, 2, 3))
    for effect in effects:
        cells = (effect.bare, effect.guarded, effect.difference)
        table.add_row(effect.title[language], *(_estimate(each, effect.unit, "\n") for each in cells))
    return table


def _summary(result: CaseResult, language: Language) -> Table:
    table = plain_table("", "", right=(1,))
    found = result.identified
    share = Estimate(100 * found.mean, 100 * found.low, 100 * found.high, found.count)
    table.add_row(_SAYS["identified"][language], _estimate(share, "%"))
    if result.delay_days is not None:
        table.add_row(_SAYS["delay"][language], _estimate(result.delay_days, "d"))
    for key, each in (
        ("response_cost", result.response_cost_minor),
        ("hold_cost", result.hold_cost_minor),
        ("net", result.net_minor),
        ("extra_net", result.extra_net_minor),
    ):
        if each is None:
            continue
        table.add_row(_SAYS[key][language], _estimate(each, result.currency))
    return table


def _placebo(placebo: Placebo, language: Language) -> Table:
    table = plain_table("", "", right=(1,))
    table.add_row(_SAYS["false_alarms"][language], _estimate(placebo.false_alarms, ""))
    table.add_row(_SAYS["false_responses"][language], _estimate(placebo.false_responses, ""))
    table.add_row(_SAYS["false_cost"][language], _estimate(placebo.cost_minor, "CNY"))
    return table


def _counts(counts: Sequence[Counted], language: Language) -> Table:
    table = plain_table("", "", "", right=(0,))
    for each in counts[:LINES_MAX]:
        table.add_row(str(each.count), each.title[language], each.code)
    return table


def _chain(links: Sequence[Link], language: Language) -> Table:
    table = plain_table("", "", "", "", right=(0,))
    for kind in ("triggered", "noticed", "answered"):
        for link in [link for link in links if link.kind == kind][:LINES_MAX]:
            bare = "" if link.bare_count is None else f" ({_SAYS['without_n'][language].format(link.bare_count)})"
            table.add_row(
                f"{link.count}{bare}",
                link.cause_title[language],
                _SAYS[kind][language],
                link.effect_title[language],
            )
    return table


def _estimate(estimate: Estimate, unit: str, between: str = " ") -> str:
    """Mean and interval: ``1,200 CNY [900, 1,500]``; in narrow columns one below the other."""
    mean, low, high = (_number(value, unit) for value in _values(estimate))
    return f"{f'{mean} {unit}'.rstrip()}{between}[{low}, {high}]"


def _values(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.mean, estimate.low, estimate.high


def _number(value: float, unit: str) -> str:
    if unit == "CNY":
        return format_minor(round(value / 100) * 100, unit).removesuffix(".00")
    return f"{value:,.1f}" if unit in ("d", "", "%") else f"{value:,.0f}"
