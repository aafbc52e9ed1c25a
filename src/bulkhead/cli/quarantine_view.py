"""Quarantined rows as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bulkhead.cli.output import heading, plain_table, time_text
from bulkhead.cli.words import say, term
from bulkhead.kernel.lifecycles import QUARANTINED_ROW
from bulkhead.kernel.movements import Outcome, Refusal, Status
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.mending import Replay, columns_of
from bulkhead.runtime.quarantine_store import QuarantineChange, QuarantineEntry


def list_parts(
    institution: str,
    counts: Mapping[str, int],
    state: str,
    entries: Sequence[QuarantineEntry],
    language: Language,
) -> Iterator[RenderableType]:
    """Counts by state, then the rows."""
    total = " · ".join(
        f"{term(each, language)} {counts[each]:,}" for each in QUARANTINED_ROW.table if each in counts
    )
    yield Text(f"{institution} · {total or say('quarantine_empty', language)}", style="bold")
    if not entries:
        return
    of_one_state = state in QUARANTINED_ROW.table
    columns = [
        "#",
        *([] if of_one_state else [say("state", language)]),
        say("row", language),
        say("wrong", language),
    ]
    table = plain_table(*columns, right=(0,))
    for entry in entries:
        cells = [f"{entry.number}", *([] if of_one_state else [term(entry.state, language)])]
        table.add_row(*cells, Text(_place(entry, language)), Text(_wrong(entry)))
    yield Text()
    yield table


def entry_parts(
    institution: str, entry: QuarantineEntry, changes: Sequence[QuarantineChange], language: Language
) -> Iterator[RenderableType]:
    """One row with its cells, its history and what can be done next."""
    yield Text(f"#{entry.number} · {institution} · {term(entry.state, language)}", style="bold")
    facts = plain_table("", "")
    facts.add_row(say("row", language), Text(_place(entry, language)))
    facts.add_row(say("source", language), entry.row.source)
    facts.add_row(say("received", language), time_text(entry.received_us))
    facts.add_row(say("wrong", language), Text(_wrong(entry)))
    yield facts
    yield heading(say("as_it_came", language))
    yield _cells(entry.row.raw, entry.row.field)
    if entry.corrected is not None:
        yield heading(say("corrected_to", language))
        yield _cells(entry.corrected, entry.row.field)
    if changes:
        yield heading(say("history", language))
        table = plain_table("", "", "", "")
        for change in changes:
            table.add_row(
                f"  {time_text(change.changed_us)}", change.actor, term(change.verb, language), Text(change.note)
            )
        yield table


def _cells(text: str, field: str) -> RenderableType:
    """The row's cells by column, the one at fault marked; its text where it has no columns."""
    cells = columns_of(text)
    if cells is None:
        return Text("\n".join(f"  {line}" for line in text.splitlines()) or "  ", overflow="fold")
    table: Table = plain_table("", "")
    for column, value in cells.items():
        table.add_row(f"  {column}", Text(value, style="bold red" if column == field else ""))
    return table


def _place(entry: QuarantineEntry, language: Language) -> str:
    return say("row_of", language).format(name=entry.row.input_name, row=f"{entry.row.row:,}")


def _wrong(entry: QuarantineEntry) -> str:
    return f"{entry.row.field}: {entry.row.reason}" if entry.row.field else entry.row.reason


def replay_line(replay: Replay, language: Language) -> Text:
    """What became of one row, in a line."""
    line = Text(f"#{replay.number}  ")
    if replay.leaf is None:
        return line.append("✗ ", style="bold red").append(f"{say('open_again', language)} {replay.reason}")
    fixed = replay.leaf.fixed
    line.append("✓ ", style="bold green")
    known = say("booked_before" if replay.booked_before else "booked_as", language)
    line.append(known.format(sequence=f"{replay.sequence:,}"))
    line.append(
        f" {term(Outcome(fixed['outcome']).name, language)} · {term(Status(fixed['status']).name, language)}"
    )
    if fixed["refusal"]:
        line.append(f" ({term(Refusal(fixed['refusal']).name, language)})")
    return line


def replay_json(replay: Replay) -> dict[str, Any]:
    """One replay as a JSON-able object."""
    answer: dict[str, Any] = {"number": replay.number, "taken": replay.leaf is not None, "reason": replay.reason}
    if replay.leaf is not None:
        fixed = replay.leaf.fixed
        answer |= {
            "sequence": replay.sequence,
            "movement": replay.leaf.strings["movement_id"],
            "booked_before": replay.booked_before,
            "outcome": Outcome(fixed["outcome"]).name.lower(),
            "status": Status(fixed["status"]).name.lower(),
            "refusal": Refusal(fixed["refusal"]).name.lower(),
        }
    return answer


def list_json(institution: str, counts: Mapping[str, int], entries: Sequence[QuarantineEntry]) -> dict[str, Any]:
    """A list as a JSON-able object; the rows' texts are left out."""
    return {"institution": institution, "counts": dict(counts), "rows": [_summary(entry) for entry in entries]}


def entry_json(institution: str, entry: QuarantineEntry, changes: Sequence[QuarantineChange]) -> dict[str, Any]:
    """One row with its text; ``cells`` is None where it has no columns."""
    return {
        "institution": institution,
        **_summary(entry),
        "raw": entry.row.raw,
        "cells": columns_of(entry.row.raw),
        "corrected": entry.corrected,
        "possible": list(QUARANTINED_ROW.verbs(entry.state)),
        "changes": [
            {"verb": each.verb, "actor": each.actor, "note": each.note, "changed_us": each.changed_us}
            for each in changes
        ],
    }


def _summary(entry: QuarantineEntry) -> dict[str, Any]:
    row = entry.row
    return {
        "number": entry.number,
        "state": entry.state,
        "received_us": entry.received_us,
        "input": row.input_name,
        "input_sha256": row.input_sha256.hex(),
        "source": row.source,
        "row": row.row,
        "field": row.field,
        "reason": row.reason,
    }
