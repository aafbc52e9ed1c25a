"""``bulkhead sources``: which kinds of files can be read, and how one file would be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.groups import listing_group
from bulkhead.cli.output import AsJson, InLanguage, console, language_of, print_json
from bulkhead.cli.sources_view import check_json, check_parts, source_json, source_parts
from bulkhead.intake.check import check_file
from bulkhead.intake.source import built_in_sources, load_source
from bulkhead.runtime.clock import SystemClock

group = listing_group("The kinds of files that can be read: list them, check how a file would be read.")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="sources")


@group.command("list")
def list_sources(json: AsJson = False, lang: InLanguage = "") -> int:
    """The built-in sources and what each expects of a file."""
    sources = built_in_sources().values()
    if json:
        print_json({"sources": [source_json(source) for source in sources]})
        return 0
    for source in sources:
        for part in source_parts(source, language_of(lang)):
            console.print(part)
    return 0


@group.command("check")
def check_source(
    file: Annotated[Path, typer.Argument(help="A file of movements: CSV, Parquet or JSON lines.")],
    source: Annotated[str, typer.Option(help="A source's code or TOML file; by default the one that fits.")] = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """How a file would be read and what is wrong with it; nothing is kept. Exit 1 when rows are not good."""
    sources = built_in_sources()
    chosen = load_source(source) if source else None
    if chosen is not None:
        sources[chosen.code] = chosen
    check = check_file(file, sources.values(), latest_us=SystemClock().now_us(), source=chosen)
    if json:
        print_json(check_json(check))
    else:
        for part in check_parts(check, language_of(lang)):
            console.print(part)
    return 1 if check.problems else 0
