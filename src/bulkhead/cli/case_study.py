"""``bulkhead case-study NAME``: one of the five stories, without and with the mechanism, over many seeds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bulkhead.cli.case_study_view import show_case
from bulkhead.cli.output import AsJson, InLanguage, console, errors, language_of
from bulkhead.runtime.reports.case_study_report import case_study_document
from bulkhead.runtime.reports.writing import ready_for, write_report
from bulkhead.simulation.case_studies.case import CLIENTS, SEEDS, case_of
from bulkhead.simulation.case_studies.result import CaseResult, encode_case
from bulkhead.simulation.case_studies.study import Asked, study

SEEDS_MAX, PROCESSES_MAX = 500, 2
One = TypeVar("One")
Done = TypeVar("Done")


def register(app: typer.Typer) -> None:
    app.command("case-study")(case_study)


def case_study(
    name: Annotated[str, typer.Argument(help="technical, operational, moral-hazard, market or legal.")],
    seeds: Annotated[int, typer.Option(min=2, max=SEEDS_MAX, help="How many worlds.")] = SEEDS,
    first_seed: Annotated[int, typer.Option(min=0, help="The first seed; the others follow.")] = 1,
    clients: Annotated[int, typer.Option(min=300, max=100_000, help="How many clients each world has.")] = CLIENTS,
    days: Annotated[int, typer.Option(min=0, max=730, help="How many days it lasts; 0: as the case says.")] = 0,
    without_mechanism: Annotated[
        bool, typer.Option("--without-mechanism", help="Control: the mechanism is off in both twins.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write a report: FILE.pdf, .html, .json or .xlsx.")] = None,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Play a case twice per seed, without and with the mechanism; print what it identified, did, saved and cost."""
    language = language_of(lang)
    case = case_of(name)
    if report is not None:
        ready_for(report)  # better told now than after an hour of playing
    asked = Asked(
        case.code,
        tuple(range(first_seed, first_seed + seeds)),
        clients,
        days or case.days,
        mechanism=not without_mechanism,
    )
    result = _played(asked, case.title[language], quiet=json)
    if report is not None:
        write_report(case_study_document(result, datetime.now(UTC).date()), report, language)
    if json:
        typer.echo(encode_case(result).decode())
    else:
        show_case(console, result, language)
    return 0


def _played(asked: Asked, title: str, *, quiet: bool) -> CaseResult:
    """The study, seeds spread over processes; a bar on stderr tells people how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    processes = min(PROCESSES_MAX, os.cpu_count() or 1)
    with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
        bar = progress.add_task(title, total=len(asked.seeds))
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:

            def spread_out(work: Callable[[One], Done], each: Sequence[One], /) -> Iterator[Done]:
                return pool.map(work, each)  # which, unlike a Pool, ends when the system kills a process of it

            return study(asked, spread_out, lambda found: progress.advance(bar))
