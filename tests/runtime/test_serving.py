"""A served institution: many callers at once, first answers that stand, holds, people, time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import JournalBatch
from bulkhead.kernel.memory import MemoryClock
from bulkhead.kernel.movements import BATCH_ROWS_MAX
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service.commands import (
    AskStatus,
    DecideProposal,
    DemandFourEyes,
    Done,
    Holds,
    ListHolds,
    ListProposals,
    Movement,
    OpenAccounts,
    OpenProposals,
    Person,
    Proposed,
    ProposeRules,
    PublishRules,
    ReviewHold,
    Status,
)
from bulkhead.runtime.service.inbox import NotTaken
from bulkhead.runtime.service.serving import TICK_S
from bulkhead.runtime.verification.verifying import verify
from bulkhead.runtime.wiring import open_stores
from served_town import CODE, Served, deposit, large_sums, now_text, served, withdrawal

ANN, BOB, CID = (Person(name, name) for name in ("ann", "bob", "cid"))


def balance_minor(town: Served, client: str) -> int:
    (name,) = town.writer.stores.vault.tokens("client", [client])
    return int(town.writer.machine.book.accounts[town.writer.machine.names.find(name)]["posted_minor"])


def assert_sound(town: Served, database: Database) -> None:
    with open_stores(town.settings, database, CODE) as stores:
        verdict = verify(stores, lambda done, expected: None)
    assert verdict.fault is None
    assert verdict.movements == verdict.projected


def test_many_callers_at_once_are_each_answered_once(database: Database, tmp_path: Path) -> None:
    callers, each = 24, 20
    with served(database, tmp_path) as town:

        def call(caller: int) -> list[int]:
            client, sequences = f"client:{caller}", []
            with town.client() as engine:
                (first,) = engine.send([deposit(f"d{caller}", client, "100.00")])
                sequences.append(first.sequence)
                for k in range(each):
                    (decision,) = engine.send([withdrawal(f"w{caller}-{k}", client, "2.00")])
                    assert (decision.id, decision.status) == (f"w{caller}-{k}", "booked")
                    sequences.append(decision.sequence)
            return sequences

        with ThreadPoolExecutor(callers) as pool:
            sequences = list(pool.map(call, range(callers)))
        assert all(one == sorted(one) for one in sequences), "each caller's movements in its own order"
        assert len({s for one in sequences for s in one}) == callers * (each + 1)
        assert [balance_minor(town, str(caller)) for caller in range(callers)] == [6_000] * callers
    assert_sound(town, database)


def test_a_repeat_gets_the_first_answer_even_after_a_restart(database: Database, tmp_path: Path) -> None:
    time = now_text()
    movements = [
        deposit("d", "ann", "5000", time),
        withdrawal("small", "ann", "10", time),
        withdrawal("large", "ann", "2000", time),
        withdrawal("too-much", "ann", "9000", time),
        withdrawal("odd", "ann", "many", time),
    ]
    with served(database, tmp_path) as town:
        first = town.serving.send(movements)
        told = [(d.outcome, d.status, d.refusal, d.rules) for d in first[:4]]
        assert told == [
            ("allow", "booked", "", ()),
            ("allow", "booked", "", ()),
            ("hold", "held", "", ("tests.large",)),
            ("hold", "refused", "insufficient_funds", ("tests.large",)),
        ]
        assert first[4].problem is not None
        assert first[4].problem.field == "amount"
        together = town.serving.send([*movements[:2], movements[1]])
        assert [d.sequence for d in together] == [first[0].sequence, first[1].sequence, first[1].sequence]
        town.serving.ask(PublishRules(large_sums("1 CNY", "decline"), ANN))
    with served(database, tmp_path) as town:
        with town.client() as engine:
            again = engine.send(movements)
        for before, after in zip(first[:4], again[:4], strict=True):
            assert after.repeat
            assert replace(after, repeat=False) == before
        assert balance_minor(town, "ann") == 499_000
    assert_sound(town, database)


@pytest.mark.parametrize(
    "change",
    [{"amount": "11"}, {"payee": "bank:AB/2"}, {"device": "phone-2"}, {"device": None}, {"kind": "payment"}],
)
def test_the_same_id_with_other_content_is_refused(
    database: Database, tmp_path: Path, change: dict[str, str | None]
) -> None:
    with served(database, tmp_path) as town:
        first = withdrawal("w", "ann", "10")
        town.serving.send([deposit("d", "ann", "100"), first])
        (decision,) = town.serving.send([replace(first, **change)])
        assert decision.problem is not None
        assert decision.problem.field == "id"
        assert "another movement" in decision.problem.reason
        assert balance_minor(town, "ann") == 9_000


def test_late_and_early_records_are_refused_but_a_late_repeat_is_answered(
    database: Database, tmp_path: Path
) -> None:
    clock = MemoryClock(SystemClock().now_us())
    with served(database, tmp_path, clock=clock) as town:
        first = deposit("d", "ann", "100")
        (answer,) = town.serving.send([first])
        early = withdrawal("early", "ann", "1", _iso(clock.now_us() + 6_000_000))
        assert town.serving.send([early])[0].problem is not None, "its clock would make all others look late"
    clock.advance(3_600_000_000)
    with served(database, tmp_path, clock=clock) as town:
        repeat, late = town.serving.send([first, withdrawal("late", "ann", "1")])
        assert (repeat.sequence, repeat.repeat) == (answer.sequence, True)
        assert late.problem is not None
        assert (late.problem.field, "behind the journal's" in late.problem.reason) == ("time", True)


def test_holds_wait_for_people_and_end_as_they_say(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as town, town.client() as engine:
        engine.send([deposit("d", "ann", "9000"), withdrawal("a", "ann", "2000"), withdrawal("b", "ann", "3000")])
        holds = engine.ask(ListHolds())
        assert isinstance(holds, Holds)
        assert [(h.hold, h.amount_minor, h.expires_us) for h in holds.holds] == [
            ("a", 200_000, None),
            ("b", 300_000, None),
        ]
        engine.ask(ReviewHold("a", True, "called the client", ANN))
        engine.ask(ReviewHold("b", False, "the client knew nothing of it", ANN))
        assert balance_minor(town, "ann") == 700_000
        for hold in ("a", "b", "c"):
            with pytest.raises(BadInput, match="waits for review"):
                engine.ask(ReviewHold(hold, True, "again", ANN))
        with pytest.raises(BadInput, match="reason"):
            engine.ask(ReviewHold("a", True, " ", ANN))
    assert_sound(town, database)


def test_holds_lapse_when_the_wall_clock_passes_them(database: Database, tmp_path: Path) -> None:
    clock = MemoryClock(SystemClock().now_us())
    time = now_text()
    with served(database, tmp_path, clock=clock) as town:
        who = {"payer": "ann", "payee": "bo", "instructed_by": "ann"}
        town.serving.send([deposit("d", "ann", "100", time), deposit("e", "bo", "1", time)])
        expires = _iso(clock.now_us() + 30_000_000)
        bid = Movement(
            id="bid", time=time, kind="bid", amount="60", phase="place", hold="bid", expires=expires, **who
        )
        (held,) = town.serving.send([bid])
        assert held.status == "held"
        (refused,) = town.serving.send([withdrawal("w1", "ann", "50", time)])
        assert refused.refusal == "insufficient_funds"
        clock.advance(int(TICK_S * 1_000_000))
    with served(database, tmp_path, clock=clock) as town:  # at start, too, the clock enters
        (booked,) = town.serving.send([withdrawal("w2", "ann", "50", time)])
        assert booked.status == "booked"
    assert_sound(town, database)


def test_no_money_goes_out_of_a_hold_that_is_due(database: Database, tmp_path: Path) -> None:
    clock = MemoryClock(SystemClock().now_us())
    time = now_text()
    with served(database, tmp_path, clock=clock) as town:
        who = {"payer": "ann", "payee": "bo", "instructed_by": "ann", "hold": "bid", "amount": "60", "time": time}
        town.serving.send([deposit("d", "ann", "100", time), deposit("e", "bo", "1", time)])
        expires = _iso(clock.now_us() + 30_000_000)
        town.serving.send([Movement(id="bid", kind="bid", phase="place", expires=expires, **who)])
        clock.advance(30_000_000)  # long before the next tick
        (posted,) = town.serving.send([Movement(id="loan", kind="disbursement", phase="post", **who)])
        assert (posted.status, posted.refusal) == ("refused", "hold_not_open")
        (booked,) = town.serving.send([withdrawal("w", "ann", "100", time)])
        assert booked.status == "booked"
    assert_sound(town, database)


def _iso(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).isoformat()


def test_two_people_change_rules_and_end_holds_where_four_eyes_are_demanded(
    database: Database, tmp_path: Path
) -> None:
    with served(database, tmp_path) as town, town.client() as engine:
        engine.send([deposit("d", "ann", "9000"), withdrawal("a", "ann", "2000")])
        engine.ask(DemandFourEyes(ANN))
        assert engine.ask(DemandFourEyes(BOB)) == Done(None, 1)
        with pytest.raises(BadInput, match="four eyes"):
            engine.ask(PublishRules(large_sums("5 CNY"), ANN))
        hold = engine.ask(ReviewHold("a", True, "called the client", ANN))
        assert isinstance(hold, Proposed)
        assert engine.ask(ReviewHold("a", True, "called the client", ANN)) == hold, "asked twice, proposed once"
        assert balance_minor(town, "ann") == 900_000
        with pytest.raises(BadInput, match="cannot approve"):
            engine.ask(DecideProposal(hold.number, "approve", hold.snapshot, ANN))
        listed = engine.ask(ListProposals())
        assert isinstance(listed, OpenProposals)
        assert [(p.maker, p.subject["reason"], p.lapsed) for p in listed.proposals] == [
            ("ann", "called the client", "")
        ]
        engine.ask(DecideProposal(hold.number, "approve", hold.snapshot, BOB))
        assert balance_minor(town, "ann") == 700_000
        with pytest.raises(BadInput, match="used before"):
            engine.ask(DecideProposal(hold.number, "approve", hold.snapshot, CID))
    assert b"called the client" not in b"".join(batch.leaves.data for batch in _batches(town, database))
    assert_sound(town, database)


def _batches(town: Served, database: Database) -> list[JournalBatch]:
    with open_stores(town.settings, database, CODE) as stores:
        return list(stores.journal.read(0))


def test_of_racing_proposals_and_racing_approvals_one_wins(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as town:
        town.serving.ask(DemandFourEyes(ANN))

        def propose(limit: int) -> Proposed:
            with town.client() as engine:
                reply = engine.ask(ProposeRules(large_sums(f"{limit} CNY"), ANN))
                assert isinstance(reply, Proposed)
                return reply

        def approve(proposed: Proposed) -> bool:
            with town.client() as engine:
                try:
                    engine.ask(DecideProposal(proposed.number, "approve", proposed.snapshot, BOB))
                except BadInput:
                    return False
                return True

        with ThreadPoolExecutor(8) as pool:
            proposals = list(pool.map(propose, range(10, 18)))
            assert sorted(p.number for p in proposals) == list(range(1, 9))
            assert sum(pool.map(approve, proposals + proposals)) == 1
        status = town.serving.ask(AskStatus())
        assert isinstance(status, Status)
        assert (status.rule_set, status.four_eyes) == (2, True)
    assert_sound(town, database)


def test_requests_need_open_accounts(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as town:
        pay = withdrawal("w", "ann", "10")
        assert town.serving.send([pay])[0].refusal == "unknown_account"
        assert isinstance(town.serving.ask(OpenAccounts(("ann", "bo"))), Done)
        assert town.serving.ask(OpenAccounts(("ann", "bo"))) == Done(None, 1)
        assert town.serving.send([withdrawal("w2", "ann", "10")])[0].refusal == "insufficient_funds"
        with pytest.raises(BadInput, match="name a client"):
            town.serving.ask(OpenAccounts(("",)))


def test_a_stopped_engine_takes_nothing_and_one_command_has_its_bound(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as town:
        assert town.serving.send([]) == ()
        many = [withdrawal(f"w{k}", "ann", "1", "2026-01-01") for k in range(BATCH_ROWS_MAX + 1)]
        with pytest.raises(BadInput, match="at most"):
            town.serving.send(many)
        assert len(town.serving.send(many[:-1])) == BATCH_ROWS_MAX
    with pytest.raises(NotTaken, match="stopping"):
        town.serving.send(many[:1])


def test_a_verdict_beside_a_working_engine_is_yes(database: Database, tmp_path: Path) -> None:
    ended = Event()
    with served(database, tmp_path) as town, ThreadPoolExecutor(1) as pool:

        def keep_paying() -> None:
            for k in count():
                town.serving.send([deposit(f"d{k}", f"client:{k % 50}", "1.00")])
                if ended.is_set():
                    return

        paying = pool.submit(keep_paying)
        try:
            for _ in range(15):
                with open_stores(town.settings, database, CODE) as stores:
                    assert verify(stores, lambda done, expected: None).fault is None
        finally:
            ended.set()
        paying.result()
