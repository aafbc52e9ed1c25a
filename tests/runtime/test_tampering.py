"""Must-show 6: whatever someone with every right on the database changes, ``verify`` names it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
import pytest

from attacks import Row, batches, flipped, put, refeatured, rewrite, richer, rows, write
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.projections.projection_rows import MOVEMENT_COLUMNS
from bulkhead.runtime.wiring import open_writer
from stored_town import OPENING, ROWS, Copy, StoredTown

ROW_COLUMNS = {"epoch": 2, "received_us": 3, "payload": 4, "leaf_hashes": 5, "root": 6, "row_sha256": 7}


@pytest.fixture
def town(copy_of_town: Copy) -> Iterator[StoredTown]:
    with copy_of_town() as copy:
        yield copy


def test_the_sound_town_is_sound(town: StoredTown) -> None:
    verdict = town.verdict()
    assert (verdict.fault, verdict.movements, verdict.projected) == (None, ROWS, ROWS)
    assert verdict.checkpoints >= 2
    assert verdict.balances > 40


@pytest.mark.parametrize("column", ROW_COLUMNS)
def test_a_flipped_byte_of_the_journal_is_named(town: StoredTown, column: str) -> None:
    random = Random(f"flip {column}")
    for _ in range(3):
        row = random.choice(rows(town))
        before: Any = row[ROW_COLUMNS[column]]
        write(town, row[0], **{column: flipped(before, random) if isinstance(before, bytes) else before ^ 1})
        named = f"The journal batch that begins at {row[0]} is damaged: its bytes are not those that were written."
        assert fault_of(town) == named
        write(town, row[0], **{column: before})
    assert town.verdict().fault is None


@pytest.mark.parametrize("column", ["payload", "leaf_hashes", "root"])
def test_a_flipped_byte_is_named_when_the_rows_hash_is_made_to_fit(town: StoredTown, column: str) -> None:
    random = Random(f"flip and fit {column}")
    for _ in range(4):
        row = random.choice(rows(town))
        spoilt: list[Any] = list(row)
        spoilt[ROW_COLUMNS[column]] = flipped(spoilt[ROW_COLUMNS[column]], random)
        put(town, as_row(spoilt))
        fault = fault_of(town)
        assert "damaged" in fault or "does not match its stored hash" in fault or "is not the tree's root" in fault
        put(town, row)
    assert town.verdict().fault is None


def test_an_epoch_that_goes_back_is_named(town: StoredTown) -> None:
    last = rows(town)[-1]
    put(town, (*last[:2], 0, *last[3:]))
    assert fault_of(town) == f"The journal batch that begins at leaf {last[0]} is of epoch 0 after 2."


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_a_deleted_row_of_the_journal_is_named(town: StoredTown, which: str) -> None:
    firsts = batches(town)
    gone = {"first": firsts[0], "middle": firsts[len(firsts) // 2], "last": firsts[-1]}[which]
    assert town.attack(f"DELETE FROM journal_batch WHERE first_sequence = {gone}") == 1
    fault = fault_of(town)
    if which == "last":
        assert f"the journal ends after {gone}: leaf {gone} and what followed are missing." in fault
    else:
        following = firsts[firsts.index(gone) + 1]
        assert fault == (
            f"The journal batch that begins at {gone} is damaged: the next stored batch begins at {following}."
        )


def test_a_journal_cut_to_nothing_is_named(town: StoredTown) -> None:
    town.attack("TRUNCATE journal_batch, journal_node")
    assert "the journal ends after 0: leaf 0 and what followed are missing." in fault_of(town)


def test_two_swapped_rows_are_named(town: StoredTown) -> None:
    stored = rows(town)
    one, other = next((a, b) for a in stored for b in stored if a[0] < b[0] and a[1] == b[1] > 1)
    write(town, one[0], payload=other[4], leaf_hashes=other[5], root=other[6], row_sha256=other[7])
    write(town, other[0], payload=one[4], leaf_hashes=one[5], root=one[6], row_sha256=one[7])
    assert fault_of(town).startswith(f"The journal batch that begins at {one[0]} is damaged")
    put(town, (*one[:4], *other[4:]))
    put(town, (*other[:4], *one[4:]))
    assert f"begins at leaf {one[0]} is" in fault_of(town)


def test_two_swapped_leaves_are_named(town: StoredTown) -> None:
    row = max(rows(town), key=lambda row: row[1])
    rewrite(town, row[0], lambda leaves: [leaves[1], leaves[0], *leaves[2:]], following=True)
    assert fault_of(town)


@pytest.mark.parametrize(
    "column", [name for name, _ in MOVEMENT_COLUMNS if name not in ("institution", "sequence")]
)
def test_an_edited_projection_row_is_named(town: StoredTown, column: str) -> None:
    sequence = number(town, "SELECT max(sequence) - 7 FROM movement")
    assert town.attack(f"UPDATE movement SET {column} = {column} + 1 WHERE sequence = {sequence}") == 1
    was = number(town, f"SELECT {column} - 1 FROM movement WHERE sequence = {sequence}")
    assert fault_of(town) == (
        f"Table movement, sequence {sequence}: {column} is {was + 1}, but the journal gives {was}."
    )


EDITS = {
    "a balance": (
        "UPDATE balance SET posted_minor = posted_minor + 1 WHERE (account, sequence) ="
        " (SELECT account, sequence FROM balance ORDER BY sequence DESC, account LIMIT 1)",
        "Table balance, account",
    ),
    "money set aside": (
        "UPDATE balance SET held_minor = held_minor + 1 WHERE (account, sequence) ="
        " (SELECT account, sequence FROM balance ORDER BY sequence DESC, account LIMIT 1)",
        "held_minor is",
    ),
    "a balance's class": ("UPDATE balance SET account_class = 2 WHERE account_class = 1", "account_class is 2"),
    "the balances at the end": (
        "DELETE FROM balance WHERE sequence = (SELECT max(sequence) FROM balance)",
        "Table balance lacks the row of account",
    ),
    "all balances": ("DELETE FROM balance", "Table balance lacks the row of account"),
    "one balance": (
        "DELETE FROM balance WHERE (account, sequence) ="
        " (SELECT account, sequence FROM balance ORDER BY sequence, account LIMIT 1)",
        "Table balance has account 1 where the journal has 0.",
    ),
    "a balance too many": (
        "INSERT INTO balance SELECT institution, 9999, sequence, 1, 0, currency, account_class"
        " FROM balance ORDER BY sequence DESC LIMIT 1",
        "Table balance has a row of account 9999 that the journal does not.",
    ),
    "a balance of the future": (
        "INSERT INTO balance SELECT institution, account, sequence + 1000, posted_minor, 0, currency, account_class"
        " FROM balance ORDER BY sequence DESC LIMIT 1",
        "Table balance has a row at",
    ),
    "a rule hit": (
        "UPDATE movement SET hits = set_byte(hits, 1, get_byte(hits, 1) # 4) WHERE sequence = 900",
        "Table movement, sequence 900: hits",
    ),
    "what was unknown": (
        "UPDATE movement SET unknowns = set_byte(unknowns, 0, get_byte(unknowns, 0) # 1) WHERE sequence = 900",
        "Table movement, sequence 900: unknowns",
    ),
    "a longer string of rules": (
        "UPDATE movement SET hits = hits || 'x'::bytea WHERE sequence = 900",
        "Table movement",
    ),
    "where an id stands": (
        "UPDATE movement_key SET sequence = 901 WHERE sequence = 900",
        "Table movement_key lacks the id of movement 900.",
    ),
    "an id gone": (
        "DELETE FROM movement_key WHERE sequence = 900",
        "Table movement_key lacks the id of movement 900.",
    ),
    "an id added": (
        "INSERT INTO movement_key VALUES (1, 77, 900)",
        "Table movement_key has, though the journal does not, the id of movement 900.",
    ),
    "how far ids are written": (
        "UPDATE projection_progress SET keyed = keyed + 5",
        "Projections claim the ids of",
    ),
    "that ids are written": (
        "UPDATE projection_progress SET keyed = 900",
        "Table movement_key has, though it is said to end before, the id of movement 900.",
    ),
    "a movement gone": (
        "DELETE FROM movement WHERE sequence = 700",
        "Table movement has sequence 701 where the journal has 700.",
    ),
    "the last movement gone": (
        "DELETE FROM movement WHERE sequence = (SELECT max(sequence) FROM movement)",
        "Table movement lacks the row of sequence",
    ),
    "a movement added": (
        "INSERT INTO movement SELECT (jsonb_populate_record(m, jsonb_build_object('sequence', sequence + 1))).*"
        " FROM movement m ORDER BY sequence DESC LIMIT 1",
        "that no journal leaf accounts for.",
    ),
    "a name": (
        "UPDATE name SET name = 'client:other' WHERE number = 5",
        "Table name has 'client:other' as number 5",
    ),
    "a name gone": (
        "DELETE FROM name WHERE number = (SELECT max(number) FROM name)",
        "Table name ends before number",
    ),
    "a name added": (
        "INSERT INTO name SELECT institution, number + 1, 'client:new' FROM name ORDER BY number DESC LIMIT 1",
        "Table name has 'client:new'",
    ),
    "an event": (
        "UPDATE event SET body = replace(body, 'CNY', 'EUR') WHERE sequence = 0",
        "Journal leaf 0 is InstitutionOpened",
    ),
    "an event's type": ("UPDATE event SET type = 'TimeAdvanced' WHERE sequence = 1", "Journal leaf 1 is"),
    "an event gone": ("DELETE FROM event WHERE sequence = 2", "Journal leaf 2 is"),
    "an event added": (
        "INSERT INTO event SELECT institution, 99999, type, body FROM event LIMIT 1",
        "Table event has a row at 99999",
    ),
    "how far it is projected": (
        "UPDATE projection_progress SET next_sequence = next_sequence + 5",
        "Projections claim",
    ),
    "that it is projected": ("DELETE FROM projection_progress", "Table balance"),
    "how many names there are": (
        "UPDATE projection_progress SET names = names + 1",
        "Table name ends before number",
    ),
    "a subtree": (
        "UPDATE journal_node SET hash = sha256(hash) WHERE index = 2",
        "The stored subtree 2 at level 8, which ends at leaf 767,",
    ),
    "a subtree gone": ("DELETE FROM journal_node WHERE index = 1", "The stored subtree 1 at level 8"),
    "a subtree added": (
        "INSERT INTO journal_node SELECT institution, level, index + 50, hash FROM journal_node LIMIT 1",
        "There is a stored subtree 50 at level 8 that the journal does not have.",
    ),
    "a note": ("UPDATE checkpoint SET note = replace(note, E'\\n\\n', E'\\nx\\n\\n')", "is not soundly signed"),
    "a note's size": ("UPDATE checkpoint SET size = size - 1", "was signed over"),
    "the notes": ("DELETE FROM checkpoint", "The checkpoint kept outside the database was signed over"),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_is_edited_beside_the_journal_is_named(town: StoredTown, what: str) -> None:
    statement, sentence = EDITS[what]
    assert town.attack(statement) >= 1
    assert sentence in fault_of(town)


@pytest.mark.parametrize("column", ["amount_minor", "refusal"])
def test_an_emptied_column_is_named(town: StoredTown, column: str) -> None:
    town.attack(
        f"ALTER TABLE movement ALTER COLUMN {column} DROP NOT NULL",
        f"UPDATE movement SET {column} = NULL WHERE sequence = (SELECT max(sequence) FROM movement)",
    )
    assert "Table movement" in fault_of(town)
    town.attack(
        "ALTER TABLE journal_batch ALTER COLUMN root DROP NOT NULL",
        "UPDATE journal_batch SET root = NULL WHERE first_sequence = 0",
    )
    assert "begins at 0 is damaged: a column of it is empty" in fault_of(town)


@pytest.mark.parametrize("table", ["movement", "journal_batch", "name", "checkpoint", "balance"])
def test_a_table_that_is_gone_is_named(town: StoredTown, table: str) -> None:
    town.attack(f"ALTER TABLE {table} RENAME TO elsewhere")
    assert f'relation "{table}" does not exist' in fault_of(town)


def test_a_page_damaged_on_disk_is_named(town: StoredTown, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*_: object) -> None:
        raise psycopg.errors.DataCorrupted("invalid page in block 7 of relation base/5/16384")

    monkeypatch.setattr("bulkhead.runtime.verification.verifying.check_checkpoints", torn)
    assert fault_of(town) == (
        "The database cannot give what it has stored: invalid page in block 7 of relation base/5/16384."
    )


def test_a_server_that_is_gone_is_no_finding(town: StoredTown, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("bulkhead.runtime.verification.verifying.check_checkpoints", gone)
    with pytest.raises(psycopg.OperationalError):
        town.verdict()


def test_an_amount_rewritten_with_every_hash_is_named(town: StoredTown) -> None:
    rewrite(town, largest(town), richer, following=True)
    assert "Journal leaf" in fault_of(town)


def test_evidence_rewritten_with_every_hash_is_told_by_the_checkpoints(town: StoredTown) -> None:
    """Balances and projections still fit: only what was signed tells."""
    rewrite(town, largest(town), refeatured, following=True)
    town.attack("UPDATE journal_node SET hash = hash")
    first_node = largest(town) // 256
    assert f"The stored subtree {first_node} at level 8" in fault_of(town)
    town.attack("DELETE FROM journal_node")
    assert "is missing or is not the journal's" in fault_of(town)


def test_the_last_batch_rewritten_with_every_hash_is_told_by_the_checkpoints(town: StoredTown) -> None:
    last = [row[0] for row in rows(town) if row[1] > 1][-1]
    rewrite(town, last, refeatured, following=True)
    size = number(town, "SELECT max(size) FROM checkpoint")
    assert fault_of(town) == (
        f"The journal's first {size} leaves are not those The checkpoint stored at size {size} was signed over."
    )
    town.attack("DELETE FROM checkpoint")
    assert fault_of(town) == (
        f"The checkpoint kept outside the database was signed over {size} leaves; the database has lost it."
    )


def test_forged_leaves_never_crash_the_verifier(town: StoredTown) -> None:
    """Any bit of a leaf changed, all hashes made to fit: a sentence comes back, not an exception."""
    random = Random("forged leaves")
    for _ in range(20):
        row = random.choice([row for row in rows(town) if row[1] > 1 or random.random() < 0.2])
        which = random.randrange(row[1])

        def forged(leaves: list[bytes], which: int = which) -> list[bytes]:
            return [flipped(leaf, random) if k == which else leaf for k, leaf in enumerate(leaves)]

        rewrite(town, row[0], forged, following=False)
        assert fault_of(town)
        put(town, row)
    assert town.verdict().fault is None


def test_a_writer_refuses_to_go_on_from_a_journal_that_lost_what_was_signed(town: StoredTown) -> None:
    last = batches(town)[-1]
    town.attack(f"DELETE FROM journal_batch WHERE first_sequence = {last}")
    with (
        pytest.raises(
            BadInput, match=f"ends there, but {last + rows_gone(town, last)} leaves have been projected"
        ),
        open_writer(town.settings, town.database, OPENING, command="the test"),
    ):
        pytest.fail("it let us write")
    town.attack(f"UPDATE projection_progress SET next_sequence = {last}", "DELETE FROM checkpoint")
    with (
        pytest.raises(BadInput, match="which the journal no longer has"),
        open_writer(town.settings, town.database, OPENING, command="the test"),
    ):
        pytest.fail("it let us write")


def rows_gone(town: StoredTown, last: int) -> int:
    return number(town, "SELECT next_sequence FROM projection_progress") - last


def largest(town: StoredTown) -> int:
    return max(rows(town), key=lambda row: row[1])[0]


def as_row(values: list[Any]) -> Row:
    first, count, epoch, received_us, payload, hashes, root, row_sha256 = values
    return first, count, epoch, received_us, payload, hashes, root, row_sha256


def fault_of(town: StoredTown) -> str:
    fault = town.verdict().fault
    assert fault, "nothing was noticed"
    return fault


def number(town: StoredTown, query: str) -> int:
    return int(str(town.one(query)[0]))


def test_projections_that_claim_to_end_inside_a_batch_let_nobody_write(town: StoredTown) -> None:
    largest_batch = max(rows(town), key=lambda row: row[1])
    town.attack(f"UPDATE projection_progress SET next_sequence = {largest_batch[0] + 1}")
    with (
        pytest.raises(BadInput, match=r"damaged at leaf .* the projections claim to end inside its batch"),
        open_writer(town.settings, town.database, OPENING, command="the test"),
    ):
        raise AssertionError("nobody may write on")


def test_projections_beyond_where_they_say_they_end_let_nobody_write(town: StoredTown) -> None:
    town.attack(f"UPDATE projection_progress SET next_sequence = {batches(town)[-1]}")
    with (
        pytest.raises(BadInput, match=r"rows beyond leaf .* Run `bulkhead verify`"),
        open_writer(town.settings, town.database, OPENING, command="the test"),
    ):
        raise AssertionError("nobody may write on")
