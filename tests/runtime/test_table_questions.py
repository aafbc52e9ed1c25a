"""Runs of their real size: every question of the measurement gets the answer that plain SQL gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bulkhead.runtime.benchmarks._table_questions import questions
from bulkhead.runtime.benchmarks.tables import plain_page, write_town
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.projections.account_reading import accounts_page
from bulkhead.runtime.projections.facets import RUN_SEQUENCES
from bulkhead.runtime.projections.movement_query import Reading
from bulkhead.runtime.projections.movement_search import count_movements, search_movements

ROWS = 3 * RUN_SEQUENCES + 5_000
AMPLE_MS = 60_000


@pytest.fixture(scope="module")
def tables(database_server: Database) -> Iterator[Reading]:
    with database_server.connect("admin", autocommit=True) as admin:
        admin.execute("CREATE DATABASE table_questions OWNER bulkhead")
    database = database_server.named("table_questions")
    institution, _ = write_town(database, ROWS)
    with database.connect("reader", autocommit=True) as connection:
        yield Reading(connection, institution)


def test_pages_are_those_of_plain_sql(tables: Reading) -> None:
    met = 0
    for name, query in questions(tables).items():
        for before in (None, ROWS // 2):
            page = search_movements(tables, query, before=before, budget_ms=AMPLE_MS)
            assert list(page.rows) == plain_page(tables, query, before), name
            assert page.complete
            met += len(page.rows)
    assert met > 1_000


def test_counts_add_up(tables: Reading) -> None:
    counts = {name: count_movements(tables, query, AMPLE_MS) for name, query in questions(tables).items()}
    assert all(exact for _, exact in counts.values())
    assert counts["everything"] == (ROWS, True)
    assert counts["placed payments, which never meet"] == (0, True)
    assert counts["held"][0] + counts["declined"][0] == counts["held or declined"][0]


def test_what_is_left_of_a_budget_is_told(tables: Reading) -> None:
    """However short the time: what was looked at is said, and paging on finds the rest."""
    query = questions(tables)["a client of few movements"]
    found, before = [], None
    for _ in range(100):
        page = search_movements(tables, query, before=before, budget_ms=0)
        found += [row.sequence for row in page.rows]
        assert page.complete == (page.older is None or len(page.rows) == 50)
        if page.older is None:
            break
        before = page.older
    whole = search_movements(tables, query, budget_ms=AMPLE_MS)
    assert found == [row.sequence for row in whole.rows]


def test_nothing_is_opened_or_left_open(tables: Reading) -> None:
    """A lent connection comes back as it was."""
    assert tables.connection.autocommit
    accounts_page(tables, tables.projected_to())
    [(others,)] = tables.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", {}
    )
    assert (others, tables.connection.info.transaction_status.name) == (0, "IDLE")
