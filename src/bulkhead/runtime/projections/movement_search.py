"""Searches the table of movements, page by page, and never longer than it was given."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import TupleRow

from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.movement_conditions import Conditions, timeless_conditions
from bulkhead.runtime.projections.movement_query import MovementPage, MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_table import SHOWN, movement_rows_shown
from bulkhead.runtime.projections.rule_bits import PublishedRules, published_rules
from bulkhead.runtime.projections.run_reading import Condition, Flags, index_conditions, matches

PAGE_ROWS_MAX = 1_000
_SCAN_FIRST, _SCAN_MAX = 4_096, 65_536  # sequences looked at in one statement, where there are no runs
_RUNS_FIRST, _RUNS_MAX = 4, 128  # runs looked at in one statement
_DOUBTFUL_TOGETHER = 512  # rows looked at one by one in one statement

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
_ROWS = f"SELECT {SHOWN} FROM movement WHERE institution = %(institution)s"
_COUNT = "SELECT count(*) FROM movement WHERE institution = %(institution)s"


@dataclass(slots=True)
class _Search:
    """A query made ready: which sequences it may look at, until when, and how a row is found and judged."""

    reading: Reading
    rules: PublishedRules
    sql: Conditions
    indexed: tuple[Condition, ...]
    low: int  # sequences from here on
    high: int  # and before here
    runs_end: int  # from here on there are no runs
    deadline_s: float

    @property
    def exact(self) -> bool:
        """Whether the runs alone tell what meets the query."""
        return all(each.exact for each in self.indexed)

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() > self.deadline_s


@dataclass(slots=True)
class _Found:
    rows: list[TupleRow]
    searched_to: int  # all on the near side of this bound has been looked at
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
    search = _search(reading, query, budget_ms)
    if after is None:
        if before is not None:
            search.high = max(search.low, min(search.high, before))
        found = _newest(search, limit + 1)
    else:
        search.low = min(search.high, max(search.low, after + 1))
        found = _oldest(search, limit + 1)
    rows = movement_rows_shown(reading, search.rules, found.rows[:limit])
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
    search = _search(reading, query, budget_ms)
    count = 0
    for start, stop in _scan_steps(max(search.low, search.runs_end), search.high, newest_first=True):
        if search.out_of_time:
            return count, False
        rows = search.reading.rows(
            f"{_COUNT} AND sequence >= %(start)s AND sequence < %(stop)s{search.sql.sql}",
            {**search.sql.parameters, "start": start, "stop": stop},
        )
        count += int(rows[0][0])
    for runs in _run_steps(search.low, min(search.high, search.runs_end), newest_first=True):
        flags = matches(reading, search.indexed, runs)
        _keep_between(search, runs, flags)
        if search.exact:
            count += int(np.count_nonzero(flags))
        doubtful = [] if search.exact else _sequences(runs, flags)
        for k in range(0, len(doubtful), _DOUBTFUL_TOGETHER):
            if search.out_of_time:
                return count, False
            rows = search.reading.rows(
                f"{_COUNT} AND sequence = ANY(%(sequences)s){search.sql.sql}",
                {**search.sql.parameters, "sequences": doubtful[k : k + _DOUBTFUL_TOGETHER]},
            )
            count += int(rows[0][0])
        if search.out_of_time and runs[-1] * facets.RUN_SEQUENCES > search.low:
            return count, False
    return count, True


def movements_since(reading: Reading, sequence: int, limit: int = 1_000) -> list[MovementRow]:
    """The first movements from ``sequence`` on, oldest first: what a live stream sends next."""
    assert 1 <= limit <= PAGE_ROWS_MAX
    rows = reading.rows(
        f"{_ROWS} AND sequence >= %(sequence)s ORDER BY sequence LIMIT %(limit)s",
        {"sequence": sequence, "limit": limit},
    )
    return movement_rows_shown(reading, published_rules(reading), rows)


def _search(reading: Reading, query: MovementQuery, budget_ms: int) -> _Search:
    deadline_s = time.monotonic() + budget_ms / 1000
    rules = published_rules(reading)
    party, account = (reading.number_of(name) if name else None for name in (query.party, query.account))
    sql = timeless_conditions(query, rules, party, account)
    next_sequence, runs_end, _ = reading.progress()
    low, high = 0, next_sequence
    if query.until_us is not None:
        high = _first_at(reading, query.until_us + 1, high)
    if query.since_us is not None:
        low = _first_at(reading, query.since_us, high)
    if query.to_sequence is not None:
        high = max(low, min(high, query.to_sequence + 1))
    if query.from_sequence is not None:
        low = min(high, max(low, query.from_sequence))
    if sql.impossible:
        high = low
    return _Search(
        reading, rules, sql, index_conditions(query, rules, party, account), low, high, runs_end, deadline_s
    )


def _first_at(reading: Reading, at_us: int, to: int) -> int:
    return int(reading.rows(_FIRST_AT, {"at_us": at_us, "to": to})[0][0])


def _newest(search: _Search, limit: int) -> _Found:
    """The newest rows: first among those that are in no run yet, then in the runs."""
    found = _scanned(search, max(search.low, search.runs_end), search.high, limit, newest_first=True)
    if found.complete and len(found.rows) < limit:
        high = min(search.high, search.runs_end)
        rest = _from_runs(search, search.low, high, limit - len(found.rows), newest_first=True)
        return _Found(found.rows + rest.rows, rest.searched_to, rest.complete)
    return found


def _oldest(search: _Search, limit: int) -> _Found:
    """The oldest rows: first in the runs, then among those that are in none yet."""
    found = _from_runs(search, search.low, min(search.high, search.runs_end), limit, newest_first=False)
    if found.complete and len(found.rows) < limit:
        low = max(search.low, search.runs_end)
        rest = _scanned(search, low, search.high, limit - len(found.rows), newest_first=False)
        return _Found(found.rows + rest.rows, rest.searched_to, rest.complete)
    return found


def _scanned(search: _Search, low: int, high: int, limit: int, *, newest_first: bool) -> _Found:
    """Rows of [low, high) that meet the query, looked at one by one."""
    rows: list[TupleRow] = []
    for start, stop in _scan_steps(low, high, newest_first=newest_first):
        rows += search.reading.rows(
            f"{_ROWS} AND sequence >= %(start)s AND sequence < %(stop)s{search.sql.sql}"
            f" ORDER BY sequence {'DESC' if newest_first else 'ASC'} LIMIT %(limit)s",
            {**search.sql.parameters, "start": start, "stop": stop, "limit": limit - len(rows)},
        )
        at_end = start <= low if newest_first else stop >= high
        if not at_end and (len(rows) >= limit or search.out_of_time):
            return _Found(rows, start if newest_first else stop, complete=False)
    return _Found(rows, min(low, high) if newest_first else high, complete=True)


def _from_runs(search: _Search, low: int, high: int, limit: int, *, newest_first: bool) -> _Found:
    """Rows of [low, high) that meet the query, by the runs."""
    rows: list[TupleRow] = []
    for runs in _run_steps(low, high, newest_first=newest_first):
        flags = matches(search.reading, search.indexed, runs)
        _keep_between(search, runs, flags)
        sequences = _sequences(runs, flags, newest_first=newest_first)
        together = limit if search.exact else max(limit, _DOUBTFUL_TOGETHER)
        for k in range(0, len(sequences), together):
            chosen = sequences[k : k + together]
            rows += search.reading.rows(
                f"{_ROWS} AND sequence = ANY(%(sequences)s){search.sql.sql}"
                f" ORDER BY sequence {'DESC' if newest_first else 'ASC'} LIMIT %(limit)s",
                {**search.sql.parameters, "sequences": chosen, "limit": limit - len(rows)},
            )
            if len(rows) >= limit or (search.out_of_time and k + together < len(sequences)):
                return _Found(rows, chosen[-1] + (not newest_first), complete=False)
        bound = max(low, min(runs) * facets.RUN_SEQUENCES), min(high, (max(runs) + 1) * facets.RUN_SEQUENCES)
        at_end = bound[0] <= low if newest_first else bound[1] >= high
        if search.out_of_time and not at_end:
            return _Found(rows, bound[0] if newest_first else bound[1], complete=False)
    return _Found(rows, min(low, high) if newest_first else high, complete=True)


def _scan_steps(low: int, high: int, *, newest_first: bool) -> Iterator[tuple[int, int]]:
    """[low, high) in growing steps from one end."""
    step = _SCAN_FIRST
    while low < high:
        start, stop = (max(low, high - step), high) if newest_first else (low, min(high, low + step))
        yield start, stop
        low, high = (low, start) if newest_first else (stop, high)
        step = min(step * 2, _SCAN_MAX)


def _run_steps(low: int, high: int, *, newest_first: bool) -> Iterator[list[int]]:
    """The runs of [low, high) in growing steps from one end."""
    if low >= high:
        return
    runs = list(range(low // facets.RUN_SEQUENCES, (high - 1) // facets.RUN_SEQUENCES + 1))
    if newest_first:
        runs.reverse()
    start, step = 0, _RUNS_FIRST
    while start < len(runs):
        yield runs[start : start + step]
        start, step = start + step, min(step * 4, _RUNS_MAX)


def _keep_between(search: _Search, runs: list[int], flags: Flags) -> None:
    """Strike out what lies outside the sequences searched."""
    for k, run in enumerate(runs):
        first = run * facets.RUN_SEQUENCES
        flags[k, : max(0, search.low - first)] = False
        flags[k, max(0, search.high - first) :] = False


def _sequences(runs: list[int], flags: Flags, *, newest_first: bool = True) -> list[int]:
    """The sequences of the flags that are set."""
    rows, offsets = np.nonzero(flags)
    sequences: NDArray[np.int64] = np.array(runs, np.int64)[rows] * facets.RUN_SEQUENCES + offsets
    sequences.sort()
    found: list[int] = sequences.tolist()
    return found[::-1] if newest_first else found
