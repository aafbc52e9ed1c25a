"""A quarantined row, corrected, becomes a movement exactly once, whatever happens on the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bulkhead.intake.source import Source, load_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime import mending
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.mending import Replay, correct, replay, replay_all
from bulkhead.runtime.projections.balances import balances_at
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.verification.verifying import verify
from bulkhead.runtime.watching import watch
from bulkhead.runtime.wiring import Stores, Writer, open_stores, open_writer

NOW_US = 1_775_000_000_000_000  # 2026-03-31
HEADER = "id,time,kind,amount,payer,payee,settled,stated_balance"
GOOD = (
    "g-1,2026-03-02 09:00:00,deposit,100.00,,client:ann,true,",
    "g-2,2026-03-03 09:00:00,deposit,50.00,,client:bo,true,",
)
LATE = "l-1,2026-03-01 09:00:00,deposit,7.00,,client:王芳,true,"
BAD_AMOUNT = "a-1,2026-03-02 10:00:00,deposit,1O.00,,client:cy,true,"
RAGGED = "r-1,2026-03-02 11:00:00,deposit,1,000.00,,client:cy,true,"
OTHER_ID = "g-1,2026-03-03 10:00:00,deposit,3.00,,client:ann,true,"
PLACES = {
    "amount": ("first.csv", 4),
    "ragged": ("first.csv", 5),
    "late": ("first.csv", 6),
    "id": ("second.csv", 3),
}
SOURCE = load_source("movements")


@dataclass(frozen=True)
class Bank:
    """One institution."""

    settings: Settings
    database: Database
    code: str

    def writer(self) -> AbstractContextManager[Writer]:
        opening = InstitutionOpened(self.code, "CNY", 480)
        return open_writer(self.settings, self.database, opening, command="the test")

    def stores(self) -> AbstractContextManager[Stores]:
        return open_stores(self.settings, self.database, self.code)

    def watch(self, name: str, *lines: str, source: Source = SOURCE) -> None:
        path = self.settings.home / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with self.writer() as writer:
            watch(writer, [path], source, latest_us=NOW_US, on_progress=lambda done, expected: None)

    def correct(self, number: int, line: str | None = None, **changes: str) -> None:
        with self.stores() as stores:
            correct(stores, number, changes=changes, line=line, actor="ann", latest_us=NOW_US)

    def replay_all(self) -> list[Replay]:
        with self.writer() as writer:
            return list(replay_all(writer, actor="bo", now_us=NOW_US))

    def state(self, number: int) -> tuple[str, str]:
        with self.stores() as stores:
            entry = stores.quarantine.show(number)
        return entry.state, entry.row.reason

    def balance(self, name: str) -> int:
        with self.stores() as stores:
            return balances_at(stores, account=name).accounts[0].posted_minor


@pytest.fixture(scope="module")
def town(
    new_database: Callable[[], AbstractContextManager[Database]], passable_folder: Path
) -> Iterator[tuple[Settings, Database, Iterator[int]]]:
    """A database for the banks of these tests, and numbers to call them by."""
    home = passable_folder / "mending"
    home.mkdir()
    with new_database() as database:
        yield Settings(home=home, keys=passable_folder / "mending-keys"), database, itertools.count(1)


@pytest.fixture
def bank(town: tuple[Settings, Database, Iterator[int]]) -> Iterator[Bank]:
    """A bank with four rows in quarantine; whatever the test does, its journal must be sound at the end."""
    settings, database, count = town
    bank = Bank(settings, database, f"bank-{next(count)}")
    bank.watch("first.csv", HEADER, *GOOD, BAD_AMOUNT, RAGGED, LATE)
    bank.watch("second.csv", HEADER, GOOD[1], OTHER_ID)
    yield bank
    with bank.stores() as stores:
        assert verify(stores, lambda done, expected: None).fault is None


def numbers(bank: Bank) -> dict[str, int]:
    """Quarantine number by what is wrong."""
    with bank.stores() as stores:
        places = {(entry.row.input_name, entry.row.row): entry.number for entry in stores.quarantine.entries()}
    return {what: places[place] for what, place in PLACES.items()}


def test_every_bad_row_stands_in_quarantine_with_its_place_and_its_own_columns(bank: Bank) -> None:
    rows = numbers(bank)
    with bank.stores() as stores:
        late, ragged = stores.quarantine.show(rows["late"]).row, stores.quarantine.show(rows["ragged"]).row
    assert mending.columns_of(late.raw) == {
        "id": "l-1",
        "time": "2026-03-01 09:00:00",
        "amount": "7.00",
        "settled": "true",
        "stated_balance": "",
        "payer": "",
        "payee": "client:王芳",
        "kind": "deposit",
    }
    assert late.field == "time"
    assert ragged.raw == f"{HEADER}\n{RAGGED}"


def test_corrected_rows_are_decided_booked_and_sealed_like_any_other(bank: Bank) -> None:
    rows = numbers(bank)
    bank.correct(rows["amount"], amount="10.00")
    bank.correct(rows["ragged"], line=RAGGED.replace("1,000.00", "1000.00"))
    bank.correct(rows["late"])
    bank.correct(rows["id"], id="g-3")
    done = bank.replay_all()
    assert [each.leaf.strings["movement_id"] for each in done if each.leaf] == ["a-1", "r-1", "l-1", "g-3"]
    assert [bank.state(number)[0] for number in rows.values()] == ["replayed"] * 4
    assert bank.balance("client:cy") == 101_000
    assert bank.balance("client:王芳") == 700
    assert bank.balance("client:ann") == 10_300
    late = done[2].leaf
    assert late is not None
    assert late.fixed["event_us"] < late.fixed["effective_us"], "it keeps its time and takes effect now"


def test_a_row_can_be_given_anew_as_json_or_column_by_column(bank: Bank) -> None:
    rows = numbers(bank)
    cells = {"id": "r-1", "time": "2026-03-02 11:00:00", "kind": "deposit", "amount": "5", "settled": "true"}
    bank.correct(rows["ragged"], **cells, payee="client:cy")
    bank.correct(
        rows["amount"],
        line='{"id": "a-1", "time": "2026-03-02", "kind": "deposit", "amount": 10, "payee": "cy", "settled": true}',
    )
    assert all(each.leaf for each in bank.replay_all())
    assert bank.balance("client:cy") == 1_500


@pytest.mark.parametrize(
    ("cut", "booked"),
    [
        ("bulkhead.runtime.mending.find_movements", False),  # before the commit
        ("bulkhead.runtime.store.quarantine_store.QuarantineStore.mark", True),  # after it
    ],
)
def test_a_replay_that_is_killed_and_repeated_books_once(
    bank: Bank, cut: str, booked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = numbers(bank)
    bank.correct(rows["amount"], amount="10.00")
    bank.correct(rows["late"])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cut, die)
        with pytest.raises(KeyboardInterrupt):
            bank.replay_all()
    assert bank.state(rows["amount"])[0] == "corrected"
    done = bank.replay_all()
    assert [each.booked_before for each in done] == [booked, False]
    assert [bank.state(rows[what])[0] for what in ("amount", "late")] == ["replayed", "replayed"]
    assert bank.balance("client:cy") == 1_000
    assert bank.replay_all() == []


def test_an_id_of_another_movement_is_never_overwritten(bank: Bank) -> None:
    row = numbers(bank)["id"]
    bank.correct(row)
    [done] = bank.replay_all()
    assert (done.leaf, done.sequence) == (None, None)
    state, reason = bank.state(row)
    assert state == "open"
    assert "stands for another movement" in reason
    bank.correct(row, id="g-9")
    [done] = bank.replay_all()
    assert done.leaf is not None


def test_two_corrections_with_one_id_in_one_run_book_one_of_them(bank: Bank) -> None:
    rows = numbers(bank)
    bank.correct(rows["amount"], amount="10.00", id="same")
    bank.correct(rows["late"], id="same")
    first, second = bank.replay_all()
    assert first.leaf is not None
    assert second.leaf is None
    assert "stands for another movement" in second.reason


def test_a_row_ahead_of_the_journal_is_refused_so_that_nothing_after_it_looks_late(bank: Bank) -> None:
    row = numbers(bank)["amount"]
    bank.correct(row, amount="10.00", time="2026-03-20 10:00:00")
    [done] = bank.replay_all()
    assert done.leaf is None
    assert "expected a time from 1990 to 2026-03-04" in bank.state(row)[1]


def test_what_would_not_be_read_well_is_refused_and_nothing_changes(bank: Bank) -> None:
    rows = numbers(bank)
    with pytest.raises(BadInput, match="reads no column 'amuont'"):
        bank.correct(rows["amount"], amuont="10.00")
    with pytest.raises(BadInput, match=f"Row {rows['amount']} stays as it was: .*amount: found 'ten'"):
        bank.correct(rows["amount"], amount="ten")
    with pytest.raises(BadInput, match="stays as it was"):
        bank.correct(rows["amount"])
    with pytest.raises(BadInput, match="stays as it was"):
        bank.correct(rows["ragged"])
    with pytest.raises(BadInput, match="There is no quarantined row 12345"):
        bank.correct(12_345)
    assert {bank.state(number)[0] for number in rows.values()} == {"open"}
    with bank.stores() as stores:
        assert stores.quarantine.changes(rows["amount"]) == []


def test_the_life_cycle_decides_what_may_follow(bank: Bank) -> None:
    rows = numbers(bank)
    with bank.writer() as writer, pytest.raises(BadInput, match="is open: cannot replay"):
        replay(writer, rows["amount"], actor="bo", now_us=NOW_US)
    with bank.stores() as stores:
        stores.quarantine.mark(rows["amount"], "dismiss", "ann", "sent twice")
        assert [(c.verb, c.note) for c in stores.quarantine.changes(rows["amount"])] == [("dismiss", "sent twice")]
    with pytest.raises(BadInput, match="is dismissed: cannot correct"):
        bank.correct(rows["amount"], amount="10.00")


def test_a_correction_that_was_wrong_itself_is_corrected_before_it_is_replayed(bank: Bank) -> None:
    row = numbers(bank)["amount"]
    bank.correct(row, amount="1000.00", id="a-2")
    bank.correct(row, amount="10.00")
    [done] = bank.replay_all()
    assert done.leaf is not None
    assert (done.leaf.strings["movement_id"], done.leaf.fixed["amount_minor"]) == ("a-2", 1_000)
    with bank.stores() as stores:
        assert [change.verb for change in stores.quarantine.changes(row)] == ["correct", "correct", "replay"]


def test_a_source_of_ones_own_is_remembered_by_the_journal(bank: Bank) -> None:
    text = SOURCE.definition.replace('code = "movements"', 'code = "own"').replace('id = "id"', 'id = "key"')
    own = bank.settings.home / "own.toml"
    own.write_text(text, encoding="utf-8")
    bank.watch("own.csv", HEADER.replace("id,", "key,"), BAD_AMOUNT, source=load_source(str(own)))
    own.unlink()
    with bank.stores() as stores:
        [number] = [entry.number for entry in stores.quarantine.entries() if entry.row.source == "own"]
    bank.correct(number, amount="10.00", key="own-1")
    [done] = bank.replay_all()
    assert done.leaf is not None
    assert done.leaf.strings["movement_id"] == "own-1"
