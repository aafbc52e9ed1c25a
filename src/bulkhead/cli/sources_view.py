"""Sources, and a file read through one, as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bulkhead.cli.output import heading, plain_table
from bulkhead.cli.words import say, term
from bulkhead.intake.check import Check, Fit, Problem
from bulkhead.intake.source import Source
from bulkhead.kernel.reasons import Language, Words


def source_parts(source: Source, language: Language) -> Iterator[RenderableType]:
    """One source and what it expects of a file."""
    yield Text.assemble((source.code, "bold"), "  ", _title(source, language))
    facts = plain_table("", "")
    settled = say("settled" if source.settled else "requested", language)
    facts.add_row(f"  {say('formats', language)}", ", ".join(source.formats))
    facts.add_row(f"  {say('feeds', language)}", f"{source.institution} · {source.currency} · {settled}")
    for key, columns in (
        ("required", source.required_columns),
        ("optional", source.optional),
        ("ignored", source.ignored),
        ("personal", source.personal),
    ):
        if columns:
            facts.add_row(f"  {say(key, language)}", ", ".join(columns))
    yield facts
    yield Text()


def check_parts(check: Check, language: Language) -> Iterator[RenderableType]:
    """Everything a check found."""
    bad = check.rows - check.good
    counts = Words(
        f"{check.rows:,} rows: {check.good:,} good, {bad:,} would go to quarantine",
        f"共 {check.rows:,} 行：{check.good:,} 行正常，{bad:,} 行将进入隔离区",
    )
    yield Text(f"{check.name} · {check.source.code} · {_title(check.source, language)}", style="bold")
    yield Text(counts[language], style="yellow" if bad else "green")
    for notice in check.notices:
        yield Text(f"! {notice}", style="yellow")
    yield heading(say("fit", language))
    yield _fits(check.fits, language)
    yield heading(say("mapping", language))
    mapping = plain_table(say("field", language), say("column", language), say("how", language))
    for row in check.mapping:
        mapping.add_row(f"  {row[0]}", *map(Text, row[1:]))
    yield mapping
    if check.first_rows:
        yield heading(say("first_rows", language))
        yield from _first_rows(check, language)
    if check.problems:
        yield heading(say("problems", language))
        for problem in check.problems:
            yield from _problem(problem, language)


def _title(source: Source, language: Language) -> str:
    return source.title.zh if language == "zh" else source.title.en


def _fits(fits: tuple[Fit, ...], language: Language) -> RenderableType:
    table = plain_table("", "", "")
    for fit in fits:
        mark = Text("✓", style="bold green") if fit.fits else Text("✗", style="bold red")
        table.add_row(Text("  ").append(mark), fit.source.code, Text(_fit_text(fit, language)))
    return table


def _fit_text(fit: Fit, language: Language) -> str:
    if fit.reason:
        return fit.reason
    parts = [
        f"{say(key, language)} {', '.join(columns)}"
        for key, columns in (("lacks", fit.missing), ("unknown_columns", fit.unknown))
        if columns and (fit.fits or key == "lacks")
    ]
    return " · ".join(parts) or say("fits_exactly", language)


def _first_rows(check: Check, language: Language) -> Iterator[RenderableType]:
    """Each row in two lines, so that it can be read at any width."""
    for row in check.first_rows:
        kind, settled = term(row["kind"], language), say(row["settled"], language)
        yield Text(f"  {row['id']} · {row['time']} · {kind} · {row['amount']} · {settled}")
        parties = " → ".join(row[role] or "—" for role in ("payer", "payee"))
        device = f" · {row['device']}" if row["device"] else ""
        accounts = " → ".join(row[side] or "—" for side in ("debit_account", "credit_account"))
        yield Padding(Text(f"{parties}{device} · {say('books', language)} {accounts}", style="dim"), (0, 0, 0, 4))


def _problem(problem: Problem, language: Language) -> Iterator[RenderableType]:
    field = f"{problem.field}: " if problem.field else ""
    expected = Words(f"expected {problem.expected}", f"应为 {problem.expected}")[language]
    yield Padding(Text.assemble((f"{problem.count:,} × ", "bold"), f"{field}{expected}"), (0, 0, 0, 2))
    for row in problem.examples:
        where = Words(f"row {row.row:,}", f"第 {row.row:,} 行")[language]
        yield Padding(Text(f"{where}: {row.reason}", style="dim"), (0, 0, 0, 4))


def source_json(source: Source) -> dict[str, Any]:
    """One source as a JSON-able object."""
    return {
        "code": source.code,
        "title": {"en": source.title.en, "zh": source.title.zh},
        "formats": list(source.formats),
        "institution": source.institution,
        "currency": source.currency,
        "settled": source.settled,
        "order": source.order,
        "skew_s": source.skew_s,
        "required": list(source.required_columns),
        "optional": list(source.optional),
        "ignored": list(source.ignored),
        "personal": list(source.personal),
        "provides": list(source.provides),
        "rows_usual": [source.volume.rows_min, source.volume.rows_max],
    }


def check_json(check: Check) -> dict[str, Any]:
    """A check as a JSON-able object."""
    return {
        "file": check.name,
        "source": check.source.code,
        "rows": check.rows,
        "good": check.good,
        "quarantine": check.rows - check.good,
        "notices": list(check.notices),
        "fits": [
            {
                "source": fit.source.code,
                "fits": fit.fits,
                "missing": list(fit.missing),
                "unknown": list(fit.unknown),
                "reason": fit.reason,
            }
            for fit in check.fits
        ],
        "mapping": [{"field": field, "column": column, "how": how} for field, column, how in check.mapping],
        "first_rows": list(check.first_rows),
        "problems": [
            {
                "field": problem.field,
                "expected": problem.expected,
                "count": problem.count,
                "examples": [{"row": row.row, "reason": row.reason} for row in problem.examples],
            }
            for problem in check.problems
        ],
    }
