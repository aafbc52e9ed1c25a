"""``bulkhead realism``: a simulated world beside real data, as a report."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bulkhead.cli.output import AsJson, InLanguage, console, errors, language_of, plain_table, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.reports.realism_report import realism_document
from bulkhead.runtime.reports.writing import ready_for, write_report
from bulkhead.simulation.realism.measuring import measure
from bulkhead.simulation.realism.result import Realism

FORMS = ("html", "pdf", "json")

_MEASURING = Words(
    "Making a world and comparing it; this takes a minute or two.", "正在生成模拟数据并比对，需要一两分钟。"
)
_TELLING_COLUMNS = (Words("classifier", "分类器"), Words("AUC", "AUC 值"), Words("95 %", "95% 区间"))
_DISTRIBUTION_COLUMNS = (
    Words("distribution", "分布"),
    Words("KS", "KS 统计量"),
    Words("median real", "真实中位数"),
    Words("simulated", "模拟中位数"),
)


def register(app: typer.Typer) -> None:
    app.command("realism")(realism)


def realism(
    data: Annotated[
        Path, typer.Option(help="Folder of real data: berka/, credit/, yuebao/, p2p_platforms/, markets/.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write realism.html, .pdf and .json into.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the world.")] = 7,
    clients: Annotated[int, typer.Option(min=500, max=100_000, help="How many people live in it.")] = 3_000,
    days: Annotated[int, typer.Option(min=180, max=3_660, help="How many days it lasts.")] = 365,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Hold a world without incidents against real data: its distributions, and whether a machine tells them apart."""
    if not data.is_dir():
        raise BadInput(f"{data} is not a folder; it must hold the real data to compare with.")
    language = language_of(lang)
    for form in FORMS:
        ready_for(out / f"realism.{form}")
    if not json:
        errors.print(_MEASURING[language], style="dim")
    found = measure(data, seed, clients, days)
    document = realism_document(found, date.today())
    for form in FORMS:
        write_report(document, out / f"realism.{form}", language)
    if json:
        print_json(_record(found))
    else:
        _show(found, language)
        console.print(f"\n{out / 'realism.html'}", style="dim", markup=False, soft_wrap=True)
    return 0


def _show(found: Realism, language: Language) -> None:
    table = plain_table(*(words[language] for words in _TELLING_COLUMNS), right=(1, 2))
    table.columns[2].no_wrap = True
    for telling in found.tellings:
        auc = telling.auc
        table.add_row(telling.title[language], f"{auc.value:.3f}", f"[{auc.low:.3f}, {auc.high:.3f}]")
    console.print(table)
    console.print()
    table = plain_table(*(words[language] for words in _DISTRIBUTION_COLUMNS), right=(1, 2, 3))
    for each in found.distributions:
        c = each.comparison
        medians = (_number(c.real_median), _number(c.simulated_median))
        table.add_row(each.title[language], f"{c.ks.value:.3f}", *medians)
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"


def _record(found: Realism) -> dict[str, Any]:
    """Metrics in the form of every measurement of the house."""
    metrics = [
        {"metric": f"auc_{t.code.replace('-', '_')}", "unit": "", "ours": t.auc.value, "low": t.auc.low,
         "high": t.auc.high, "references": {}}
        for t in found.tellings
    ] + [
        {"metric": f"ks_{d.code.replace('-', '_')}", "unit": "", "ours": d.comparison.ks.value,
         "low": d.comparison.ks.low, "high": d.comparison.ks.high, "references": {}}
        for d in found.distributions
    ]  # fmt: skip
    return {"name": "realism", "seed": found.seed, "movements": found.movements, "metrics": metrics}
