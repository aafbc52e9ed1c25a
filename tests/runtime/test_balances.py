"""Balances from marks and movements, against the journal folded leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import HoldReviewed
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.merkle import leaf_hashes
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import AccountClass, MovementBatch
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.projections import projector
from bulkhead.runtime.projections.balances import AccountBalance, _accounts, balances_at
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.watching import publish_rules
from bulkhead.runtime.wiring import Stores, Writer, open_stores, open_writer
from bulkhead.simulation.worlds.lending import build

MARK_EVERY = 97  # in these tests, so that most positions lie between two marks


@dataclass(frozen=True)
class Story:
    """A written journal: its stores and its leaves."""

    stores: Stores
    leaves: list[bytes]


@pytest.fixture(scope="module")
def story(database_server: Database, passable_folder: Path) -> Iterator[Story]:
    """A hundred clients for twenty days: holds placed, posted, voided, lapsed, reviewed either way."""
    world = build(11, clients=100, days=20)
    settings = Settings(home=passable_folder / "balances", keys=passable_folder / "balances-keys")
    with database_server.connect("admin", autocommit=True) as admin:
        admin.execute("CREATE DATABASE balances OWNER bulkhead")
    database = database_server.named("balances")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projector, "MARK_EVERY", MARK_EVERY)
        with open_writer(settings, database, world.institution, command="the test") as writer:
            publish_rules(writer, default_rule_set().text, "test")
            for item in world.stream(writer.stores.vault, 53):
                if isinstance(item, MovementBatch):
                    writer.loop.commit(writer.loop.step(item)).result()
                else:
                    writer.loop.apply(item)
                    _review_one(writer)
    with open_stores(settings, database, world.institution.code) as stores:
        leaves = [batch.leaves[k] for batch in stores.journal.read(0) for k in range(len(batch.leaves))]
        yield Story(stores, leaves)


def _review_one(writer: Writer) -> None:
    """Every hold in review is ended after a midnight or two, half of them released."""
    waiting = sorted(writer.machine.book.holds_in_review())
    if waiting:
        writer.loop.apply(HoldReviewed(waiting[0], len(waiting) % 2 == 0, "ann", "bo", "seen"))


def folded(story: Story, position: int) -> tuple[AccountBalance, ...]:
    """What the journal's first leaves come to when they are folded, with all that follows from the last of them."""
    while position < len(story.leaves) and b'"type":"HoldExpired"' in story.leaves[position]:
        position += 1
    machine = Machine(story.stores.keys.secret("idempotency"))
    leaves = Leaves.of(story.leaves[:position])
    machine.fold(leaves, leaf_hashes(leaves))
    rows = []
    for number in range(len(machine.names)):
        record = machine.book.accounts[number]
        if record["account_class"] != AccountClass.NONE:
            money = int(record["posted_minor"]), int(record["held_minor"])
            currency = currency_code(int(record["currency"]))
            rows.append(
                AccountBalance(machine.names[number], AccountClass(record["account_class"]), currency, *money)
            )
    return tuple(sorted(rows, key=lambda row: (row.account_class, row.name)))


def test_balances_at_any_position_are_those_of_the_folded_journal(story: Story) -> None:
    draws = np.random.default_rng(5)
    size = len(story.leaves)
    positions = {0, 1, 2, MARK_EVERY, size - 1, size, *draws.integers(0, size, 60).tolist()}
    for position in sorted(positions):
        found = balances_at(story.stores, position)
        assert (found.at, found.size) == (position, size)
        assert found.accounts == folded(story, position), position


def test_a_position_within_the_leaves_of_one_midnight_is_after_it(story: Story) -> None:
    lapses = [k for k, leaf in enumerate(story.leaves) if b'"type":"HoldExpired"' in leaf]
    assert lapses, "holds lapse in this world"
    for position in {*lapses[:5], *lapses[-5:]}:
        assert balances_at(story.stores, position).accounts == folded(story, position), position


def test_a_book_sums_to_zero_at_every_position(story: Story) -> None:
    for position in np.random.default_rng(6).integers(0, len(story.leaves), 20).tolist():
        assert sum(row.posted_minor for row in balances_at(story.stores, position).accounts) == 0


def test_one_account_is_found_by_its_token_and_by_its_real_name(story: Story) -> None:
    everything = balances_at(story.stores)
    assert everything.at == len(story.leaves)
    row = next(row for row in everything.accounts if row.account_class == AccountClass.CLIENT)
    [real] = story.stores.vault.reveal([row.name])
    assert real is not None
    for name in (row.name, f"client:{real}"):
        assert balances_at(story.stores, account=name).accounts == (row,)
    assert balances_at(story.stores, account="book:summary").accounts[0].posted_minor < 0


def test_what_is_not_there_is_said_in_a_sentence(story: Story) -> None:
    with pytest.raises(BadInput, match="there is no position 10,000,000"):
        balances_at(story.stores, 10_000_000)
    with pytest.raises(BadInput, match="there is no position -1"):
        balances_at(story.stores, -1)
    with pytest.raises(BadInput, match="has no account 'client:nobody'"):
        balances_at(story.stores, account="client:nobody")
    client = balances_at(story.stores).accounts[0].name
    with pytest.raises(BadInput, match="was no account of harbour-lending after 1 leaves"):
        balances_at(story.stores, 1, client)


def test_positions_the_projections_do_not_reach_are_refused(story: Story) -> None:
    size = len(story.leaves)
    with story.stores.connect() as connection:
        update = "UPDATE projection_progress SET next_sequence = %s WHERE institution = %s"
        connection.execute(update, [size - 3, story.stores.number])
        connection.commit()
        try:
            with pytest.raises(BadInput, match=r"projections of harbour-lending reach"):
                balances_at(story.stores, size)
            assert balances_at(story.stores).at == size - 3
        finally:
            connection.execute(update, [size, story.stores.number])


def test_accounts_are_known_before_their_first_mark(story: Story) -> None:
    """After a crash the last mark may be missing: an account a settled movement opened is still one."""
    with story.stores.connect() as connection:
        connection.execute("DELETE FROM balance WHERE institution = %s AND sequence > 1", [story.stores.number])
        position = next(k for k, leaf in enumerate(story.leaves) if leaf[0] == 1) + 30
        rows = _accounts(connection, story.stores.number, position, None)
        connection.rollback()
    assert set(rows) <= set(folded(story, position))
    assert any(row.posted_minor for row in rows)
