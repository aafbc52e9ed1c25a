"""``bulkhead doctor``: does everything this installation needs work, and if not, what is to be done."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.text import Text

from bulkhead.cli.output import AsJson, InLanguage, console, language_of, plain_table, print_json
from bulkhead.cli.words import say, term
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.doctor import Finding, State, examine
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.warming import warm

_MARKS = {State.OK: ("✓", "bold green"), State.WARN: ("!", "bold yellow"), State.FAIL: ("✗", "bold red")}


def register(app: typer.Typer) -> None:
    app.command("doctor")(examine_installation)


def examine_installation(
    warm_up: Annotated[
        bool, typer.Option("--warm", help="Also compile what is compiled, so that no later command waits for it.")
    ] = False,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Examine this installation; exit 1 when something fails. Warnings are for somebody to look at."""
    findings = list(examine(load_settings()))
    if warm_up:
        findings.append(_warmed())
    worst = max(findings, key=lambda finding: list(State).index(finding.state)).state
    if json:
        rows = [{"check": each.check, "state": str(each.state), "sentence": each.sentence} for each in findings]
        print_json({"state": str(worst), "checks": rows})
    else:
        _show(findings, lang)
    return 1 if worst == State.FAIL else 0


def _warmed() -> Finding:
    seconds = warm()
    folder = os.environ.get("NUMBA_CACHE_DIR")
    kept = (f" and kept in {folder}", f"，保存在 {folder}") if folder else ("", "")
    took = Words(
        f"All compiled code is ready{kept[0]}; it took {seconds:.1f} s.",
        f"编译代码已全部就绪{kept[1]}，用时 {seconds:.1f} 秒。",
    )
    return Finding("warm-up", State.OK, took)


def _show(findings: list[Finding], lang: str) -> None:
    language = language_of(lang)
    table = plain_table("", "", "")
    for finding in findings:
        mark, style = _MARKS[finding.state]
        table.add_row(Text(mark, style=style), term(finding.check, language), Text(finding.words[language]))
    console.print(table)
    counts = [sum(finding.state == state for finding in findings) for state in State]
    console.print(Text("\n" + say("doctor_counts", language).format(*counts), style="bold"))
