"""``bulkhead institutions``: whose journals are here, how far they are, and who writes them."""

from __future__ import annotations

from typing import Any

import typer
from rich.text import Text

from bulkhead.cli.output import AsJson, InLanguage, console, language_of, plain_table, print_json, time_text
from bulkhead.cli.words import say, term
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.database.connect import open_existing_database
from bulkhead.runtime.overview import Overview, overviews
from bulkhead.runtime.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("institutions")(list_institutions)


def list_institutions(json: AsJson = False, lang: InLanguage = "") -> int:
    """Every institution: its currency, its journal, its writer, and what waits in quarantine."""
    settings = load_settings()
    with open_existing_database(settings) as database:
        found = overviews(settings, database)
    if json:
        print_json({"institutions": [_as_json(overview) for overview in found]})
    for overview in found if not json else ():
        _show(overview, language_of(lang))
    if not found and not json:
        console.print(say("no_institutions", language_of(lang)))
    return 0


def _show(overview: Overview, language: Language) -> None:
    opening = overview.opening
    currency = f" · {opening.currency} · UTC{_offset(opening.timezone_offset_minutes)}" if opening else ""
    console.print(Text.assemble((overview.code, "bold"), currency))
    facts = plain_table("", "")
    leaves = Words(f"{overview.head.size:,} leaves", f"{overview.head.size:,} 条")[language]
    facts.add_row(f"  {say('journal', language)}", f"{leaves} · {overview.head.root.hex()[:16]}…")
    if overview.effective_us is not None:
        facts.add_row(f"  {say('reaches', language)}", time_text(overview.effective_us))
    facts.add_row(f"  {say('rule_set', language)}", f"{overview.rule_set or '—'}")
    facts.add_row(f"  {say('writer', language)}", Text(overview.writer or say("nobody", language)))
    if overview.quarantine:
        counts = " · ".join(f"{term(state, language)} {count:,}" for state, count in overview.quarantine.items())
        facts.add_row(f"  {say('quarantined', language)}", counts)
    console.print(facts)
    console.print()


def _offset(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _as_json(overview: Overview) -> dict[str, Any]:
    opening = overview.opening
    return {
        "code": overview.code,
        "currency": opening.currency if opening else None,
        "timezone_offset_minutes": opening.timezone_offset_minutes if opening else None,
        "journal": {"size": overview.head.size, "root": overview.head.root.hex()},
        "rule_set": overview.rule_set,
        "effective_us": overview.effective_us,
        "writer": overview.writer,
        "quarantine": overview.quarantine,
    }
