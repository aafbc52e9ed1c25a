"""What the console's table of movements finds, against a plain filter over every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from bulkhead.kernel.leaves import decode_movement_leaf
from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading, reading
from bulkhead.runtime.projections.movement_search import count_movements, movements_since, search_movements
from bulkhead.runtime.projections.projector import Projector
from bulkhead.runtime.projections.rule_bits import published_rules
from bulkhead.runtime.wiring import open_stores
from stored_town import OPENING, ROWS, Copy, StoredTown

AMPLE_MS = 60_000


@dataclass(frozen=True)
class Town:
    """A town that is only read: how to read it, all its movements, oldest first, and a real client's name."""

    reading: Reading
    rows: list[MovementRow]


@pytest.fixture(scope="module")
def town(copy_of_town: Copy) -> Iterator[Town]:
    """Its runs are small, so that there are many, and some names stand in rows of their own."""
    with copy_of_town() as copy, pytest.MonkeyPatch.context() as patch:
        patch.setattr(facets, "RUN_SEQUENCES", 128)
        patch.setattr(facets, "DENSE_OVER", 6)
        patch.setattr(facets, "PAIR_BYTES", 100)
        with open_stores(copy.settings, copy.database, OPENING.code) as stores, reading(stores) as open_:
            Projector(stores.connect(), stores.number).resume_runs()
            assert open_.progress()[1] == ROWS // 128 * 128
            yield Town(open_, everything(open_))


def everything(open_: Reading) -> list[MovementRow]:
    rows: list[MovementRow] = []
    while more := movements_since(open_, rows[-1].sequence + 1 if rows else 0, limit=700):
        rows += more
    return rows


def meets(row: MovementRow, query: MovementQuery) -> bool:
    """The query in plain words."""
    parties = (row.payer, row.payee, row.device, row.instructed_by, row.debit_account, row.credit_account)
    alarming = row.outcome != Outcome.ALLOW or row.status == Status.REFUSED or bool(row.refusal or row.findings)
    return (
        (not query.outcomes or row.outcome in query.outcomes)
        and (not query.statuses or row.status in query.statuses)
        and (not query.kinds or row.kind in query.kinds)
        and (not query.phases or row.phase in query.phases)
        and (not query.refusals or row.refusal in query.refusals)
        and (not query.findings or any(row.findings & f or row.findings == f == 0 for f in query.findings))
        and (not query.rule or query.rule in row.rules)
        and (not query.unknown_rule or query.unknown_rule in row.unknown_rules)
        and (not query.party or query.party in parties)
        and (not query.account or query.account in (row.debit_account, row.credit_account))
        and (query.since_us is None or row.effective_us >= query.since_us)
        and (query.until_us is None or row.effective_us <= query.until_us)
        and (query.amount_min_minor is None or row.amount_minor >= query.amount_min_minor)
        and (query.amount_max_minor is None or row.amount_minor <= query.amount_max_minor)
        and (query.settled is None or row.settled == query.settled)
        and (not query.only_alarms or alarming)
    )


def random_query(random: Random, rows: list[MovementRow]) -> MovementQuery:
    """One to four conditions, mostly such as some movement meets."""
    row = random.choice(rows)
    codes = sorted({code for row in rows for code in row.rules})
    unknown = sorted({code for row in rows for code in row.unknown_rules})
    pick: dict[str, Callable[[], Any]] = {
        "outcomes": lambda: frozenset({row.outcome, random.choice(list(Outcome))}),
        "statuses": lambda: frozenset({row.status}),
        "kinds": lambda: frozenset({row.kind, random.choice(list(MovementKind))}),
        "phases": lambda: frozenset({random.choice([row.phase, *Phase])}),
        "refusals": lambda: frozenset({random.choice([row.refusal, *Refusal])}),
        "findings": lambda: frozenset(random.sample([Finding.NONE, *Finding], random.randint(1, 2))),
        "rule": lambda: random.choice([*codes, "nothing.such"]),
        "unknown_rule": lambda: random.choice([*unknown, "nothing.such"]),
        "party": lambda: random.choice([row.payer, row.payee, row.device, row.debit_account, "client:unheard-of"]),
        "account": lambda: random.choice([row.payer, row.payee, row.credit_account, row.debit_account]),
        "since_us": lambda: row.effective_us + random.randint(-1, 1),
        "until_us": lambda: random.choice(rows).effective_us + random.randint(-1, 1),
        "amount_min_minor": lambda: random.choice([row.amount_minor, 100_000, 0, 10**13, 54_321, -5, 10**30]),
        "amount_max_minor": lambda: random.choice([row.amount_minor, 100_000, 90_001, 0]),
        "settled": lambda: random.random() < 0.5,
        "only_alarms": lambda: True,
    }
    chosen = random.sample(sorted(pick), random.choice([1, 1, 2, 2, 3, 4]))
    return replace(MovementQuery(), **{name: pick[name]() for name in chosen})


def pages_down(open_: Reading, query: MovementQuery, limit: int) -> list[MovementRow]:
    rows: list[MovementRow] = []
    before = None
    for _ in range(2_000):
        page = search_movements(open_, query, before=before, limit=limit, budget_ms=AMPLE_MS)
        assert page.complete
        assert len(page.rows) <= limit
        rows += page.rows
        if page.older is None:
            return rows
        before = page.older
    raise AssertionError("paging never ended")


def pages_up(open_: Reading, query: MovementQuery, limit: int) -> list[MovementRow]:
    pages: list[tuple[MovementRow, ...]] = []
    after = -1
    for _ in range(2_000):
        page = search_movements(open_, query, after=after, limit=limit, budget_ms=AMPLE_MS)
        assert page.complete
        pages.append(page.rows)
        if page.newer is None:
            return [row for rows in reversed(pages) for row in rows]
        after = page.newer
    raise AssertionError("paging never ended")


def test_rows_say_what_the_journal_says(stored_town: StoredTown, town: Town) -> None:
    with open_stores(stored_town.settings, stored_town.database, OPENING.code) as stores:
        for row in Random(1).sample(town.rows, 40):
            leaf = decode_movement_leaf(stores.journal.read_leaf(row.sequence))
            for column in ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account"):
                assert getattr(row, column) == leaf.strings[column]
            for column in ("effective_us", "event_us", "amount_minor", "outcome", "status", "refusal", "kind"):
                assert getattr(row, column) == leaf.fixed[column]
            codes = published_rules(town.reading).codes[leaf.fixed["rule_set"] - 1]
            assert row.rules == tuple(code for k, code in enumerate(codes) if leaf.hits[k])


def test_every_rule_there_ever_was_has_its_title(town: Town) -> None:
    rules = published_rules(town.reading)
    assert rules.all_codes()
    assert all(rules.titles[code].en and rules.titles[code].zh for code in rules.all_codes())


@pytest.mark.parametrize("seed", range(8))
def test_paging_either_way_gives_what_a_plain_filter_gives(town: Town, seed: int) -> None:
    random = Random(seed)
    for _ in range(12):
        query = random_query(random, town.rows)
        wanted = [row for row in reversed(town.rows) if meets(row, query)]
        limit = random.choice([1, 7, 50, 200]) if len(wanted) < 100 else 97
        assert pages_down(town.reading, query, limit) == wanted, query
        assert pages_up(town.reading, query, limit) == wanted, query
        assert count_movements(town.reading, query, AMPLE_MS) == (len(wanted), True), query


def test_a_page_links_to_its_neighbours(town: Town) -> None:
    everywhere = MovementQuery()
    first = search_movements(town.reading, everywhere, limit=20)
    assert first.newer is None
    second = search_movements(town.reading, everywhere, before=first.older, limit=20)
    assert second.newer is not None
    assert search_movements(town.reading, everywhere, after=second.newer, limit=20).rows == first.rows
    last = search_movements(town.reading, everywhere, before=town.rows[5].sequence, limit=20)
    assert (last.older, list(last.rows)) == (None, town.rows[4::-1])


def test_a_search_out_of_time_goes_on_where_it_stopped(town: Town) -> None:
    query = MovementQuery(amount_max_minor=0)  # nobody meets it
    page = search_movements(town.reading, query, budget_ms=0)
    assert page.rows == ()
    rest = search_movements(town.reading, query, before=page.older, budget_ms=AMPLE_MS)
    assert (rest.older, rest.complete) == (None, True)


def test_a_party_is_found_by_its_real_name(stored_town: StoredTown, town: Town) -> None:
    with open_stores(stored_town.settings, stored_town.database, OPENING.code) as stores:
        token = next(row.payer for row in reversed(town.rows) if row.payer.startswith("client:"))
        [real] = stores.vault.reveal([token])
    by_token = search_movements(town.reading, MovementQuery(party=token))
    assert by_token.rows
    assert search_movements(town.reading, MovementQuery(party=f"client:{real}")) == by_token
