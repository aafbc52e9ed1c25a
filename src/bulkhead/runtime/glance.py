"""What a page wants to know of an institution at a glance, from the projections and at a bounded cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.kernel.movements import Outcome
from bulkhead.runtime.projections.movement_query import MovementRow, Reading, reading
from bulkhead.runtime.projections.movement_table import SHOWN, movement_rows_shown
from bulkhead.runtime.projections.rule_bits import published_rules
from bulkhead.runtime.wiring import Stores

RECENT_ROWS = 10_000

_FOUR_EYES = """
    SELECT 1 FROM event WHERE institution = %(institution)s AND type = 'FourEyesDemanded' LIMIT 1
"""
_RECENT = """
    SELECT sequence, effective_us, outcome, rule_set, hits FROM movement
    WHERE institution = %(institution)s ORDER BY sequence DESC LIMIT %(rows)s
"""


@dataclass(frozen=True, slots=True)
class Recent:
    """The last movements, at most ``RECENT_ROWS``. Times are effective; None without any."""

    movements: int
    first: int | None  # their earliest leaf
    since_us: int | None
    until_us: int | None
    outcomes: dict[Outcome, int]
    hits: dict[str, int]  # rule -> how many of them it hit
    buckets: tuple[tuple[int, dict[Outcome, int]], ...]  # start, and counts of equal spans of time, oldest first


def demands_four_eyes(stores: Stores) -> bool:
    """Whether publishing rules, ending holds and changing access take two people here."""
    with reading(stores) as tables:
        return bool(tables.rows(_FOUR_EYES, {}))


def movements_at(stores: Stores, sequences: Sequence[int]) -> dict[int, MovementRow]:
    """The movements of these leaves, as far as they are projected."""
    with reading(stores) as tables:
        rows = tables.rows(
            f"SELECT {SHOWN} FROM movement WHERE institution = %(institution)s AND sequence = ANY(%(sequences)s)",
            {"sequences": list(sequences)},
        )
        return {row.sequence: row for row in movement_rows_shown(tables, published_rules(tables), rows)}


def recent(stores: Stores, *, rows: int = RECENT_ROWS, buckets: int = 48) -> Recent:
    """Count the last movements by outcome, by rule and by time."""
    assert 1 <= rows <= RECENT_ROWS
    with reading(stores) as tables:
        found = tables.rows(_RECENT, {"rows": rows})
        hits = _hits(tables, Counter((rule_set, hit) for *_, rule_set, hit in found))
    times = [(effective_us, Outcome(outcome)) for _, effective_us, outcome, _, _ in found]
    return Recent(
        movements=len(found),
        first=int(found[-1][0]) if found else None,
        since_us=times[-1][0] if times else None,
        until_us=times[0][0] if times else None,
        outcomes={outcome: sum(each is outcome for _, each in times) for outcome in Outcome},
        hits=hits,
        buckets=_buckets(times, buckets),
    )


def _hits(tables: Reading, counted: Counter[tuple[int, bytes]]) -> dict[str, int]:
    rules = published_rules(tables)
    hits: Counter[str] = Counter()
    for (rule_set, bits), count in counted.items():
        hits.update(dict.fromkeys(rules.codes_of(rule_set, bits), count))
    return dict(hits)


def _buckets(times: list[tuple[int, Outcome]], wanted: int) -> tuple[tuple[int, dict[Outcome, int]], ...]:
    if not times:
        return ()
    first_us, last_us = times[-1][0], times[0][0]
    span_us = max(1, -(-(last_us - first_us + 1) // wanted))
    counts = [dict.fromkeys(Outcome, 0) for _ in range(-(-(last_us - first_us + 1) // span_us))]
    for at_us, outcome in times:
        counts[(at_us - first_us) // span_us][outcome] += 1
    return tuple((first_us + k * span_us, count) for k, count in enumerate(counts))
