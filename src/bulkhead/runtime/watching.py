"""Read files into an institution: decide, book and seal every row, resume where an earlier run stopped."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bulkhead.intake.reading import Chunk, InputReader, open_input
from bulkhead.intake.source import Source
from bulkhead.kernel.events import RuleSetPublished, SourceRegistered
from bulkhead.kernel.journal import ReadProgress
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
    done = before.rows_done if before else 0
    first_sequence = before.first_sequence if before else writer.machine.sequence
    summary.rows_skipped += done
    on_progress(done, reader.total_rows)
    if before and before.finished:
        return
    for chunk in reader.chunks(skip_rows=done):
        _take(writer, chunk, source, first_sequence, summary)
        summary.rows += chunk.rows_done - done
        done = chunk.rows_done
        on_progress(done, reader.total_rows)


def _take(writer: Writer, chunk: Chunk, source: Source, first_sequence: int, summary: WatchSummary) -> None:
    late = late_rows(chunk, writer.machine.effective_us, source.skew_s)
    batch = chunk.batch if not late else chunk.batch.take(np.setdiff1d(np.arange(len(chunk.batch)), list(late)))
    positions = np.setdiff1d(np.arange(len(chunk.batch)), list(late))
    stepped = writer.loop.step(batch, _earlier(writer, batch))
    quarantined = [*chunk.quarantined]
    quarantined += [chunk.quarantine(row, "time", reason) for row, reason in late.items()]
    for repeat in stepped.repeats:
        reason = _repeat_fault(repeat, first_sequence)
        if reason is None:
            summary.repeats += 1
        else:
            quarantined.append(chunk.quarantine(int(positions[repeat.row]), "id", reason))
    progress = ReadProgress(chunk.input_sha256, chunk.rows_done, first_sequence, chunk.is_last)
    writer.loop.commit(stepped, progress, tuple(quarantined))
    count(summary, stepped, quarantined, [rule.code for rule in _rules(writer)])
