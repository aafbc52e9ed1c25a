"""The rows a decision rests on: what the same parties did inside the longest window before it."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.analysis.features import WINDOWS
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.runtime.wiring import Stores

ROWS_SHOWN = 10
_WINDOW_US = max(WINDOWS.values()) * 1_000_000

# Effective time never falls along the journal, so the window's first leaf is found by halving, not by scanning.
_FIRST = """
    SELECT sequence, effective_us FROM movement WHERE institution = %s AND sequence >= %s ORDER BY sequence LIMIT 1
"""
_ROWS = """
    SELECT m.sequence, m.effective_us, m.amount_minor, coalesce(a.name, ''), coalesce(b.name, '')
    FROM movement m
    LEFT JOIN name a ON a.institution = m.institution AND a.number = m.payer
    LEFT JOIN name b ON b.institution = m.institution AND b.number = m.payee
    WHERE m.institution = %(institution)s AND m.sequence >= %(first)s AND m.sequence < %(sequence)s
      AND (m.payer = ANY(%(parties)s) OR m.payee = ANY(%(parties)s) OR m.device = ANY(%(parties)s))
    ORDER BY m.sequence DESC LIMIT %(limit)s
"""


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
    parties = [leaf.strings[column] for column in ("payer", "payee", "device") if leaf.strings[column]]
    with stores.connect() as connection:
        numbers = connection.execute(
            "SELECT number FROM name WHERE institution = %s AND name = ANY(%s)", [stores.number, parties]
        ).fetchall()
        low, high = 0, sequence
        while low < high:
            middle = (low + high) // 2
            row = connection.execute(_FIRST, [stores.number, middle]).fetchone()
            if row is not None and row[1] < leaf.fixed["effective_us"] - _WINDOW_US:
                low = int(row[0]) + 1
            else:
                high = middle
        rows = connection.execute(
            _ROWS,
            {
                "institution": stores.number,
                "first": low,
                "sequence": sequence,
                "parties": [number for (number,) in numbers],
                "limit": ROWS_SHOWN,
            },
        ).fetchall()
    return tuple(EvidenceRow(*row) for row in rows)
