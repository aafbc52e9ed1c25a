"""The rows a decision rests on: what the same parties did inside the longest window before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bulkhead.analysis.features import WINDOWS
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading, reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.runtime.wiring import Stores

ROWS_SHOWN = 10
_WINDOW_US = max(WINDOWS.values()) * 1_000_000
_ROLES = ("payer", "payee", "device")
_BUDGET_MS = 2_000  # of one page of one party: far more than its index needs


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An earlier movement of the same payer, payee or device."""

    sequence: int
    effective_us: int
    amount_minor: int
    payer: str
    payee: str


def evidence_rows(stores: Stores, sequence: int, leaf: MovementLeaf) -> tuple[EvidenceRow, ...]:
    """The latest movements of the leaf's parties within 30 days before it, newest first."""
    parties = {leaf.strings[role] for role in _ROLES} - {""}
    since_us = leaf.fixed["effective_us"] - _WINDOW_US
    found: dict[int, MovementRow] = {}
    with reading(stores) as open_reading:
        for party in sorted(parties):
            query = MovementQuery(party=party, since_us=since_us)
            found |= {row.sequence: row for row in _latest(open_reading, query, sequence, parties)}
    newest = sorted(found.values(), key=lambda row: -row.sequence)[:ROWS_SHOWN]
    return tuple(
        EvidenceRow(row.sequence, row.effective_us, row.amount_minor, row.payer, row.payee) for row in newest
    )


def _latest(reading: Reading, query: MovementQuery, before: int, parties: set[str]) -> Iterator[MovementRow]:
    """The newest movements in which one of the parties pays, is paid or is the device."""
    count, place = 0, before
    while count < ROWS_SHOWN:
        page = search_movements(reading, query, before=place, limit=2 * ROWS_SHOWN, budget_ms=_BUDGET_MS)
        for row in page.rows:
            if {row.payer, row.payee, row.device} & parties:
                count += 1
                yield row
        if page.older is None:
            return
        place = page.older
