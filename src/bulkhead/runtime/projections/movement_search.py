"""Searches the table of movements, page by page, and never longer than it was given."""

from __future__ import annotations

import time
from dataclasses import dataclass

from psycopg.rows import TupleRow

from bulkhead.runtime.projections.movement_conditions import Conditions, conditions_of
from bulkhead.runtime.projections.movement_query import MovementPage, MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_table import SHOWN, movement_rows_shown
from bulkhead.runtime.projections.rule_bits import published_rules

PAGE_ROWS_MAX = 1_000
_STEP_FIRST, _STEP_MAX = 4_096, 65_536  # sequences looked at in one statement

# Effective time never falls along the journal, so the first movement of a moment is found by halving.
_FIRST_AT = """
    WITH RECURSIVE halving (low, high) AS (
        SELECT 0::bigint, %(to)s::bigint
        UNION ALL
        SELECT CASE WHEN m.effective_us < %(at_us)s THEN m.sequence + 1 ELSE low END,
            CASE WHEN m.effective_us < %(at_us)s THEN high ELSE middle END
        FROM (SELECT low, high, (low + high) / 2 AS middle FROM halving WHERE low < high) h
        LEFT JOIN LATERAL (
            SELECT sequence, effective_us FROM movement
            WHERE institution = %(institution)s AND sequence >= middle ORDER BY sequence LIMIT 1
        ) m ON true
    )
    SELECT low FROM halving WHERE low >= high
"""


@dataclass(slots=True)
class _Found:
    rows: list[TupleRow]
    searched_to: int  # the bound that was not crossed: all on the near side of it has been looked at
    complete: bool


def search_movements(
    reading: Reading,
    query: MovementQuery,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
    budget_ms: int = 250,
) -> MovementPage:
    """The page of movements next to a sequence: older than ``before``, newer than ``after``, or the newest.

    The rows are newest first either way. The search ends at the budget with what it has; see ``MovementPage``.
    """
    assert 1 <= limit <= PAGE_ROWS_MAX
    assert before is None or after is None
    deadline_s = time.monotonic() + budget_ms / 1000
    rules = published_rules(reading)
    wanted = conditions_of(reading, query, rules)
    low, high = _bounds(reading, query)
    if wanted.impossible:
        low = high
    if after is None:
        high = max(low, min(high, before if before is not None else high))
        found = _scan(reading, wanted, low, high, limit + 1, deadline_s, newest_first=True)
    else:
        low = min(high, max(low, after + 1))
        found = _scan(reading, wanted, low, high, limit + 1, deadline_s, newest_first=False)
    rows = movement_rows_shown(reading, rules, found.rows[:limit])
    more = len(found.rows) > limit
    return _older_page(rows, found, before, more) if after is None else _newer_page(rows, found, after, more)


def _older_page(rows: list[MovementRow], found: _Found, before: int | None, more: bool) -> MovementPage:
    older = rows[-1].sequence if more else None if found.complete else found.searched_to
    newer = None if before is None else rows[0].sequence if rows else before - 1
    searched_to = rows[-1].sequence if more else found.searched_to
    return MovementPage(tuple(rows), older, newer, searched_to, more or found.complete)


def _newer_page(rows: list[MovementRow], found: _Found, after: int, more: bool) -> MovementPage:
    rows.reverse()
    newer = rows[0].sequence if more else None if found.complete else found.searched_to - 1
    older = rows[-1].sequence if rows else after + 1
    searched_to = rows[0].sequence if more else found.searched_to
    return MovementPage(tuple(rows), older, newer, searched_to, more or found.complete)


def count_movements(reading: Reading, query: MovementQuery, budget_ms: int = 250) -> tuple[int, bool]:
    """How many movements meet the query, and whether that is all; False: at least so many."""
    deadline_s = time.monotonic() + budget_ms / 1000
    wanted = conditions_of(reading, query, published_rules(reading))
    low, high = _bounds(reading, query)
    count, step = 0, _STEP_FIRST
    if wanted.impossible:
        return 0, True
    while high > low and time.monotonic() < deadline_s:
        start = max(low, high - step)
        rows = reading.rows(
            "SELECT count(*) FROM movement WHERE institution = %(institution)s"
            f" AND sequence >= %(start)s AND sequence < %(stop)s{wanted.sql}",
            {**wanted.parameters, "start": start, "stop": high},
        )
        count, high, step = count + int(rows[0][0]), start, min(step * 2, _STEP_MAX)
    return count, high <= low


def movements_since(reading: Reading, sequence: int, limit: int = 1_000) -> list[MovementRow]:
    """The first movements from ``sequence`` on, oldest first: what a live stream sends next."""
    assert 1 <= limit <= PAGE_ROWS_MAX
    rows = reading.rows(
        f"SELECT {SHOWN} FROM movement WHERE institution = %(institution)s AND sequence >= %(sequence)s"
        " ORDER BY sequence LIMIT %(limit)s",
        {"sequence": sequence, "limit": limit},
    )
    return movement_rows_shown(reading, published_rules(reading), rows)


def _bounds(reading: Reading, query: MovementQuery) -> tuple[int, int]:
    """The sequences, from and before, between which the query's times lie."""
    low, high = 0, reading.projected_to()
    if query.until_us is not None:
        high = _first_at(reading, query.until_us + 1, high)
    if query.since_us is not None:
        low = _first_at(reading, query.since_us, high)
    return low, high


def _first_at(reading: Reading, at_us: int, to: int) -> int:
    return int(reading.rows(_FIRST_AT, {"at_us": at_us, "to": to})[0][0])


def _scan(
    reading: Reading,
    wanted: Conditions,
    low: int,
    high: int,
    limit: int,
    deadline_s: float,
    *,
    newest_first: bool,
) -> _Found:
    """Look at the rows of [low, high) from one end, in growing steps."""
    rows: list[TupleRow] = []
    step = _STEP_FIRST
    while low < high and len(rows) < limit:
        start, stop = (max(low, high - step), high) if newest_first else (low, min(high, low + step))
        rows += reading.rows(
            f"SELECT {SHOWN} FROM movement WHERE institution = %(institution)s"
            f" AND sequence >= %(start)s AND sequence < %(stop)s{wanted.sql}"
            f" ORDER BY sequence {'DESC' if newest_first else 'ASC'} LIMIT %(limit)s",
            {**wanted.parameters, "start": start, "stop": stop, "limit": limit - len(rows)},
        )
        low, high = (low, start) if newest_first else (stop, high)
        step = min(step * 2, _STEP_MAX)
        if time.monotonic() > deadline_s:
            break
    return _Found(rows, high if newest_first else low, complete=low >= high)
