"""Read files into an institution: decide, book and seal every row, resume where an earlier run stopped."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.intake.reading import Chunk, InputReader, open_input
from bulkhead.intake.source import Source
from bulkhead.kernel.events import RuleSetPublished, SourceRegistered
from bulkhead.kernel.journal import ReadProgress
from bulkhead.runtime.lookup import find_movements
from bulkhead.runtime.wiring import Writer

OnProgress = Callable[[int, int], None]  # rows done, rows in all (0: not known)


@dataclass(slots=True)
class WatchSummary:
    """What a run did. Counters are by name; times in seconds."""

    rows: int = 0
    rows_skipped: int = 0  # already read by an earlier run
    repeats: int = 0  # ids decided before, with the same content: the first answer stands
    decided: int = 0
    quarantined: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    rule_hits: Counter[str] = field(default_factory=Counter)
    rule_unknowns: Counter[str] = field(default_factory=Counter)
    quarantine_reasons: Counter[str] = field(default_factory=Counter)
    acknowledged_s: float = 0.0
    finished_s: float = 0.0

    @property
    def peak_rss_mib(self) -> float:
        """Largest resident memory of this process so far."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def publish_rules(writer: Writer, text: str, maker: str, checker: str = "") -> bool:
    """Publish a rule set unless it is the one in force. ``text`` is canonical. Gives whether it was published."""
    published = writer.machine.rule_set_events
    if published and published[-1].text == text:
        return False
    writer.loop.apply(RuleSetPublished(len(published) + 1, text, maker, checker))
    return True


def register_source(writer: Writer, source: Source) -> None:
    """Say in the journal how rows of this source are read, unless it says so already."""
    event = SourceRegistered(source.code, source.definition, tuple(sorted(source.provides)))
    if writer.machine.sources.get(source.code) != event:
        writer.loop.apply(event)


def watch(writer: Writer, paths: list[Path], source: Source, now_us: int, on_progress: OnProgress) -> WatchSummary:
    """Read the files in order. Rows an earlier run has done are skipped; bad rows go to quarantine.

    Raises ``BadInput`` for a file that cannot be read at all; what came before it is kept.
    """
    summary, began_s = WatchSummary(), time.perf_counter()
    register_source(writer, source)
    for path in paths:
        with open_input(path, source, writer.stores.vault, latest_us=now_us) as reader:
            _watch_one(writer, reader, source, summary, on_progress)
    writer.loop.flush()
    summary.acknowledged_s = time.perf_counter() - began_s
    return summary


def _watch_one(
    writer: Writer, reader: InputReader, source: Source, summary: WatchSummary, on_progress: OnProgress
) -> None:
    before = writer.stores.journal.progress(reader.input_sha256)
    if before is None:
        before = ReadProgress(reader.input_sha256, 0, writer.machine.sequence)
    summary.rows_skipped += before.rows_done
    on_progress(before.rows_done, reader.total_rows)
    if before.finished:
        return
    done = before.rows_done
    for chunk in reader.chunks(skip_rows=done):
        for part in chunk.split(BATCH_ROWS_MAX):
            progress = replace(before, rows_done=part.rows_done)
            _take(writer, part, progress, source, summary)
            summary.rows += part.rows_done - done
            done = part.rows_done
            on_progress(done, reader.total_rows)
    _finish(writer, replace(before, rows_done=done, finished=True))


def _take(writer: Writer, chunk: Chunk, progress: ReadProgress, source: Source, summary: WatchSummary) -> None:
    """Decide one chunk; its rows, progress and quarantine become durable together."""
    late = late_reasons(chunk.batch.rows["event_us"], writer.machine.effective_us, source.skew_s)
    on_time = (
        np.array([i for i in range(len(chunk.batch)) if i not in late]) if late else np.arange(len(chunk.batch))
    )
    batch = chunk.batch.take(on_time) if late else chunk.batch
    stepped = writer.loop.step(batch, _earlier(writer, batch))
    refused = [chunk.quarantine(row, "time", reason) for row, reason in late.items()]
    for repeat in stepped.repeats:
        if repeat.same:
            summary.repeats += 1
        else:
            reason = (
                f"the id stands for another movement already, journal leaf {repeat.sequence}; ids are used once"
            )
            refused.append(chunk.quarantine(int(on_time[repeat.row]), "id", reason))
    quarantined = (*chunk.quarantined, *refused)
    writer.loop.commit(stepped, progress, quarantined)
    _count(summary, stepped, quarantined, writer)


def _finish(writer: Writer, progress: ReadProgress) -> None:
    """Say that the input has been read whole, once all of it is durable."""
    nothing = MovementBatch(np.zeros(0, MOVEMENT), Strings.of([]), ())
    writer.loop.commit(writer.loop.step(nothing), progress)


def late_reasons(event_us: NDArray[np.int64], effective_us: int, skew_s: int) -> dict[int, str]:
    """Rows whose time lies further behind the journal's than the source's bound, each with the reason."""
    running = np.maximum.accumulate(np.maximum(event_us, effective_us))
    behind_s = (running - event_us) // 1_000_000
    return {
        int(i): f"{behind_s[i]} s behind the journal's time; this source allows {skew_s} s"
        for i in np.flatnonzero(behind_s > skew_s)
    }


def _earlier(writer: Writer, batch: MovementBatch) -> Mapping[str, int]:
    """Ids that only the stored journal can tell new from old, with their leaf."""
    suspects = writer.machine.suspects(batch)
    return find_movements(writer.stores, suspects) if suspects else {}


def _count(
    summary: WatchSummary, stepped: Stepped, quarantined: tuple[QuarantinedRow, ...], writer: Writer
) -> None:
    outcomes, rows = stepped.booked.outcomes, stepped.booked.batch.rows
    summary.decided += len(rows)
    summary.quarantined += len(quarantined)
    summary.quarantine_reasons.update(f"{row.field}: {row.reason}" for row in quarantined)
    _tally(summary.outcomes, outcomes["outcome"], Outcome)
    _tally(summary.statuses, outcomes["status"], Status)
    _tally(summary.refusals, outcomes["refusal"][outcomes["refusal"] != Refusal.NONE], Refusal)
    _tally(summary.kinds, rows["kind"], MovementKind)
    for finding in Finding:
        if finding:
            summary.findings[finding.name or ""] += int((outcomes["findings"] & finding != 0).sum())
    rules = writer.machine.decider.rule_set.rules if writer.machine.decider else ()
    for counter, bits in (
        (summary.rule_hits, stepped.booked.hits),
        (summary.rule_unknowns, stepped.booked.unknowns),
    ):
        totals = np.unpackbits(bits, axis=1, bitorder="little").sum(axis=0)
        counter.update({rule.code: int(total) for rule, total in zip(rules, totals, strict=False) if total})


def _tally(counter: Counter[str], values: NDArray[np.uint8], names: type[IntEnum]) -> None:
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        counter[names(value).name.lower()] += int(count)
