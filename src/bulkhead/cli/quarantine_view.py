"""Quarantined rows as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bulkhead.cli.output import heading, plain_table, time_text
from bulkhead.cli.words import say, term
from bulkhead.kernel.lifecycles import QUARANTINED_ROW
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.mending import columns_of
from bulkhead.runtime.service.commands import ReplayedRow
from bulkhead.runtime.store.quarantine_store import QuarantineChange, QuarantineEntry


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
    yield from _content(entry, language)
    if changes:
        yield heading(say("history", language))
        table = plain_table("", "", "", "")
        for change in changes:
            table.add_row(
                f"  {time_text(change.changed_us)}", change.actor, term(change.verb, language), Text(change.note)
            )
        yield table


def _content(entry: QuarantineEntry, language: Language) -> Iterator[RenderableType]:
    """The row as it came and as it was corrected: by column where it has columns, else its text."""
    came, corrected = columns_of(entry.row.raw), columns_of(entry.corrected or "")
    yield heading(say("as_it_came", language))
    if came is not None and (corrected is not None or entry.corrected is None):
        yield from _cells(came, corrected or {}, entry.row.field, language)
        return
    yield Padding(Text(entry.row.raw), (0, 0, 0, 2))
    if entry.corrected is not None:
        yield heading(say("corrected_to", language))
        yield from (
            _cells(corrected, {}, "", language) if corrected else (Padding(Text(entry.corrected), (0, 0, 0, 2)),)
        )


def _cells(
    cells: Mapping[str, str], corrected: Mapping[str, str], field: str, language: Language
) -> Iterator[RenderableType]:
    """A line a cell, the one at fault and what was changed marked; then the columns that are empty."""
    after = {**cells, **corrected}
    table = plain_table("", "", "")
    for column in after:
        before = cells.get(column, "")
        if before or after[column]:
            change = Text(f"→ {after[column]}", style="bold green") if after[column] != before else Text("")
            table.add_row(f"  {column}", Text(before, style="red" if column == field else ""), change)
    yield table
    empty = [column for column in after if not after[column] and not cells.get(column)]
    if empty:
        yield Padding(Text(f"{say('empty_columns', language)} {', '.join(empty)}", style="dim"), (0, 0, 0, 2))


def _place(entry: QuarantineEntry, language: Language) -> str:
    return say("row_of", language).format(name=entry.row.input_name, row=f"{entry.row.row:,}")


def _wrong(entry: QuarantineEntry) -> str:
    return f"{entry.row.field}: {entry.row.reason}" if entry.row.field else entry.row.reason


def replay_line(row: ReplayedRow, language: Language) -> Text:
    """What became of one row, in a line."""
    line = Text(f"#{row.number}  ")
    if row.sequence is None:
        return line.append("✗ ", style="bold red").append(f"{say('open_again', language)} {row.reason}")
    line.append("✓ ", style="bold green")
    known = say("booked_before" if row.booked_before else "booked_as", language)
    line.append(known.format(sequence=f"{row.sequence:,}"))
    line.append(f" {term(row.outcome, language)} · {term(row.status, language)}")
    if row.refusal:
        line.append(f" ({term(row.refusal, language)})")
    return line


def replay_json(row: ReplayedRow) -> dict[str, Any]:
    """One replay as a JSON-able object."""
    answer: dict[str, Any] = {"number": row.number, "taken": row.sequence is not None, "reason": row.reason}
    if row.sequence is not None:
        answer |= {
            "sequence": row.sequence,
            "movement": row.movement,
            "booked_before": row.booked_before,
            "outcome": row.outcome,
            "status": row.status,
            "refusal": row.refusal or "none",
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
