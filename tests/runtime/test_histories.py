"""What people asked each other, and the rules that were in force, read back from the projection of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.memory import MemoryClock
from bulkhead.runtime import proposal_history as module
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.proposal_history import PastProposal, find_proposal, proposal_history
from bulkhead.runtime.rule_history import rule_sets
from bulkhead.runtime.service.commands import (
    ChangeAccess,
    DecideProposal,
    DemandFourEyes,
    ListProposals,
    Office,
    OpenProposals,
    Person,
    Proposed,
    ProposeRules,
    PublishRules,
    ReviewHold,
    Verdict,
)
from bulkhead.runtime.wiring import Stores, open_stores
from served_town import CODE, Served, deposit, large_sums, served, withdrawal

NewDatabase = Callable[[], AbstractContextManager[Database]]
OPERATIONS, BOB, CID = (Person(name, name) for name in ("operations", "bob", "cid"))
ANN = Person("Ann Li", "ann")
HOUR_S = 3_600


class Story:
    """An institution with four eyes, its clock in the test's hand."""

    def __init__(self, town: Served, clock: MemoryClock) -> None:
        self.town, self.clock = town, clock

    def propose(self, command: Office) -> Proposed:
        reply = self.town.serving.ask(command)
        assert isinstance(reply, Proposed)
        return reply

    def decide(self, proposed: Proposed, by: Person, verdict: Verdict = "approve") -> None:
        self.town.serving.ask(DecideProposal(proposed.number, verdict, proposed.snapshot, by))

    def grant(self, person: str, role: str, by: Person = ANN, lasts_s: int = 100 * HOUR_S) -> Proposed:
        return self.propose(ChangeAccess(person, person, "granted", role, "new here", by, lasts_s))

    def history(self, **choice: object) -> tuple[PastProposal, ...]:
        self.town.writer.loop.catch_up(self.town.writer.machine.sequence)
        return proposal_history(self.stores, self.clock.now_us(), **choice).proposals  # type: ignore[arg-type]  # keywords as they come

    @property
    def stores(self) -> Stores:
        return self.town.writer.stores

    def states(self) -> dict[int, str]:
        return {one.number: one.state for one in self.history()}

    def open_by_the_engine(self) -> dict[int, str]:
        reply = self.town.serving.ask(ListProposals())
        assert isinstance(reply, OpenProposals)
        return {one.number: one.lapsed for one in reply.proposals}


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    clock = MemoryClock(SystemClock().now_us())
    with served(database, tmp_path, clock=clock) as town:
        town.serving.ask(DemandFourEyes(OPERATIONS))
        yield Story(town, clock)


def test_every_proposal_is_told_with_how_it_ended(story: Story) -> None:
    approved = story.grant("Zoe Wu", "auditor")
    story.clock.advance(5_000_000)
    story.decide(approved, BOB)
    for verdict, by in (("reject", BOB), ("withdraw", ANN)):
        story.decide(story.grant("zoe wu", "custody"), by, verdict)  # type: ignore[arg-type]  # a loop widens the literal
    short = story.grant("yan", "auditor", lasts_s=60)
    story.clock.advance(61_000_000)
    waiting = story.grant("yan", "custody")
    first, *_, fourth, fifth = reversed(story.history())
    assert story.states() == {1: "approved", 2: "rejected", 3: "withdrawn", 4: "lapsed", 5: "open"}
    assert (first.maker, first.maker_account, first.checker, first.checker_account) == (
        "ann li",
        "ann",
        "bob",
        "bob",
    )
    assert (first.snapshot, first.subject_person) == (approved.snapshot, "zoe wu")
    assert first.subject == {
        "person": "zoe wu",
        "account": "zoe wu",
        "change": "granted",
        "role": "auditor",
        "reason": "new here",
        "standing": "",
    }
    assert first.decided_us == first.proposed_us + 5_000_000
    assert first.decided_sequence is not None
    assert first.decided_sequence > first.sequence
    assert "run out" in fourth.lapsed
    assert (fourth.number, fourth.decided_us, fourth.checker) == (short.number, None, "")
    assert (fifth.snapshot, fifth.lapsed) == (waiting.snapshot, "")


def test_a_proposal_whose_ground_has_moved_is_lapsed_as_the_engine_says(story: Story) -> None:
    serving = story.town.serving
    movements = [deposit("d", "ann", "9000"), *(withdrawal(f"w{k}", "ann", "1500") for k in range(3))]
    serving.send(movements)
    for k in range(3):
        story.propose(ReviewHold(f"w{k}", k != 1, "called the client", ANN if k else BOB))
        story.clock.advance(1_000_000)
    other = story.propose(ReviewHold("w0", False, "the client knew nothing of it", ANN))
    rules = [story.propose(ProposeRules(large_sums(f"{k} CNY"), ANN)) for k in (5, 6)]
    roles = [story.grant("zoe", role) for role in ("auditor", "custody")]
    story.grant("yan", "auditor")
    assert set(story.states().values()) == {"open"}
    for proposed in (other, rules[0], roles[0]):
        story.decide(proposed, CID)
    by_engine = story.open_by_the_engine()
    assert {n for n, lapsed in by_engine.items() if lapsed} == {1, rules[1].number, roles[1].number}
    told = {one.number: one.lapsed for one in story.history() if one.state in ("open", "lapsed")}
    assert told == by_engine


def test_lists_of_one_persons_doings_go_page_by_page(story: Story) -> None:
    for k in range(5):
        story.decide(
            story.grant(f"person {k}", "auditor"), BOB if k % 2 else CID, "reject" if k == 1 else "approve"
        )
    story.grant("person 9", "auditor", by=BOB)
    assert [one.number for one in story.history(made_by=" ANN LI ")] == [5, 4, 3, 2, 1]
    assert [one.number for one in story.history(made_by="bob")] == [6]
    assert [(one.number, one.state) for one in story.history(decided_by="Bob")] == [
        (4, "approved"),
        (2, "rejected"),
    ]
    assert story.history(made_by="nobody at all") == ()
    for choice in ({}, {"made_by": "Ann Li"}, {"decided_by": "cid"}):
        whole, pages, before = story.history(**choice), list[PastProposal](), None
        for _ in range(10):
            page = proposal_history(story.stores, story.clock.now_us(), before=before, limit=2, **choice)
            pages += page.proposals
            before = page.next
            if before is None:
                break
        assert tuple(pages) == whole
    for wrong in ({"limit": 0}, {"limit": 501}, {"made_by": "a", "decided_by": "b"}, {"made_by": "\n"}):
        with pytest.raises(BadInput):
            story.history(**wrong)


def test_one_proposal_is_found_by_its_number(story: Story) -> None:
    story.grant("zoe", "auditor")
    made = story.propose(ProposeRules(large_sums("7 CNY"), ANN))
    (newest, _) = story.history()
    assert find_proposal(story.stores, made.number, story.clock.now_us()) == newest
    assert newest.subject == {"number": 2, "text": large_sums("7 CNY")}
    assert find_proposal(story.stores, 99, story.clock.now_us()) is None


def test_rule_sets_are_told_newest_first_with_when_they_came(database: Database, tmp_path: Path) -> None:
    clock = MemoryClock(SystemClock().now_us())
    with served(database, tmp_path, clock=clock) as town:
        began_us = town.writer.machine.effective_us
        town.serving.ask(PublishRules(large_sums("5 CNY"), ANN))
        town.serving.send([deposit("d", "ann", "9000")])
        moved_us = town.writer.machine.effective_us
        town.serving.ask(PublishRules(large_sums("6 CNY"), ANN))
    with open_stores(town.settings, database, CODE) as stores:
        third, second, first = rule_sets(stores)
        assert [one.number for one in (third, second, first)] == [3, 2, 1]
        assert (second.text, second.maker, second.checker) == (large_sums("5 CNY"), "ann li", "")
        assert (third.since_us, second.since_us, first.since_us) == (moved_us, began_us, None)
        assert rule_sets(stores, limit=1) == (third,)
        assert rule_sets(stores, before=third.sequence, limit=1) == (second,)
        with pytest.raises(BadInput, match="1 to 500"):
            rule_sets(stores, limit=0)


def test_lists_are_read_by_an_index_and_not_by_reading_all_events(story: Story) -> None:
    story.grant("zoe", "auditor")
    values = {"institution": story.stores.number, "before": None, "person": "x", "limit": 3}
    with story.stores.connect() as connection:
        connection.execute("SET enable_seqscan = off")
        for query, index in (
            (module._MADE, "event_by_type"),
            (module._MADE_BY, "event_by_person"),
            (module._DECIDED_BY, "event_by_person"),
            (module._DECIDED_BY, "event_by_proposal"),
        ):
            plan = "\n".join(line for (line,) in connection.execute(b"EXPLAIN " + query.encode(), values))
            assert index in plan, plan
