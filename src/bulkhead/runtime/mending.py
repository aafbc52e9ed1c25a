"""Quarantined rows mended: corrected by people, read again through their own source, decided like any other.

Lateness is no fault here: mending takes time. A mended movement takes effect when it is replayed and keeps the
time at which it happened; it may only not lie ahead of the journal, or what follows would look late in its turn.

A replay books at most once however often it is killed and repeated: what finds the journal to hold the same
movement under the same id only says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bulkhead.intake.check import MaskingVault
from bulkhead.intake.reading import BadRow, read_row
from bulkhead.intake.source import Source, parse_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import SourceRegistered, decode_event
from bulkhead.kernel.leaves import MovementLeaf, decode_movement_leaf
from bulkhead.kernel.lifecycles import QUARANTINED_ROW, Refused, advance
from bulkhead.kernel.movements import MovementBatch
from bulkhead.runtime.lookup import find_movements, says_the_same
from bulkhead.runtime.store.quarantine_store import QuarantineEntry
from bulkhead.runtime.watching import let_holds_lapse
from bulkhead.runtime.wiring import Stores, Writer

AHEAD_US_MAX = 86_400_000_000  # of the journal: the last row of a file may be the one that was wrong


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of one row. ``leaf`` is None when it failed, and then ``reason`` says why.

    ``booked_before``: the journal had it already, from a replay that was cut off or from another file.
    """

    number: int
    sequence: int | None
    leaf: MovementLeaf | None
    reason: str = ""
    booked_before: bool = False


def source_of(stores: Stores, entry: QuarantineEntry) -> Source:
    """The source of a row, as the journal has it. Raises ``BadInput`` where the journal does not know it."""
    with stores.connect() as connection:
        rows = connection.execute(
            "SELECT body FROM event WHERE institution = %s AND type = 'SourceRegistered' ORDER BY sequence DESC",
            [stores.number],
        ).fetchall()
    for (body,) in rows:
        event = decode_event(body.encode())
        if isinstance(event, SourceRegistered) and event.code == entry.row.source:
            return parse_source(event.definition, f"{event.code} of the journal")
    raise BadInput(f"The journal of {stores.code} knows no source {entry.row.source!r}.")


def columns_of(text: str) -> dict[str, str] | None:
    """The cells of a row by column, or None where it could not be split into columns."""
    try:
        cells = json.loads(text)
    except ValueError:
        return None
    if not isinstance(cells, dict):
        return None
    return {
        column: "" if cell is None else cell if isinstance(cell, str) else json.dumps(cell)
        for column, cell in cells.items()
    }


def correct(
    stores: Stores,
    number: int,
    *,
    changes: Mapping[str, str],
    line: str | None,
    actor: str,
    latest_us: int,
    seen: str | None = None,
) -> QuarantineEntry:
    """Store what a row should have said: ``changes`` by column, or the whole ``line``, or, with neither, that it
    is right as it stands. A correction may be corrected until it is replayed. ``seen`` is the version that whoever
    corrects it has looked at.

    Raises ``BadInput`` and changes nothing when the state forbids it, a column is not the source's, the row
    would not be read well, or somebody else has changed it since.
    """
    entry = stores.quarantine.show(number)
    try:
        text = check_correction(stores, entry, changes=changes, line=line, latest_us=latest_us)
    except BadRow as problem:
        raise BadInput(f"Row {number} stays as it was: {problem}.") from None
    note = "the whole line" if line is not None else ", ".join(changes) or "right as it stands"
    return stores.quarantine.correct(number, text, actor, note, seen=seen)


def check_correction(
    stores: Stores, entry: QuarantineEntry, *, changes: Mapping[str, str], line: str | None, latest_us: int
) -> str:
    """What a row would say once it is corrected like this; nothing is kept.

    Raises ``BadRow`` with the field at fault while it would not be read well, and ``BadInput`` as ``correct``.
    """
    step = advance(QUARANTINED_ROW, entry.state, "correct")
    if isinstance(step, Refused):
        raise BadInput(f"Row {entry.number}: {step}.")
    source = source_of(stores, entry)
    text = _with_line(entry, line) if line is not None else _with_changes(entry, source, changes)
    read_row(text, source, MaskingVault(), latest_us=latest_us)
    return text


def _with_changes(entry: QuarantineEntry, source: Source, changes: Mapping[str, str]) -> str:
    unknown = next((column for column in changes if column not in source.used_columns), None)
    if unknown is not None:
        known = ", ".join(source.used_columns)
        raise BadInput(f"The source {source.code} reads no column {unknown[:60]!r}; it reads {known}.")
    stands = entry.corrected or entry.row.raw  # a second correction goes on from the first
    cells = columns_of(stands)
    if not changes and cells is None:
        return stands
    # A row that was never split into columns can still be given anew, column by column.
    return json.dumps((cells or {}) | dict(changes), ensure_ascii=False)


def _with_line(entry: QuarantineEntry, line: str) -> str:
    """The line as it should have been; of a CSV row behind the line that names its columns."""
    names, found, _ = entry.row.raw.partition("\n")
    is_csv_line = bool(found) and not line.lstrip().startswith("{")
    return f"{names}\n{line}" if is_csv_line else line


def replay(writer: Writer, number: int, *, actor: str, now_us: int) -> Replay:
    """Read a corrected row again, decide, book and seal it, and mark it as replayed once that is durable.

    A row that cannot be taken is open again with its new reason. Raises ``BadInput`` when its state does not
    allow a replay.
    """
    quarantine = writer.stores.quarantine
    entry = quarantine.show(number)
    step = advance(QUARANTINED_ROW, entry.state, "replay")
    if isinstance(step, Refused):
        raise BadInput(f"Row {number}: {step}.")
    done = _take(writer, entry, now_us)
    if done.leaf is None:
        quarantine.mark(number, "fail", actor, done.reason)
    else:
        quarantine.mark(number, "replay", actor, f"journal leaf {done.sequence}")
    return done


def replay_all(writer: Writer, *, actor: str, now_us: int) -> Iterator[Replay]:
    """Replay every corrected row, oldest first."""
    after = 0
    while entries := writer.stores.quarantine.entries("corrected", after):
        for entry in entries:
            yield replay(writer, entry.number, actor=actor, now_us=now_us)
        after = entries[-1].number


def _take(writer: Writer, entry: QuarantineEntry, now_us: int) -> Replay:
    stores, journal_us = writer.stores, writer.machine.effective_us
    latest_us = min(now_us, journal_us + AHEAD_US_MAX) if journal_us else now_us
    try:
        batch = read_row(entry.corrected or "", source_of(stores, entry), stores.vault, latest_us=latest_us)
    except BadInput as problem:
        return Replay(entry.number, None, None, str(problem))
    # Projections of a running engine may lie behind by more than the machine itself remembers.
    writer.loop.catch_up(writer.machine.sequence - writer.machine.duplicates.recent_ids)
    sequence = find_movements(stores, [batch.ids[0]]).get(batch.ids[0])
    if sequence is None:
        let_holds_lapse(writer, batch)
        stepped = writer.loop.step(batch)
        writer.loop.commit(stepped).result()
        if not stepped.repeats:
            leaf = decode_movement_leaf(stepped.sealed.leaves[0])
            return Replay(entry.number, stepped.sealed.first_sequence, leaf)
        sequence = stepped.repeats[0].sequence  # a row of this same run, not yet projected
    return _booked_before(stores, entry, batch, sequence)


def _booked_before(stores: Stores, entry: QuarantineEntry, batch: MovementBatch, sequence: int) -> Replay:
    leaf = decode_movement_leaf(stores.journal.read_leaf(sequence))
    if says_the_same(leaf, batch, 0):
        return Replay(entry.number, sequence, leaf, booked_before=True)
    reason = f"found an id that stands for another movement (journal leaf {sequence}); expected a new one"
    return Replay(entry.number, None, None, reason)
