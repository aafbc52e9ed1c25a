"""What a run over files did, as counts by name."""

from __future__ import annotations

import resource
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bulkhead.engine.machine import Booked
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Refusal, Status


@dataclass(slots=True)
class WatchSummary:
    """Counters are by lower-case name; times are seconds since the run began."""

    rows: int = 0  # read by this run
    rows_skipped: int = 0  # read by an earlier one
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
    quarantine_reasons: list[str] = field(default_factory=list)  # the first few, as examples
    notices: list[str] = field(default_factory=list)
    acknowledged_s: float = 0.0  # when the last movement was durable
    finished_s: float = 0.0  # when the projections had caught up

    def count(self, booked: Booked, rules: tuple[str, ...]) -> None:
        """Add movements that these rules decided."""
        outcomes, rows = booked.outcomes, booked.batch.rows
        self.decided += len(rows)
        _tally(self.outcomes, outcomes["outcome"], Outcome)
        _tally(self.statuses, outcomes["status"], Status)
        _tally(self.refusals, outcomes["refusal"][outcomes["refusal"] != Refusal.NONE], Refusal)
        _tally(self.kinds, rows["kind"], MovementKind)
        for finding in Finding:
            found = int(np.count_nonzero(outcomes["findings"] & finding))
            if found:
                self.findings[(finding.name or "").lower()] += found
        for counter, bits in ((self.rule_hits, booked.hits), (self.rule_unknowns, booked.unknowns)):
            totals = np.unpackbits(bits, axis=1, bitorder="little").sum(axis=0)
            counter.update({code: int(total) for code, total in zip(rules, totals, strict=False) if total})

    def count_quarantined(self, rows: tuple[QuarantinedRow, ...]) -> None:
        """Add rows that went to quarantine; the first few are kept as examples."""
        self.quarantined += len(rows)
        for row in rows[: EXAMPLES_MAX - len(self.quarantine_reasons)]:
            where = f"{row.input_name}, row {row.row}" + (f", {row.field}" if row.field else "")
            self.quarantine_reasons.append(f"{where}: {row.reason}")

    @property
    def peak_rss_mib(self) -> float:
        """Largest resident memory of this process so far."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


EXAMPLES_MAX = 10


def _tally(counter: Counter[str], values: NDArray[np.uint8], names: type[IntEnum]) -> None:
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        counter[names(value).name.lower()] += int(count)
