"""``bulkhead quarantine``: rows that could not be taken, followed until each is booked or dismissed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from bulkhead.cli.actor import actor
from bulkhead.cli.groups import listing_group
from bulkhead.cli.office_words import person_of
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, print_json
from bulkhead.cli.quarantine_view import (
    entry_json,
    entry_parts,
    list_json,
    list_parts,
    replay_json,
    replay_line,
)
from bulkhead.cli.words import say
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.lifecycles import QUARANTINED_ROW
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import open_existing_database
from bulkhead.runtime.mending import correct
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import Replayed, ReplayedRow, ReplayRow, ReplayRows
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.wiring import Stores, chosen_institution, open_stores

EVERY_STATE = "all"
Number = Annotated[int, typer.Argument(min=1, help="The row's number, as the list has it.")]

group = listing_group("Rows that could not be taken: look at them, correct them, replay or dismiss them.")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="quarantine")


@group.command("list")
def list_rows(
    state: Annotated[str, typer.Option(help="open, corrected, replayed, dismissed or all.")] = "open",
    after: Annotated[int, typer.Option(min=0, help="Only rows with higher numbers.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many rows.")] = 50,
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """The rows in one state, oldest first; exit 1 while any waits to be dealt with."""
    if state not in (*QUARANTINED_ROW.table, EVERY_STATE):
        raise BadInput(f"There is no state {state!r}; there are {', '.join(QUARANTINED_ROW.table)} and all.")
    with _opened(institution) as stores:
        counts = stores.quarantine.counts()
        entries = stores.quarantine.entries(None if state == EVERY_STATE else state, after, limit)
    if json:
        print_json(list_json(stores.code, counts, entries))
    else:
        for part in list_parts(stores.code, counts, state, entries, language_of(lang)):
            console.print(part)
    return 1 if any(QUARANTINED_ROW.verbs(waiting) for waiting in counts) else 0


@group.command("show")
def show_row(number: Number, institution: OfInstitution = "", json: AsJson = False, lang: InLanguage = "") -> int:
    """One row as it came in, what is wrong with it, and what was done to it."""
    with _opened(institution) as stores:
        _show(stores, number, json=json, lang=lang)
    return 0


@group.command("correct")
def correct_row(
    number: Number,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="COLUMN=VALUE", help="A cell as it should be; repeatable.")
    ] = None,
    line: Annotated[
        str | None, typer.Option(help="The whole row instead: as it should stand in its file, or a JSON object.")
    ] = None,
    as_it_stands: Annotated[
        bool, typer.Option("--as-it-stands", help="The row is right, though late or otherwise refused.")
    ] = False,
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Say what a row should have been; refused while it would still not be read well."""
    if sum((bool(changes), line is not None, as_it_stands)) != 1:
        raise BadInput("Say what the row should be: --set COLUMN=VALUE, --line TEXT or --as-it-stands.")
    cells = dict(_cell(change) for change in changes or ())
    with _opened(institution) as stores:
        now_us = SystemClock().now_us()
        correct(stores, number, changes=cells, line=line, actor=actor(), latest_us=now_us)
        _show(stores, number, json=json, lang=lang)
    return 0


@group.command("dismiss")
def dismiss_row(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it will never be booked.")],
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Give a row up, for a reason that stays with it."""
    if not reason.strip():
        raise BadInput("A row is dismissed for a reason; --reason is empty.")
    with _opened(institution) as stores:
        stores.quarantine.mark(number, "dismiss", actor(), reason.strip())
        _show(stores, number, json=json, lang=lang)
    return 0


@group.command("replay")
def replay_rows(
    which: Annotated[
        str, typer.Argument(metavar="[N|all]", help="A row's number, or all corrected rows.")
    ] = "all",
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Read corrected rows again, decide, book and seal them; exit 1 when one is still not good."""
    if which != "all" and not (which.isascii() and which.isdecimal()):
        raise BadInput(f"{which[:40]!r} is neither the number of a row nor 'all'.")
    by = person_of("")
    command = ReplayRows(by) if which == "all" else ReplayRow(int(which), by)
    done: list[ReplayedRow] = []
    for reply in _replays(institution, command):
        done += reply.rows
        if not json:
            for row in reply.rows:
                console.print(replay_line(row, language_of(lang)))
    if json:
        print_json({"institution": reply.institution, "replays": [replay_json(row) for row in done]})
    elif not done:
        console.print(say("nothing_to_replay", language_of(lang)))
    return 1 if any(row.sequence is None for row in done) else 0


def _replays(institution: str, command: ReplayRow | ReplayRows) -> Iterator[Replayed]:
    """What became of the rows; a running engine takes a few at a time."""
    more = True
    while more:
        reply = ask(load_settings(), institution, command, verb="quarantine replay")
        assert isinstance(reply, Replayed), reply
        yield reply
        more = reply.more


def _show(stores: Stores, number: int, *, json: bool, lang: str) -> None:
    entry, changes = stores.quarantine.show(number), stores.quarantine.changes(number)
    if json:
        print_json(entry_json(stores.code, entry, changes))
        return
    for part in entry_parts(stores.code, entry, changes, language_of(lang)):
        console.print(part)


def _cell(change: str) -> tuple[str, str]:
    column, equals, value = change.partition("=")
    if not equals or not column:
        raise BadInput(f"--set wants COLUMN=VALUE, found {change[:60]!r}.")
    return column, value


@contextmanager
def _opened(institution: str) -> Iterator[Stores]:
    settings = load_settings()
    with open_existing_database(settings) as database:
        code = chosen_institution(database, institution)
        with open_stores(settings, database, code) as stores:
            yield stores
