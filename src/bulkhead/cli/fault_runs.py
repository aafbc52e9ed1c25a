"""``bulkhead fault-runs``: the engine through seeded bad days; a failing seed is a one-line reproduction."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from bulkhead.cli.output import AsJson, InLanguage, console, errors, language_of, plain_table, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.fault_runs.campaign import SEEDS_MAX, Campaign, one_line, parts_of, play_many
from bulkhead.runtime.fault_runs.mutants import MUTANTS
from bulkhead.runtime.fault_runs.playing import Played, play

_SHOWN_MAX = 5
_RUNS = Words("{0} runs in {1} s ({2} a second)", "{0} 次运行，用时 {1} 秒（每秒 {2} 次）")
_FIGURES = (
    ("engines", Words("engines begun", "启动的引擎")),
    ("crashes", Words("of them crashed or failed", "其中崩溃或失败")),
    ("leaves", Words("journal leaves", "日志条数")),
    ("acknowledged", Words("acknowledged to callers", "已向调用方确认")),
    ("sent_again", Words("sent again", "重复发送")),
)
_SOUND = Words(
    "Nothing acknowledged is lost or doubled; no invariant breaks.", "已确认的无一丢失或重复；所有不变量成立。"
)
_ONE_SOUND = Words("sound", "无异常")
_BROKEN = Words("Broken in {0} of {1} runs:", "{1} 次运行中有 {0} 次出错：")
_CAUGHT = Words("The planted bug is caught:", "植入的错误已被发现：")
_MISSED = Words("The planted bug has survived all these runs.", "植入的错误在全部运行中未被发现。")


def register(app: typer.Typer) -> None:
    app.command("fault-runs")(fault_runs)


def fault_runs(
    seeds: Annotated[str, typer.Option(help="From this seed up to, not with, that one.")] = "0:300",
    seed: Annotated[int | None, typer.Option(min=0, help="This one alone.")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Print the steps of the one run.")] = False,
    mutant: Annotated[str, typer.Option(help="Plant this bug; 'list' names them all.")] = "",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes to run them in.")] = 1,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Crash, tear, fill, drop, jump, lose, double and fight, by seed; then check that all that was promised holds."""
    language = language_of(lang)
    if mutant == "list":
        return _list_mutants(language, as_json=json)
    if seed is not None:
        return _show_one(play(seed, parts_of(mutant)), mutant, language, trace=trace, as_json=json)
    if trace:
        raise BadInput("A trace is of one run: name it with --seed.")
    chosen = _range(seeds)
    parts_of(mutant)
    if not json:
        errors.print(f"bulkhead fault-runs --seeds {seeds}", style="dim")
    campaign = play_many(chosen, mutant=mutant, jobs=jobs)
    if json:
        print_json(campaign.as_dict())
    else:
        _show(campaign, mutant, language)
    return 1 if campaign.broken else 0


def _range(text: str) -> range:
    match = re.fullmatch(r"(\d{1,15}):(\d{1,15})", text)
    if match is None:
        raise BadInput(f"Seeds are given as FIRST:END, such as 0:300, not as {text[:40]!r}.")
    first, end = int(match[1]), int(match[2])
    if not 0 < end - first <= SEEDS_MAX:
        raise BadInput(f"{text} are {end - first:,} runs; ask for 1 to {SEEDS_MAX:,}.")
    return range(first, end)


def _show_one(played: Played, mutant: str, language: Language, *, trace: bool, as_json: bool) -> int:
    if as_json:
        steps = {"steps": list(played.steps)} if trace else {}
        print_json({"seed": played.seed, "broken": played.broken, "faults": dict(played.faults), **steps})
    else:
        for step in played.steps if trace else ():
            console.print(step, markup=False, soft_wrap=True)
        verdict = played.broken or _ONE_SOUND[language]
        console.print(f"{one_line(played.seed, mutant)}: {verdict}", markup=False, soft_wrap=True)
    return 1 if played.broken else 0


def _show(campaign: Campaign, mutant: str, language: Language) -> None:
    speed = campaign.runs / campaign.seconds if campaign.seconds else 0.0
    console.print(_RUNS[language].format(f"{campaign.runs:,}", f"{campaign.seconds:.1f}", f"{speed:.1f}"))
    table = plain_table("", "", right=(1,))
    for name, words in _FIGURES:
        table.add_row(words[language], f"{getattr(campaign, name):,}")
    for kind, count in campaign.faults.most_common():
        table.add_row(f"  {kind}", f"{count:,}")
    console.print(table)
    if not campaign.broken:
        console.print((_MISSED if mutant else _SOUND)[language])
        return
    heading = _CAUGHT[language] if mutant else _BROKEN[language].format(len(campaign.broken), campaign.runs)
    console.print(heading, style="bold")
    for seed, what in list(campaign.broken.items())[:_SHOWN_MAX]:
        console.print(f"{one_line(seed, mutant)}   # {what}", markup=False, soft_wrap=True)


def _list_mutants(language: Language, *, as_json: bool) -> int:
    if as_json:
        print_json({name: one.what.as_dict() for name, one in MUTANTS.items()})
        return 0
    table = plain_table("", "")
    for name, one in MUTANTS.items():
        table.add_row(name, one.what[language])
    console.print(table)
    return 0
