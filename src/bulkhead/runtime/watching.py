"""Read files into an institution: decide, book and seal every row, resume where an earlier run stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bulkhead.engine.machine import Machine, Repeat
from bulkhead.intake.reading import Chunk, InputReader, open_input
from bulkhead.intake.source import Source
from bulkhead.kernel.events import RuleSetPublished, SourceRegistered, TimeAdvanced
from bulkhead.kernel.journal import QuarantinedRow, ReadProgress
from bulkhead.kernel.leaves import decode_movement_leaf
from bulkhead.kernel.money import currency_code, currency_number
from bulkhead.kernel.movements import (
    ABSENT,
    BATCH_ROWS_MAX,
    MOVEMENT,
    NO_AMOUNT,
    MovementBatch,
    Phase,
    Strings,
)
from bulkhead.runtime.lookup import find_movements, says_the_same
from bulkhead.runtime.watch_summary import WatchSummary
from bulkhead.runtime.wiring import Writer

OnProgress = Callable[[int, int], None]  # rows done, rows expected


def publish_rules(writer: Writer, text: str, maker: str, checker: str = "") -> bool:
    """Publish a rule set unless it is the one in force. ``text`` is canonical. Gives whether it was published."""
    published = writer.machine.rule_set_events
    if published and published[-1].text == text:
        return False
    writer.loop.apply(RuleSetPublished(len(published) + 1, text, maker, checker))
    return True


def register_source(writer: Writer, source: Source) -> None:
    """Say in the journal how rows of this source are read, unless it says so already."""
    event = SourceRegistered(source.code, source.definition, source.provides)
    if writer.machine.sources.get(source.code) != event:
        writer.loop.apply(event)


def watch(
    writer: Writer,
    paths: list[Path],
    source: Source,
    *,
    latest_us: int,
    on_progress: OnProgress,
    batch_rows: int = BATCH_ROWS_MAX,
) -> WatchSummary:
    """Read the files in order. Rows an earlier run has done are skipped; bad rows go to quarantine.

    ``latest_us``: no row may lie after this time by more than the source's skew. Raises ``BadInput`` for a file
    that cannot be read at all; what came before it is kept.
    """
    summary, began_s = WatchSummary(), time.perf_counter()
    register_source(writer, source)
    for path in paths:
        _watch_one(writer, path, source, latest_us, batch_rows, summary, on_progress)
    writer.loop.flush()
    summary.acknowledged_s = time.perf_counter() - began_s
    return summary


def _watch_one(
    writer: Writer,
    path: Path,
    source: Source,
    latest_us: int,
    batch_rows: int,
    summary: WatchSummary,
    on_progress: OnProgress,
) -> None:
    vault, journal = writer.stores.vault, writer.stores.journal
    with open_input(path, source, vault, latest_us=latest_us) as unread:
        before = journal.progress(unread.input_sha256)
        before = before or ReadProgress(unread.input_sha256, 0, writer.machine.sequence)
    summary.rows_skipped += before.rows_done
    if before.finished:
        summary.notices.append(f"{path.name} was read whole before; nothing of it is new.")
        return
    with open_input(path, source, vault, latest_us=latest_us, skip_rows=before.rows_done) as reader:
        for chunk in reader:
            for part in chunk.split(batch_rows):
                _take(writer, reader, part, before, summary)
                on_progress(part.rows_done, reader.rows_expected)
        summary.rows += reader.rows_done - before.rows_done
        summary.notices += reader.notices
        _finish(writer, replace(before, rows_done=reader.rows_done, finished=True))


def _take(writer: Writer, reader: InputReader, chunk: Chunk, before: ReadProgress, summary: WatchSummary) -> None:
    """Decide one chunk, in parts between which holds lapse."""
    rest = chunk
    while True:
        let_holds_lapse(writer, rest.batch)
        stop = _until_next_expiry(writer, rest.batch)
        if stop >= len(rest.batch):
            break
        part = next(rest.split(stop))
        _take_part(writer, reader, part, replace(before, rows_done=part.rows_done), summary)
        rest = rest.after(part.rows_done)
    _take_part(writer, reader, rest, replace(before, rows_done=rest.rows_done), summary)


def _take_part(
    writer: Writer, reader: InputReader, chunk: Chunk, progress: ReadProgress, summary: WatchSummary
) -> None:
    """Decide rows; they, how far the input is read and what is in quarantine become durable together."""
    batch, columns = chunk.batch, reader.source.columns
    late = _unknown(writer, batch, _late_rows(batch, writer.machine.effective_us, reader.source.skew_s))
    foreign = _foreign_rows(batch, writer.machine)
    faults = {row: (columns.time, reason) for row, reason in late.items()}
    faults |= {row: (columns.currency, reason) for row, reason in foreign.items()}
    positions = np.setdiff1d(np.arange(len(batch)), np.array(list(faults), np.int64))
    on_time = batch.take(positions) if faults else batch
    refused = [_quarantined(reader, chunk, row, *fault) for row, fault in sorted(faults.items())]
    earlier = earlier_movements(writer, on_time)
    stepped = writer.loop.step(on_time, earlier)
    for repeat in stepped.repeats:
        if repeat.same and (on_time.ids[repeat.row] not in earlier or _is_the_same(writer, repeat, on_time)):
            summary.repeats += 1
        else:
            row = int(positions[repeat.row])
            refused.append(_quarantined(reader, chunk, row, columns.id, _used_before(repeat)))
    quarantined = (*chunk.quarantined, *refused)
    writer.loop.commit(stepped, progress, quarantined)
    summary.count(stepped.booked, writer.machine.rule_codes)
    summary.count_quarantined(quarantined)


def let_holds_lapse(writer: Writer, batch: MovementBatch) -> None:
    """Advance the institution's time over every expiry up to the first row: the stream is its only clock.

    Effective time counts, not the row's own, so that it makes no difference where a reading was interrupted.
    """
    for event_us in batch.rows["event_us"][:1].tolist():
        while writer.machine.book.next_expiry_us() <= max(event_us, writer.machine.effective_us):
            writer.loop.apply(TimeAdvanced(writer.machine.book.next_expiry_us()))


def _until_next_expiry(writer: Writer, batch: MovementBatch) -> int:
    """How many rows come before the next hold may lapse, of those open or placed in the batch; at least one."""
    rows = batch.rows
    effective_us = np.maximum.accumulate(np.maximum(rows["event_us"], writer.machine.effective_us))
    placed = np.flatnonzero((rows["phase"] == Phase.PLACE) & (rows["expires_us"] != NO_AMOUNT))
    lapses = np.maximum(placed + 1, np.searchsorted(effective_us, rows["expires_us"][placed]))
    of_open = int(np.searchsorted(effective_us, writer.machine.book.next_expiry_us()))
    return int(min([max(1, of_open), *lapses.tolist()]))


def _finish(writer: Writer, progress: ReadProgress) -> None:
    """Say that the input has been read whole, behind all of its rows."""
    nothing = MovementBatch(np.zeros(0, MOVEMENT), Strings.of([]), ())
    writer.loop.commit(writer.loop.step(nothing), progress)


def _late_rows(batch: MovementBatch, effective_us: int, skew_s: int) -> dict[int, str]:
    """Rows whose time lies further behind the journal's than the source's bound, each with the reason."""
    event_us = batch.rows["event_us"]
    behind_s = (np.maximum.accumulate(np.maximum(event_us, effective_us)) - event_us) // 1_000_000
    return {
        int(i): f"found a time {behind_s[i]:,} s behind the journal's; expected at most {skew_s:,} s"
        for i in np.flatnonzero(behind_s > skew_s)
    }


def _foreign_rows(batch: MovementBatch, machine: Machine) -> dict[int, str]:
    """Rows in another currency than the book's: units of two currencies must never add up in one account."""
    assert machine.institution is not None
    own = machine.institution.currency
    found = np.flatnonzero(batch.rows["currency"] != currency_number(own)).tolist()
    currencies = batch.rows["currency"]
    return {
        i: f"found {currency_code(int(currencies[i]))}; expected {own}, the currency of this book" for i in found
    }


def _unknown(writer: Writer, batch: MovementBatch, late: dict[int, str]) -> dict[int, str]:
    """Of late rows those not decided before: a repeat keeps its first answer, however late it comes."""
    if not late:
        return late
    rows = batch.take(np.array(list(late), np.int64))
    seen, earlier = writer.machine.seen(rows), earlier_movements(writer, rows)
    return {
        row: reason
        for (row, reason), sequence in zip(late.items(), seen, strict=True)
        if sequence == ABSENT and batch.ids[row] not in earlier
    }


def _used_before(repeat: Repeat) -> str:
    return f"found an id that stands for another movement (journal leaf {repeat.sequence}); expected a new one"


def earlier_movements(writer: Writer, batch: MovementBatch) -> dict[str, int]:
    """Ids that only the stored journal can tell new from old, with their leaf."""
    suspects = writer.machine.suspects(batch)
    if not suspects:
        return {}
    # They are looked up in the projections, which may lie behind by more than the machine itself remembers.
    writer.loop.catch_up(writer.machine.sequence - writer.machine.duplicates.recent_ids)
    return find_movements(writer.stores, suspects)


def _is_the_same(writer: Writer, repeat: Repeat, batch: MovementBatch) -> bool:
    leaf = decode_movement_leaf(writer.stores.journal.read_leaf(repeat.sequence))
    return says_the_same(leaf, batch, repeat.row)


def _quarantined(reader: InputReader, chunk: Chunk, row: int, field: str, reason: str) -> QuarantinedRow:
    """A row that was read well but cannot be taken, as it stands in the file."""
    number, raw = chunk.origins.row(row), chunk.origins.raw(row)
    return QuarantinedRow(reader.input_sha256, reader.name, reader.source.code, number, field, reason, raw)
