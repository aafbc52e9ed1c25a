"""``bulkhead evaluate TASK``: one honest evaluation, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import isnan
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.text import Text

from bulkhead.cli.output import AsJson, InLanguage, console, errors, language_of, plain_table, print_json
from bulkhead.decision.rule_set import default_rule_set
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language, Words
from bulkhead.simulation.scoring.detection import (
    ENGINE_SEES,
    EXPECTED_RECALL,
    FALSE_ALARMS_A_DAY,
    Size,
    incident_kinds,
    score_worlds,
)
from bulkhead.simulation.scoring.intervals import mean_interval
from bulkhead.simulation.scoring.scores import KindScore, WorldScore, kinds

TASKS = ("incidents",)
_COLUMNS = (
    Words("incident, first seen by", "事件，最先命中的规则"),
    Words("ours", "应识别"),
    Words("found", "识别"),
    Words("recall, 95 %", "召回率 95% 区间"),
    Words("hours", "小时"),
    Words("saved", "挽回"),
)
_YES = Words("yes", "是")
_FALSE = Words(
    "False alarms a day for 100,000 clients: {0:.1f} ({1:.1f} to {2:.1f}); {3:.0%} of alarms were true. An alarm is "
    "one client on one day; the first month of a world is not counted. Movements in all: {4:,}, worlds: {5}; "
    "all simulated.",
    "每十万客户每日误报 {0:.1f} 次（{1:.1f} 至 {2:.1f}）；预警中 {3:.0%} 属实。同一客户同一天计一次预警，首月不计。"
    "共 {4:,} 笔资金变动、{5} 个世界，均为模拟数据。",
)
_BLAME = Words("False alarms by rule: {0}", "各规则的误报：{0}")
_OURS = Words(
    "ours: what custody and the first rules have to see; the others need what is yet to be built.",
    "应识别：存管校验与现有规则应当发现的事件；其余有待后续功能。",
)
_SHORT = Words("Found too rarely: {0}.", "识别率不足：{0}。")


def register(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate)


def evaluate(
    task: Annotated[str, typer.Argument(help="incidents: the shipped rules against simulated incidents.")],
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="How many worlds.")] = 20,
    first_seed: Annotated[int, typer.Option(min=0, help="Seed of the first world.")] = 1,
    clients: Annotated[int, typer.Option(min=1_000, max=200_000, help="How many people live in each.")] = 100_000,
    days: Annotated[int, typer.Option(min=60, max=3_660, help="How many days each lasts.")] = 90,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Worlds at a time.")] = 2,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Play every kind of incident in many worlds and print what was found, how soon, and how many were called in vain.

    Exit 1: a kind that the engine ought to see was found too rarely, or too many alarms were false.
    """
    if task not in TASKS:
        raise BadInput(f"There is no task {task[:40]!r}; there are: {', '.join(TASKS)}.")
    language, worlds = language_of(lang), []
    for world in score_worlds(
        range(first_seed, first_seed + seeds), Size(clients, days), default_rule_set().text, processes
    ):
        worlds.append(world)
        if not json and errors.is_terminal:
            errors.print(f"{len(worlds)}/{seeds}", style="dim", end="\r")
    result = kinds(worlds)
    if json:
        print_json(_record(result, worlds))
    else:
        _show(result, worlds, language)
    return 1 if _short_of(result) or _false(worlds)[0] > FALSE_ALARMS_A_DAY else 0


def _short_of(result: list[KindScore]) -> list[str]:
    """Kinds that the engine ought to see and sees too rarely."""
    return [k.code for k in result if k.code in ENGINE_SEES and k.found < EXPECTED_RECALL * k.played]


def _false(worlds: list[WorldScore]) -> tuple[float, float, float]:
    """False alarms a day for 100,000 clients: mean over worlds and 95 % interval."""
    return mean_interval(_array(world.false_per_day for world in worlds))


def _precision(worlds: list[WorldScore]) -> tuple[float, float, float]:
    shares = (w.true_alarms / max(1, w.true_alarms + w.false_alarms) for w in worlds)
    return mean_interval(_array(shares))


def _array(values: Iterable[float]) -> NDArray[np.float64]:
    return np.fromiter(values, np.float64)


def _show(result: list[KindScore], worlds: list[WorldScore], language: Language) -> None:
    known = incident_kinds()
    table = plain_table(*(words[language] for words in _COLUMNS), right=(2, 4, 5))
    for column in table.columns[1:]:
        column.no_wrap = True
    for each in result:
        seen_by = (f"\n{each.by[0]}", "dim") if each.by else ""
        table.add_row(
            Text.assemble(known[each.code].title[language], seen_by),
            _YES[language] if each.code in ENGINE_SEES else "",
            f"{each.found}/{each.played}",
            f"{each.recall[0]:.0%} - {each.recall[1]:.0%}",
            "" if isnan(each.delay_h) else f"{each.delay_h:,.1f}",
            "" if isnan(each.saved[0]) else f"{each.saved[0]:.0%}",
        )
    console.print(table)
    (mean, low, high), (precision, *_) = _false(worlds), _precision(worlds)
    movements = sum(world.movements for world in worlds)
    console.print()
    console.print(_FALSE[language].format(mean, low, high, precision, movements, len(worlds)))
    blame = _blame(worlds)
    if blame:
        by_rule = ", ".join(f"{name} {count:,.2f}" for name, count in blame[:12])
        console.print(_BLAME[language].format(by_rule))
    console.print(_OURS[language], style="dim")
    if short := _short_of(result):
        console.print(_SHORT[language].format(", ".join(short)), style="red")


def _blame(worlds: list[WorldScore]) -> list[tuple[str, float]]:
    """Rule -> its false alarms a day for 100,000 clients, most first."""
    total: Counter[str] = Counter()
    for world in worlds:
        total.update(dict(world.false_by))
    client_days = sum(world.clients * world.days for world in worlds)
    return [(name, count * 100_000 / client_days) for name, count in total.most_common()]


def _record(result: list[KindScore], worlds: list[WorldScore]) -> dict[str, Any]:
    metrics = [
        {
            "metric": f"recall_{each.code}",
            "unit": "share",
            "ours": each.found / each.played,
            "low": each.recall[0],
            "high": each.recall[1],
            "references": {},
        }
        for each in result
    ]
    for name, unit, (ours, low, high) in (
        ("false_alarms_per_day", "alarms/day for 100,000 clients", _false(worlds)),
        ("precision", "share", _precision(worlds)),
    ):
        metrics.append({"metric": name, "unit": unit, "ours": ours, "low": low, "high": high, "references": {}})
    details = [
        {
            "code": each.code,
            "expected": each.code in ENGINE_SEES,
            "played": each.played,
            "found": each.found,
            "median_hours": None if isnan(each.delay_h) else each.delay_h,
            "saved": None if isnan(each.saved[0]) else each.saved,
            "by": each.by,
        }
        for each in result
    ]
    return {"name": "incidents", "metrics": metrics, "kinds": details, "false_alarms_by": dict(_blame(worlds))}
