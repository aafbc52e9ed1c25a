"""A row that could not be read is kept, sealed, and followed to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.lifecycles import QUARANTINED_ROW
from bulkhead.runtime.store.journal_store import JournalStore
from bulkhead.runtime.store.quarantine_store import QuarantineStore
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.store.vault import PostgresVault
from journals import seeded_batches

INPUT = bytes(range(32))
RAWS = ["7;not money;王芳", "", "nul \0 and half \udc80 a character", "x" * 1_000_000]
ROWS = tuple(
    QuarantinedRow(INPUT, "bank\0file.csv", "berka", 2 + i, "amount", "found 'not money', expected a number", raw)
    for i, raw in enumerate(RAWS)
)


@pytest.fixture
def quarantine(
    connect: Connect, institution: int, vault: PostgresVault, store: JournalStore
) -> Iterator[QuarantineStore]:
    """A quarantine with four rows in it."""
    [batch] = seeded_batches(1, [3], quarantined=ROWS)
    store.append(batch)
    quarantine = QuarantineStore(connect, institution, vault)
    yield quarantine
    quarantine.close()


def test_rows_are_listed_without_and_shown_with_their_text(quarantine: QuarantineStore) -> None:
    entries = quarantine.entries()
    assert [entry.row.row for entry in entries] == [2, 3, 4, 5]
    assert {entry.row.raw for entry in entries} == {""}
    assert {entry.row.input_name for entry in entries} == {"bank␀file.csv"}
    assert [quarantine.show(entry.number).row.raw for entry in entries] == RAWS
    assert quarantine.counts() == {QUARANTINED_ROW.start: 4}


def test_listing_pages_and_filters(quarantine: QuarantineStore) -> None:
    first, *rest = quarantine.entries()
    quarantine.mark(first.number, "dismiss", "officer")
    assert [entry.number for entry in quarantine.entries("dismissed")] == [first.number]
    assert quarantine.entries("open", after=rest[0].number, limit=1) == [rest[1]]
    assert quarantine.entries(limit=-1) == []


def test_a_row_is_corrected_fails_and_is_replayed(quarantine: QuarantineStore) -> None:
    number = quarantine.entries()[0].number
    entry = quarantine.correct(number, "7;12.50;王芳", "officer")
    assert (entry.state, entry.corrected, entry.row.raw) == ("corrected", "7;12.50;王芳", RAWS[0])
    entry = quarantine.mark(number, "fail", "officer", "the id stands in the journal already")
    assert (entry.state, entry.row.reason) == ("open", "the id stands in the journal already")
    quarantine.correct(number, "8;12.50;王芳", "officer", "trans_id")
    assert quarantine.mark(number, "replay", "second officer").state == "replayed"
    changes = [(change.verb, change.actor, change.note) for change in quarantine.changes(number)]
    assert changes == [
        ("correct", "officer", ""),
        ("fail", "officer", "the id stands in the journal already"),
        ("correct", "officer", "trans_id"),
        ("replay", "second officer", ""),
    ]
    assert quarantine.counts() == {"open": 3, "replayed": 1}


def test_steps_the_life_cycle_lacks_are_refused(quarantine: QuarantineStore) -> None:
    number = quarantine.entries()[0].number
    with pytest.raises(BadInput, match="cannot replay"):
        quarantine.mark(number, "replay", "officer")
    quarantine.mark(number, "dismiss", "officer")
    with pytest.raises(BadInput, match="final"):
        quarantine.correct(number, "x", "officer")
    with pytest.raises(BadInput, match="no quarantined row"):
        quarantine.show(10**12)
    with pytest.raises(BadInput, match="half a character"):
        quarantine.correct(quarantine.entries("open")[0].number, "\udc80", "officer")


def test_of_two_who_change_a_row_at_once_one_is_refused(quarantine: QuarantineStore) -> None:
    entry = quarantine.entries()[0]
    quarantine.correct(entry.number, "x", "officer")
    with pytest.raises(BadInput, match="meanwhile"):
        quarantine._change(entry, "dismiss", "second officer", "")
    assert quarantine.show(entry.number).state == "corrected"


def test_no_text_of_a_row_is_stored_in_the_clear(
    connect: Connect, institution: int, quarantine: QuarantineStore
) -> None:
    quarantine.correct(quarantine.entries()[0].number, "7;12.50;王芳", "officer")
    with connect() as connection:
        rows = connection.execute("SELECT raw, corrected FROM quarantine WHERE institution = %s", [institution])
        stored = b"".join(column or b"" for row in rows.fetchall() for column in row)
    assert "王芳".encode() not in stored
    assert b"xxxxxxxx" not in stored
