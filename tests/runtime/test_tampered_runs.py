"""Runs decide what a person finds: one that is edited hides a movement, so ``verify`` names it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.projector import Projector
from bulkhead.runtime.wiring import open_stores, open_writer
from seeded_town import seeded_batch, write_town
from stored_town import OPENING, ROWS, Copy, StoredTown, watch_file

RUN = 128
TABLES = ("facet_run", "pair_run", "projection_progress")
DUMP = """
    SELECT run, facet, value, members FROM facet_run
    UNION ALL SELECT run, facet, last * 1000 + part, pairs FROM pair_run ORDER BY 1, 2, 3
"""
EDITS = {
    "a bit of a bitmap": (
        "UPDATE facet_run SET members = set_bit(members, 9, 1 - get_bit(members, 9))"
        " WHERE (run, facet, value) = (3, 0, 0)",
        "Table facet_run, row any/0 of movements 384 to 511: its members are not the journal's.",
    ),
    "a list of offsets": (
        "UPDATE facet_run SET members = substr(members, 3) WHERE (run, facet, value) ="
        " (SELECT run, facet, value FROM facet_run WHERE facet = 10 ORDER BY run, value LIMIT 1)",
        "Table facet_run, row hit/",
    ),
    "an outcome gone": (
        "DELETE FROM facet_run WHERE run = 5 AND facet = 4 AND value = 0",
        "Table facet_run lacks the row outcome/0 of movements 640 to 767.",
    ),
    "a whole run gone": ("DELETE FROM facet_run WHERE run = 10", "Table facet_run lacks the row any/0"),
    "an outcome added": (
        "INSERT INTO facet_run VALUES (1, 5, 4, 7, '\\x0100')",
        "Table facet_run has a row outcome/7 of movements 640 to 767 that the journal does not.",
    ),
    "a run before all": ("INSERT INTO facet_run VALUES (1, -1, 0, 0, '\\x0100')", "Table facet_run has a row"),
    "a run after all": (
        "INSERT INTO facet_run VALUES (1, 11, 0, 0, '\\x0100')",
        "Table facet_run has a row of run 11, but runs are said to end before leaf 1408.",
    ),
    "a party's pairs": (
        "UPDATE pair_run SET pairs = overlay(pairs placing '\\x00' from 5 for 2) WHERE run = 2 AND facet = 12",
        "Table pair_run, row party/",
    ),
    "a party's pairs gone": (
        "DELETE FROM pair_run WHERE (run, facet, last) = (SELECT run, facet, last FROM pair_run LIMIT 1)",
        "Table pair_run lacks the row party/",
    ),
    "a sum moved": (
        "UPDATE pair_run SET last = last + 1 WHERE (run, facet, last) ="
        " (SELECT run, facet, last FROM pair_run WHERE facet = 13 ORDER BY run DESC, last LIMIT 1)",
        "Table pair_run lacks the row sum/",
    ),
    "a part too many": (
        "INSERT INTO pair_run SELECT institution, run, facet, last, part + 1, pairs FROM pair_run"
        " WHERE run = 4 LIMIT 1",
        "Table pair_run has a row",
    ),
    "where runs end": ("UPDATE projection_progress SET indexed = 1280", "has a row of run 10, but runs are said to"),
    "that runs go on": ("UPDATE projection_progress SET indexed = indexed + 12800", "claim runs up to leaf 14208"),
    "where no run can end": ("UPDATE projection_progress SET indexed = 1300", "claim runs up to leaf 1300, where none"),
    "the last mark": ("UPDATE projection_progress SET marked = marked - 1", "Balances are said to be marked at"),
}  # fmt: skip


@pytest.fixture(scope="module")
def small_runs() -> Iterator[None]:
    """So that a small town has many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facets, "RUN_SEQUENCES", RUN)
        patch.setattr(facets, "DENSE_OVER", 6)
        patch.setattr(facets, "PAIR_BYTES", 100)
        yield


@pytest.fixture(scope="module")
def town(copy_of_town: Copy, small_runs: None) -> Iterator[StoredTown]:
    """A town with its runs filled in later, and beside its tables what they held."""
    with copy_of_town() as copy:
        fill(copy)
        copy.attack(*(f"CREATE TABLE sound_{table} AS TABLE {table}" for table in TABLES))
        yield copy


def fill(town: StoredTown) -> None:
    with open_stores(town.settings, town.database, OPENING.code) as stores, stores.connect() as connection:
        Projector(connection, stores.number).resume_runs()


def runs_of(town: StoredTown) -> list[tuple[object, ...]]:
    with town.database.connect() as connection:
        return connection.execute(DUMP).fetchall()


def restore(town: StoredTown) -> None:
    for table in TABLES:
        town.attack(f"TRUNCATE {table}", f"INSERT INTO {table} SELECT * FROM sound_{table}")


def test_runs_are_sound_when_they_are_filled_later(town: StoredTown) -> None:
    assert town.verdict().fault is None
    assert town.one("SELECT indexed FROM projection_progress") == (ROWS // RUN * RUN,)
    assert len(runs_of(town)) > 300


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_run_is_named(town: StoredTown, what: str) -> None:
    statement, sentence = EDITS[what]
    try:
        assert town.attack(statement) >= 1
        assert sentence in (town.verdict().fault or "")
    finally:
        restore(town)


def test_runs_follow_from_the_journal_alone(
    copy_of_town: Copy, small_runs: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Written behind live movements by two writers, or filled in afterwards: the same rows."""
    folder = tmp_path_factory.mktemp("live")
    with copy_of_town() as copy:
        live = StoredTown(copy.settings.model_copy(update={"home": folder / "home"}), copy.database)
        for seed in (21, 22):
            batch = seeded_batch(seed, 500, clients=30, pace_s=60)
            batch.rows["event_us"] += seed * 86_400_000_000
            batch.rows["expires_us"][batch.rows["expires_us"] > 0] += seed * 86_400_000_000
            watch_file(live, write_town(folder / f"{seed}.csv", batch), batch_rows=77)
        assert live.verdict().fault is None
        written = runs_of(live)
        live.attack("TRUNCATE facet_run, pair_run", "UPDATE projection_progress SET indexed = 0")
        fill(live)
        assert runs_of(live) == written
        assert {row[0] for row in written} == set(
            range(int(str(live.one("SELECT indexed FROM projection_progress")[0])) // RUN)
        )


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            "UPDATE projection_progress SET indexed = 1300",
            r"cannot have runs up to leaf 1300\. Run `bulkhead verify`",
        ),
        ("UPDATE projection_progress SET indexed = 1280", r"rows beyond leaf .* Run `bulkhead verify`"),
    ],
)
def test_nobody_writes_on_from_runs_that_contradict_themselves(town: StoredTown, edit: str, sentence: str) -> None:
    try:
        town.attack(edit)
        with (
            pytest.raises(BadInput, match=sentence),
            open_writer(town.settings, town.database, OPENING, command="the test"),
        ):
            raise AssertionError("nobody may write on")
    finally:
        restore(town)
