"""``bulkhead watch FILE...``: decide, book and seal every movement of files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkhead.cli.actor import actor
from bulkhead.cli.output import AsJson, InLanguage, console, errors, language_of, print_json
from bulkhead.cli.rule_files import rule_set_of
from bulkhead.cli.watch_view import parts
from bulkhead.custody.book import Totals
from bulkhead.intake.check import best_source
from bulkhead.intake.reading import opened
from bulkhead.intake.source import Source, load_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.money import currency_code
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.watch_summary import WatchSummary
from bulkhead.runtime.watching import OnProgress, publish_rules, watch
from bulkhead.runtime.wiring import open_writer


def register(app: typer.Typer) -> None:
    app.command("watch")(watch_files)


def watch_files(
    files: Annotated[list[Path], typer.Argument(help="Files of movements: CSV, Parquet or JSON lines.")],
    source: Annotated[str, typer.Option(help="A source's code or TOML file; by default the one that fits.")] = "",
    rules: Annotated[Path | None, typer.Option(help="A rule set of your own instead of the built-in one.")] = None,
    institution: Annotated[str, typer.Option(help="Feed this institution instead of the source's own.")] = "",
    batch: Annotated[int, typer.Option(min=1, max=16384, help="Movements in one commit.")] = 4096,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Decide, book and seal every movement of the files; go on where an earlier run stopped."""
    settings, clock = load_settings(), SystemClock()
    for file in files:
        opened(file).close()  # a name that is wrong is said before anything is started
    chosen = load_source(source) if source else best_source(files)
    rule_set = rule_set_of(rules)
    opening = InstitutionOpened(
        institution or chosen.institution, chosen.currency, chosen.utc_offset_us // 60_000_000
    )
    began_s = time.perf_counter()
    with open_database(settings) as database:
        with open_writer(settings, database, opening, command="bulkhead watch") as writer:
            _check_opening(writer.machine.institution, opening)
            publish_rules(writer, rule_set.text, actor())
            with _progress(shown=not json) as on_progress:
                summary = watch(
                    writer, files, chosen, latest_us=clock.now_us(), on_progress=on_progress, batch_rows=batch
                )
            totals = writer.machine.book.totals(len(writer.machine.names))
        summary.finished_s = time.perf_counter() - began_s
        head = {"size": writer.machine.sequence, "root": writer.machine.tree.root().hex()}
    if json:
        print_json(_as_json(opening.code, chosen, summary, totals, head))
    else:
        console.print(f"{opening.code} · {chosen.title.zh if language_of(lang) == 'zh' else chosen.title.en}\n")
        for part in parts(chosen, rule_set, summary, totals, head, language_of(lang)):
            console.print(part)
    return 1 if summary.quarantined else 0


def _check_opening(there: InstitutionOpened | None, wanted: InstitutionOpened) -> None:
    if there is not None and there.currency != wanted.currency:
        raise BadInput(
            f"Institution {wanted.code} keeps its book in {there.currency}, but this source is in "
            f"{wanted.currency}; choose another one with --institution."
        )


@contextmanager
def _progress(*, shown: bool) -> Iterator[OnProgress]:
    """A progress bar on stderr where a person looks, otherwise nothing."""
    if not shown or not errors.is_terminal:
        yield lambda done, expected: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=errors, transient=True) as bar:
        task, began_s = bar.add_task("watching", total=None, speed=""), time.perf_counter()

        def on_progress(done: int, expected: int) -> None:
            speed = done / max(time.perf_counter() - began_s, 1e-9)
            bar.update(task, completed=done, total=max(done, expected), speed=f"{speed:,.0f}/s")

        yield on_progress


def _as_json(
    institution: str, source: Source, summary: WatchSummary, totals: Totals, head: dict[str, Any]
) -> dict[str, Any]:
    speed = summary.decided / summary.acknowledged_s if summary.acknowledged_s else 0.0
    return {
        "institution": institution,
        "source": source.code,
        "rows": summary.rows,
        "rows_skipped": summary.rows_skipped,
        "decided": summary.decided,
        "repeats": summary.repeats,
        "quarantined": summary.quarantined,
        "quarantine_examples": summary.quarantine_reasons,
        "outcomes": dict(summary.outcomes),
        "statuses": dict(summary.statuses),
        "refusals": dict(summary.refusals),
        "findings": dict(summary.findings),
        "kinds": dict(summary.kinds),
        "rule_hits": dict(summary.rule_hits.most_common()),
        "rule_unknowns": dict(summary.rule_unknowns.most_common()),
        "balances": [
            {
                "class": account_class.name.lower(),
                "currency": currency_code(currency),
                "accounts": accounts,
                "posted_minor": posted,
                "held_minor": held,
            }
            for (account_class, currency), (accounts, posted, held) in totals.items()
        ],
        "seconds": {"acknowledged": round(summary.acknowledged_s, 3), "finished": round(summary.finished_s, 3)},
        "movements_per_s": round(speed),
        "peak_rss_mib": round(summary.peak_rss_mib),
        "notices": summary.notices,
        "journal": head,
    }
