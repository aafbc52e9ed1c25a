"""Four eyes in the machine: what one person alone may not do, and what two may do exactly once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.engine.proposals import OPEN_MAX, PUBLISH_RULES, snapshot
from bulkhead.engine.snapshot import dump, restore
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    ApprovalDecided,
    ApprovalProposed,
    FourEyesDemanded,
    HoldReviewed,
    InstitutionOpened,
    RuleSetPublished,
    canonical_json,
)
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.merkle import leaf_hashes

KEY = bytes(32)
DAY_US = 86_400_000_000


def rules(limit: str) -> str:
    """A rule set of one rule, as its canonical text."""
    return parse_rule_set(
        f"""
        [[rules]]
        code = "tests.large"
        title = {{ en = "Large sum", zh = "大额" }}
        why = {{ en = "The sum is large.", zh = "金额较大。" }}
        severity = "low"
        outcome = "hold"
        when = "amount >= {limit}"
        hit = [{{ currency = "CNY", amount = "900_000 CNY" }}]
        miss = [{{ currency = "CNY", amount = "1 CNY" }}]
        """
    ).text


class Town:
    """An institution that demands four eyes, and the leaves it has written."""

    def __init__(self) -> None:
        self.machine = Machine(KEY)
        self.leaves: list[bytes] = []
        self.do(InstitutionOpened("town", "CNY", 480))
        self.do(RuleSetPublished(1, rules("1_000 CNY"), "ann", ""))
        self.do(FourEyesDemanded("ann"))

    def do(self, event: object) -> None:
        sealed = self.machine.apply(event)  # type: ignore[arg-type]  # tests hand in wrong events too
        self.leaves += [sealed.leaves[k] for k in range(len(sealed.leaves))]

    def propose(self, person: str, limit: str, *, at_us: int = 0, account: str = "") -> ApprovalProposed:
        machine = self.machine
        subject = canonical_json({"number": len(machine.rule_set_events) + 1, "text": rules(limit)}).decode()
        number = machine.proposals.count + 1
        event = ApprovalProposed(number, PUBLISH_RULES, subject, person, account or person, at_us, at_us + DAY_US)
        self.do(event)
        return event

    def decision(self, event: ApprovalProposed, person: str, verdict: str = "approve") -> ApprovalDecided:
        seen = snapshot(event, self.machine.now()).hex()
        return ApprovalDecided(event.number, verdict, seen, person, person, event.proposed_us + 1)

    def refuses(self, event: object, why: str) -> None:
        """Refused for this reason, and nothing has changed."""
        before = self.machine.sequence, dict(self.machine.proposals.open), len(self.machine.rule_set_events)
        with pytest.raises(BadInput, match=why):
            self.do(event)
        after = self.machine.sequence, dict(self.machine.proposals.open), len(self.machine.rule_set_events)
        assert before == after


def test_one_person_alone_can_neither_publish_nor_end_a_hold_nor_switch_it_off() -> None:
    town = Town()
    town.refuses(RuleSetPublished(2, rules("2_000 CNY"), "ann", ""), "four eyes")
    town.refuses(RuleSetPublished(2, rules("2_000 CNY"), "ann", "bob"), "four eyes")
    town.refuses(HoldReviewed("m-1", True, "ann", "bob", ""), "four eyes")
    town.refuses(FourEyesDemanded("bob"), "already")


def test_a_second_person_carries_it_out_at_once_and_only_once() -> None:
    town = Town()
    proposed = town.propose("ann", "2_000 CNY")
    town.refuses(town.decision(proposed, "ann"), "cannot approve")
    town.refuses(replace(town.decision(proposed, "ann"), account="ann-2"), "another account")
    town.refuses(replace(town.decision(proposed, "bob"), account="ann"), "cannot approve")
    town.refuses(town.decision(proposed, ""), "not known")
    approval = town.decision(proposed, "bob")
    town.do(approval)
    published = town.machine.rule_set_events[-1]
    assert published == RuleSetPublished(2, rules("2_000 CNY"), "ann", "bob")
    assert town.machine.decider is not None
    assert town.machine.decider.rule_set.text == rules("2_000 CNY")
    town.refuses(approval, "used before")
    town.refuses(town.decision(proposed, "cid", "withdraw"), "used before")


def test_what_was_looked_at_must_be_what_was_proposed() -> None:
    town = Town()
    proposed = town.propose("ann", "2_000 CNY")
    other = town.propose("ann", "3_000 CNY")
    right = town.decision(proposed, "bob")
    town.refuses(replace(right, snapshot=town.decision(other, "bob").snapshot), "not what was proposed")
    town.refuses(replace(right, snapshot=right.snapshot[:32]), "not what was proposed")
    town.refuses(replace(right, snapshot="yes"), "not what was proposed")
    town.refuses(replace(right, number=9), "never made")
    town.refuses(replace(right, verdict="enact"), "not in a state")


def test_of_two_racing_proposals_the_slower_one_lapses() -> None:
    town = Town()
    first, second = town.propose("ann", "2_000 CNY"), town.propose("bob", "3_000 CNY")
    late = town.decision(first, "cid")
    town.do(town.decision(second, "cid"))
    town.refuses(late, "changed since it was proposed")
    assert town.machine.rule_set_events[-1].text == rules("3_000 CNY")
    town.do(town.decision(first, "cid", "reject"))
    assert not town.machine.proposals.open


def test_time_runs_out_whatever_the_clock_of_the_decision_says() -> None:
    town = Town()
    proposed = town.propose("ann", "2_000 CNY", at_us=5 * DAY_US)
    town.refuses(replace(town.decision(proposed, "bob"), decided_us=6 * DAY_US), "run out")
    town.do(replace(town.decision(proposed, "bob"), decided_us=6 * DAY_US - 1))
    again = town.propose("ann", "3_000 CNY", at_us=7 * DAY_US)
    town.propose("ann", "4_000 CNY", at_us=9 * DAY_US)
    assert again.number not in town.machine.proposals.open, "forgotten once its time had run out"
    town.refuses(town.decision(again, "bob"), "used before")


def test_only_the_maker_withdraws() -> None:
    town = Town()
    proposed = town.propose("ann", "2_000 CNY")
    town.refuses(town.decision(proposed, "bob", "withdraw"), "only the person who proposed")
    town.do(town.decision(proposed, "ann", "withdraw"))
    town.refuses(town.decision(proposed, "bob"), "used before")
    assert len(town.machine.rule_set_events) == 1


@pytest.mark.parametrize(
    ("action", "subject"),
    [
        ("publish-rules", {"number": 5, "text": rules("2_000 CNY")}),
        ("publish-rules", {"number": 2, "text": "[[rules]]"}),
        ("publish-rules", {"number": 2}),
        ("publish-rules", {"number": 2, "text": rules("2_000 CNY"), "more": 1}),
        ("publish-rules", {"number": True, "text": rules("2_000 CNY")}),
        ("review-hold", {"hold": "m-1", "release": True, "reason": "x"}),
        ("review-hold", []),
        ("give-money", {"number": 2, "text": rules("2_000 CNY")}),
    ],
)
def test_nothing_is_proposed_that_could_not_be_done(action: str, subject: object) -> None:
    town = Town()
    text = canonical_json(subject).decode()
    town.refuses(ApprovalProposed(1, action, text, "ann", "ann", 0, DAY_US), ".")


@pytest.mark.parametrize("text", ["", "{", '{"number": 2}', '{"number":2.0,"text":""}', "[" * 5_000, "NaN"])
def test_a_subject_is_canonical_json(text: str) -> None:
    Town().refuses(ApprovalProposed(1, PUBLISH_RULES, text, "ann", "ann", 0, DAY_US), "subject")


def test_proposals_are_bounded() -> None:
    town = Town()
    for _ in range(OPEN_MAX):
        town.propose("ann", "2_000 CNY")
    with pytest.raises(BadInput, match="wait already"):
        town.propose("ann", "2_000 CNY")
    town.propose("ann", "2_000 CNY", at_us=DAY_US)
    assert len(town.machine.proposals.open) == 1


def test_the_journal_alone_brings_all_of_it_back() -> None:
    town = Town()
    used, open_one = town.propose("ann", "2_000 CNY"), town.propose("ann", "3_000 CNY")
    town.do(town.decision(used, "bob"))
    leaves, folded = Leaves.of(town.leaves), Machine(KEY)
    folded.fold(leaves, leaf_hashes(leaves))
    for machine in (folded, restore(dump(town.machine), KEY), restore(dump(folded), KEY)):
        assert machine.tree.root() == town.machine.tree.root()
        assert machine.proposals == town.machine.proposals
        assert machine.four_eyes == FourEyesDemanded("ann")
        assert machine.rule_set_events == town.machine.rule_set_events
        assert list(machine.proposals.open) == [open_one.number]
        with pytest.raises(BadInput, match="used before"):
            machine.apply(town.decision(used, "bob"))
