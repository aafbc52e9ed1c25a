"""Quarantined rows replayed inside a running engine: once, a few at a time, and others are still answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkhead.intake import reading
from bulkhead.intake.source import load_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.mending import correct
from bulkhead.runtime.projections.balances import balances_at
from bulkhead.runtime.service import serving
from bulkhead.runtime.service.commands import (
    AskStatus,
    ChangeAccess,
    OfficeReply,
    Person,
    Replayed,
    ReplayRow,
    ReplayRows,
    Status,
)
from bulkhead.runtime.service.inbox import NotTaken
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.verification.verifying import verify
from bulkhead.runtime.watching import watch
from bulkhead.runtime.wiring import open_stores, open_writer
from served_town import CODE, Served, deposit, served

NOW_US = 1_775_000_000_000_000  # 2026-03-31
BAD = 4
BO = Person("bo", "bo")
LINES = (
    "id,time,kind,amount,payer,payee,settled",
    "g-1,2026-03-02 09:00:00,deposit,100.00,,client:ann,true",
    *(f"b-{k},2026-03-02 10:00:00,deposit,{k}O.00,,client:ann,true" for k in range(1, BAD + 1)),
)


def rows_of(reply: OfficeReply) -> list[tuple[str, bool]]:
    assert isinstance(reply, Replayed)
    return [(row.movement, row.booked_before) for row in reply.rows]


@pytest.fixture
def numbers(database: Database, tmp_path: Path) -> list[int]:
    """Corrected rows of a town whose engine does not run yet, by number."""
    settings, file = Settings(home=tmp_path / "home", keys=tmp_path / "keys"), tmp_path / "rows.csv"
    file.write_text("\n".join(LINES) + "\n")
    with open_writer(settings, database, InstitutionOpened(CODE, "CNY", 480), command="a test") as writer:
        watch(writer, [file], load_source("movements"), latest_us=NOW_US, on_progress=lambda done, expected: None)
        found = [entry.number for entry in writer.stores.quarantine.entries("open")]
        assert len(found) == BAD
        for k, number in enumerate(found, 1):
            changes = {"amount": f"{k}0.00"}
            correct(writer.stores, number, changes=changes, line=None, actor="ann", latest_us=NOW_US)
    return found


@pytest.fixture
def town(numbers: list[int], database: Database, tmp_path: Path) -> Iterator[Served]:
    """Its engine; in the end all is sound and each row is booked once."""
    with served(database, tmp_path) as town:
        yield town
    with open_stores(town.settings, database, CODE) as stores:
        assert verify(stores, lambda done, expected: None).fault is None
        assert balances_at(stores, account="client:ann").accounts[0].posted_minor == 10_000 + 10_000 + 100


def test_rows_are_replayed_beside_other_work_and_only_once(
    town: Served, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "REPLAYED_AT_ONCE", 2)
    with town.client() as engine:
        assert rows_of(engine.ask(ReplayRow(numbers[2], BO))) == [("b-3", False)]
        with pytest.raises(BadInput, match="is replayed: cannot replay"):
            engine.ask(ReplayRow(numbers[2], BO))
        with pytest.raises(BadInput, match="no quarantined row 999"):
            engine.ask(ReplayRow(999, BO))
        engine.send([deposit("live", "client:ann", "1.00")])
        first = engine.ask(ReplayRows(BO))
        assert isinstance(first, Replayed)
        assert (rows_of(first), first.more) == ([("b-1", False), ("b-2", False)], True)
        second = engine.ask(ReplayRows(BO))
        assert isinstance(second, Replayed)
        assert (rows_of(second), second.more) == ([("b-4", False)], False)
        assert rows_of(engine.ask(ReplayRows(BO))) == []
    changes = town.writer.stores.quarantine.changes(numbers[0])
    assert [(one.verb, one.actor) for one in changes] == [("correct", "ann"), ("replay", "bo")]


def test_a_row_that_is_still_wrong_is_open_again_and_the_next_goes_on(
    town: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[str] = []

    def read_row(text: str, *arguments: object, **more: object) -> object:
        if not failed:
            failed.append(text)
            raise BadInput("amount: found nothing good")
        return reading.read_row(text, *arguments, **more)  # type: ignore[arg-type]  # whatever mending hands over

    monkeypatch.setattr("bulkhead.runtime.mending.read_row", read_row)
    reply = town.serving.ask(ReplayRows(BO))
    assert isinstance(reply, Replayed)
    assert (reply.rows[0].sequence, reply.rows[0].reason) == (None, "amount: found nothing good")
    assert [row.status for row in reply.rows[1:]] == ["booked"] * 3
    stores = town.writer.stores
    assert stores.quarantine.show(reply.rows[0].number).state == "open"
    correct(stores, reply.rows[0].number, changes={}, line=None, actor="ann", latest_us=NOW_US)
    assert len(rows_of(town.serving.ask(ReplayRows(BO)))) == 1
    town.serving.send([deposit("live", "client:ann", "1.00")])


def test_a_database_that_stutters_after_the_booking_does_not_stop_the_engine(
    town: Served, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*arguments: object) -> None:
        raise ConnectionError("the database is out of reach")

    with monkeypatch.context() as patch:
        patch.setattr(town.writer.stores.quarantine, "mark", lost)
        with pytest.raises(NotTaken, match="not done, or not all of it"):
            town.serving.ask(ReplayRow(numbers[0], BO))
    assert isinstance(town.serving.ask(AskStatus()), Status)
    assert rows_of(town.serving.ask(ReplayRow(numbers[0], BO))) == [("b-1", True)], "booked before, not twice"
    assert len(rows_of(town.serving.ask(ReplayRows(BO)))) == BAD - 1
    town.serving.send([deposit("live", "client:ann", "1.00")])


def test_who_is_suspended_replays_nothing(town: Served, numbers: list[int]) -> None:
    for what, role in (("granted", "custody"), ("suspended", "")):
        town.serving.ask(ChangeAccess("bo", "bo", what, role, "a test", Person("ops", "ops")))  # type: ignore[arg-type]  # a loop widens the literal
    with pytest.raises(BadInput, match="suspended"):
        town.serving.ask(ReplayRows(BO))
    assert town.writer.stores.quarantine.counts() == {"corrected": BAD}
    assert len(rows_of(town.serving.ask(ReplayRows(Person("cy", "cy"))))) == BAD
    town.serving.send([deposit("live", "client:ann", "1.00")])
