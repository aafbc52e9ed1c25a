"""The console's tables at millions of movements: any filter offered, first pages and deep ones, beside plain SQL.

The town is written by the projector itself, from made-up rows: an engine would give the tables nothing else. Plain
SQL asks the same of the same table, ``WHERE … ORDER BY sequence DESC LIMIT 50``, and is stopped after a few seconds.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import psycopg

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.benchmarks import Benchmark, Metric, metric_of
from bulkhead.runtime.benchmarks._synthetic_town import FIRST_US, projections
from bulkhead.runtime.benchmarks._table_questions import questions
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.projections.account_reading import accounts_page
from bulkhead.runtime.projections.movement_conditions import conditions_of
from bulkhead.runtime.projections.movement_query import MovementPage, MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_search import count_movements, search_movements
from bulkhead.runtime.projections.movement_table import SHOWN, movement_rows_shown
from bulkhead.runtime.projections.projector import Projector
from bulkhead.runtime.projections.rule_bits import published_rules
from bulkhead.runtime.projections.similar_movements import similar_movements
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.store.institutions import institution_number
from bulkhead.runtime.store.migrate import migrate

ROWS = 10_000_000
ROWS_MIN = 10_000
PAGE_ROWS = 50
BUDGET_MS = 250
REPEATS = 5
DEPTHS = (0.9, 0.5, 0.1)  # pages that far up from the oldest
PLAIN_MS_MAX = 5_000

_Times = dict[str, list[float]]
T = TypeVar("T")


def run(data: Path | None, rows: int | None = None) -> Benchmark:
    """Build the tables in a database of their own, then ask. Raises ``BadInput`` for too few rows."""
    count = rows or ROWS
    if count < ROWS_MIN:
        raise BadInput(f"{count:,} movements say nothing about tables; ask for {ROWS_MIN:,} or more.")
    with ExitStack() as stack:
        settings = load_settings()
        parent = settings.home.parent if settings.home.parent.is_dir() else None
        folder = Path(tempfile.mkdtemp(prefix="bulkhead-bench-", dir=parent))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = stack.enter_context(open_database(settings.model_copy(update={"home": folder})))
        institution, per_s = _build(database, count)
        connection = stack.enter_context(database.connect("reader", autocommit=True))
        reading = Reading(connection, institution)
        asked = questions(reading)
        ours, counts, unfinished, slowest = _ask(reading, asked)
        plain, stopped = _ask_plainly(reading, asked)
        return Benchmark(
            "tables",
            (
                *_page_metrics(ours, plain),
                metric_of("table_count_ms_median", "ms", [statistics.median(counts)]),
                metric_of("table_count_ms_p95", "ms", [_p95(counts)]),
                *_other_tables(reading),
                metric_of("table_projected_per_s", "movements/s", [per_s]),
            ),
            _notes(count, ours, unfinished, slowest, stopped),
        )


def _build(database: Database, rows: int) -> tuple[int, float]:
    """The institution's number, and how many movements a second were written."""
    institution, spent_s = write_town(database, rows)
    with database.connect(autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # as autovacuum does behind a running engine
    return institution, rows / spent_s


def write_town(database: Database, rows: int) -> tuple[int, float]:
    """Project a synthetic town into a database; gives its institution's number and the seconds it took."""
    migrate(database.connect)
    institution = institution_number(database.connect, "tables")
    projector = Projector(database.connect(), institution)
    projector.resume_runs()
    spent_s = 0.0
    for projection in projections(rows):
        began_s = time.perf_counter()
        projector.write([projection])
        spent_s += time.perf_counter() - began_s
    projector.close()
    return institution, spent_s


def _ask(reading: Reading, asked: dict[str, MovementQuery]) -> tuple[_Times, list[float], int, tuple[float, str]]:
    """Milliseconds of pages by where they lie and of counts, how many did not finish, and the slowest question."""
    times: _Times = defaultdict(list)
    counts, unfinished = [], 0
    slowest = (0.0, "")
    for name, query in asked.items():
        pages = [(None, "first")] + [(int(reading.projected_to() * depth), "deep") for depth in DEPTHS]
        for before, where in pages:
            for _ in range(REPEATS):
                page, spent_ms = _timed(partial(_page, reading, query, before))
                times[where].append(spent_ms)
                unfinished += not page.complete
                slowest = max(slowest, (spent_ms, f"{name}, {where}"))
        counts.append(_timed(partial(count_movements, reading, query, BUDGET_MS))[1])
    return times, counts, unfinished, slowest


def _page(reading: Reading, query: MovementQuery, before: int | None) -> MovementPage:
    return search_movements(reading, query, before=before, limit=PAGE_ROWS, budget_ms=BUDGET_MS)


def _ask_plainly(reading: Reading, asked: dict[str, MovementQuery]) -> tuple[_Times, int]:
    """The same pages without the runs, each once; those stopped count as long as they were let run."""
    times: _Times = defaultdict(list)
    stopped = 0
    reading.connection.execute(f"SET statement_timeout = {PLAIN_MS_MAX}")
    for query in asked.values():
        for before, where in ((None, "first"), (reading.projected_to() // 2, "deep")):
            try:
                times[where].append(_timed(partial(plain_page, reading, query, before))[1])
            except psycopg.errors.QueryCanceled:
                times[where].append(PLAIN_MS_MAX)
                stopped += 1
    reading.connection.execute("SET statement_timeout = 0")
    return times, stopped


def plain_page(reading: Reading, query: MovementQuery, before: int | None) -> list[MovementRow]:
    """The page as one statement over the table, which is what an engineer would write first."""
    rules = published_rules(reading)
    wanted = conditions_of(reading, query, rules)
    rows = reading.rows(
        f"SELECT {SHOWN} FROM movement WHERE institution = %(institution)s AND sequence < %(before)s{wanted.sql}"
        " ORDER BY sequence DESC LIMIT %(limit)s",
        {**wanted.parameters, "before": reading.projected_to() if before is None else before, "limit": PAGE_ROWS},
    )
    return movement_rows_shown(reading, rules, rows)


def _page_metrics(ours: _Times, plain: _Times) -> list[Metric]:
    """Over all pages, then the first and the deep ones apart."""
    metrics = []
    for suffix, parts in (("", ("first", "deep")), ("_first", ("first",)), ("_deep", ("deep",))):
        mine = [each for part in parts for each in ours[part]]
        theirs = [each for part in parts for each in plain[part]]
        low, high = min(mine), max(mine)
        middle = Metric(
            f"table{suffix}_page_ms_median",
            "ms",
            statistics.median(mine),
            low,
            high,
            {"plain_sql": statistics.median(theirs)},
        )
        late = replace(
            middle,
            metric=f"table{suffix}_page_ms_p95",
            ours=_p95(mine),
            references={"plain_sql": _p95(theirs)},
        )
        metrics += [middle, late]
    return metrics


def _other_tables(reading: Reading) -> list[Metric]:
    """Accounts, statements and similar movements."""
    to = reading.projected_to()
    pages = [(None, ()), (to // 20, ()), (to // 50, (AccountClass.CLIENT,)), (None, (AccountClass.FEE,))]
    accounts = [
        _timed(partial(accounts_page, reading, to, classes=classes, before=before))[1]
        for before, classes in pages
        for _ in range(REPEATS)
    ]
    names = [row.name for before, _ in pages for row in accounts_page(reading, to, before=before).rows[:8]]
    statements = [_timed(partial(_page, reading, MovementQuery(account=name), None))[1] for name in names]
    similar = [_timed(partial(similar_movements, reading, to * k // 20 + 3))[1] for k in range(1, 20)]
    return [
        metric_of("account_page_ms", "ms", accounts),
        metric_of("statement_page_ms", "ms", statements),
        metric_of("similar_movements_ms", "ms", similar),
    ]


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began_s = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - began_s) * 1_000


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _notes(rows: int, ours: _Times, unfinished: int, slowest: tuple[float, str], stopped: int) -> tuple[str, ...]:
    asked = len(ours["first"]) // REPEATS
    return (
        f"{rows:,} made-up movements from {FIRST_US // 1_000_000}s on, {asked} filters and combinations, each as a "
        f"first page and at {len(DEPTHS)} depths, {REPEATS} times; pages of {PAGE_ROWS}. One reader at rest.",
        f"{unfinished} pages did not come to an end within their {BUDGET_MS} ms. "
        f"The slowest took {slowest[0]:.0f} ms: {slowest[1]}.",
        f"plain_sql: the same question as one statement without the runs, once each; {stopped} were stopped after "
        f"{PLAIN_MS_MAX / 1000:.0f} s and count as that long.",
    )
