"""The summary of a run over files, for people, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bulkhead.cli.output import plain_table
from bulkhead.cli.words import say, term
from bulkhead.custody.book import Totals
from bulkhead.decision.rule_set import RuleSet
from bulkhead.intake.source import Source
from bulkhead.kernel.money import currency_code, format_minor
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.watch_summary import WatchSummary

RULES_SHOWN = 10


def parts(
    source: Source,
    rule_set: RuleSet,
    summary: WatchSummary,
    totals: Totals,
    head: Mapping[str, Any],
    language: Language,
) -> Iterator[RenderableType]:
    """What is printed at the end of a run, top to bottom."""
    figures = plain_table("", "", right=(1,))
    for key in ("rows", "rows_skipped", "decided", "repeats", "quarantined"):
        if key in ("rows", "decided") or getattr(summary, key):
            figures.add_row(say(key, language), f"{getattr(summary, key):,}")
    yield figures
    for key in ("outcomes", "statuses", "refusals", "findings"):
        counter: Counter[str] = getattr(summary, key)
        if counter:
            yield Text(f"\n{say(key, language)}", style="bold")
            yield _counts(counter, language)
    if source.settled:
        yield Text(say("advisory", language), style="dim")
    for key, counter in (("rules", summary.rule_hits), ("unknowns", summary.rule_unknowns)):
        if counter:
            yield Text(f"\n{say(key, language)}", style="bold")
            yield _rules(counter, rule_set, language)
    yield Text(f"\n{say('money', language)}", style="bold")
    yield _money(totals, language)
    yield Text()
    yield from _ending(summary, head, language)


def _counts(counter: Counter[str], language: Language) -> Table:
    table = plain_table("", "", right=(1,))
    for name, count in counter.most_common():
        table.add_row(f"  {term(name, language)}", f"{count:,}")
    return table


def _rules(counter: Counter[str], rule_set: RuleSet, language: Language) -> Table:
    table = plain_table("", "", "", right=(1,))
    for code, count in counter.most_common(RULES_SHOWN):
        table.add_row(f"  {rule_set.rule(code).title[language]}", f"{count:,}", Text(code, style="dim"))
    return table


def _money(totals: Totals, language: Language) -> Table:
    columns = [say(key, language) for key in ("accounts", "posted", "held")]
    table = plain_table(f"  {say('class', language)}", *columns, right=(1, 2, 3))
    for (account_class, currency), (accounts, posted, held) in totals.items():
        code = currency_code(currency)
        name = term(account_class.name, language)
        table.add_row(
            f"  {name}", f"{accounts:,}", f"{format_minor(posted, code)} {code}", f"{format_minor(held, code)}"
        )
    return table


def _ending(summary: WatchSummary, head: Mapping[str, Any], language: Language) -> Iterator[RenderableType]:
    acknowledged, finished = summary.acknowledged_s, summary.finished_s
    table = plain_table("", "")
    if summary.decided:
        rate, unit = summary.decided / max(acknowledged, 1e-9), Words("movements/s", "笔/秒")[language]
        seconds = Words(
            f"{rate:,.0f} {unit} ({acknowledged:.1f} s to the last acknowledgement, {finished:.1f} s in all)",
            f"{rate:,.0f} {unit}（末笔确认 {acknowledged:.1f} 秒，总计 {finished:.1f} 秒）",
        )
        table.add_row(say("speed", language), seconds[language])
    table.add_row(say("memory", language), f"{summary.peak_rss_mib:,.0f} MiB")
    leaves = Words(f"{head['size']:,} leaves", f"{head['size']:,} 条")
    table.add_row(say("journal", language), leaves[language])
    table.add_row("", head["root"])
    yield table
    for sentence in (*summary.notices, *summary.quarantine_reasons):
        yield Text(f"! {sentence}")
    if summary.quarantined:
        yield Text(
            Words(
                "`bulkhead quarantine list` shows these rows; they can be corrected and replayed.",
                "使用 `bulkhead quarantine list` 查看隔离行，可更正后重放。",
            )[language]
        )
