"""Four eyes: the story of one proposal, and every way around it that must fail."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.approvals import (
    Actor,
    Approval,
    Refusal,
    approve,
    lapse,
    propose,
    reject,
    snapshot_digest,
    use,
    withdraw,
)

WANG = Actor(person="p-wang", account="wang")
WANG_AS_ADMINISTRATOR = Actor(person="p-wang", account="admin")
LI = Actor(person="p-li", account="li")
NOBODY = Actor(person="", account="shared-terminal")

PUBLISH = "rule-set.publish"
RULES = {"number": 2, "text": "[[rules]]"}
BEFORE = snapshot_digest("harbour-bank", PUBLISH, RULES)
EDITED = snapshot_digest("harbour-bank", PUBLISH, {**RULES, "text": ""})


def proposed() -> Approval:
    return done(propose(id="a-1", action=PUBLISH, snapshot=BEFORE, maker=WANG, at_us=100, expires_us=200))


def approved() -> Approval:
    return done(approve(proposed(), LI, seen=BEFORE, current=BEFORE, at_us=150))


def done(result: Approval | Refusal) -> Approval:
    assert isinstance(result, Approval), result
    return result


def test_proposed_by_one_approved_by_another_used_once() -> None:
    approval = approved()
    assert (approval.state, approval.checker, approval.decided_us) == ("approved", LI, 150)
    used = done(use(approval, action=PUBLISH, current=BEFORE, at_us=160, used=()))
    assert (used.state, used.checker) == ("used", LI)


@pytest.mark.parametrize(
    ("checker", "refusal"),
    [
        (WANG, Refusal.OWN_PROPOSAL),
        (WANG_AS_ADMINISTRATOR, Refusal.SAME_PERSON),
        (Actor(person="p-other", account="wang"), Refusal.OWN_PROPOSAL),  # a log-in handed on
        (NOBODY, Refusal.UNKNOWN_PERSON),
    ],
)
def test_nobody_is_their_own_second_person(checker: Actor, refusal: Refusal) -> None:
    assert approve(proposed(), checker, seen=BEFORE, current=BEFORE, at_us=150) is refusal
    assert reject(proposed(), checker, at_us=150) is refusal


def test_nobody_unknown_proposes() -> None:
    result = propose(id="a-1", action=PUBLISH, snapshot=BEFORE, maker=NOBODY, at_us=100, expires_us=200)
    assert result is Refusal.UNKNOWN_PERSON


def test_a_change_lapses_the_proposal_and_even_the_approval() -> None:
    assert approve(proposed(), LI, seen=BEFORE, current=EDITED, at_us=150) is Refusal.CHANGED
    assert use(approved(), action=PUBLISH, current=EDITED, at_us=160, used=()) is Refusal.CHANGED
    assert lapse(proposed(), current=EDITED, at_us=150).state == "lapsed"
    lapsed = lapse(approved(), current=EDITED, at_us=150)
    # Changing it back does not bring the approval back.
    assert use(lapsed, action=PUBLISH, current=BEFORE, at_us=160, used=()) is Refusal.NOT_POSSIBLE


def test_time_runs_out_at_the_stated_moment() -> None:
    assert done(approve(proposed(), LI, seen=BEFORE, current=BEFORE, at_us=199)).state == "approved"
    assert approve(proposed(), LI, seen=BEFORE, current=BEFORE, at_us=200) is Refusal.EXPIRED
    assert use(approved(), action=PUBLISH, current=BEFORE, at_us=200, used=()) is Refusal.EXPIRED
    assert lapse(proposed(), current=BEFORE, at_us=199) == proposed()
    assert lapse(proposed(), current=BEFORE, at_us=200).state == "lapsed"


def test_the_checker_approves_what_the_checker_saw() -> None:
    assert approve(proposed(), LI, seen=EDITED, current=BEFORE, at_us=150) is Refusal.SEEN_DIFFERS


def test_an_approval_is_for_one_action() -> None:
    assert use(approved(), action="keys.rotate", current=BEFORE, at_us=160, used=()) is Refusal.SEEN_DIFFERS


def test_a_replayed_approval_is_refused() -> None:
    stale = approved()
    used = done(use(stale, action=PUBLISH, current=BEFORE, at_us=160, used=()))
    assert use(used, action=PUBLISH, current=BEFORE, at_us=170, used=()) is Refusal.SPENT
    assert use(stale, action=PUBLISH, current=BEFORE, at_us=170, used={"a-1"}) is Refusal.SPENT
    assert approve(used, LI, seen=BEFORE, current=BEFORE, at_us=170) is Refusal.NOT_POSSIBLE


def test_what_is_not_approved_is_not_used() -> None:
    rejected = done(reject(proposed(), LI, at_us=150))
    withdrawn = done(withdraw(approved(), WANG_AS_ADMINISTRATOR))
    for approval in (proposed(), rejected, withdrawn):
        result = use(approval, action=PUBLISH, current=BEFORE, at_us=160, used=())
        assert result is Refusal.NOT_POSSIBLE


def test_only_the_maker_withdraws() -> None:
    assert withdraw(proposed(), LI) is Refusal.NOT_THE_MAKER
    assert withdraw(replace(proposed(), maker=NOBODY), NOBODY) is Refusal.NOT_THE_MAKER
    assert done(withdraw(proposed(), WANG)).state == "withdrawn"


def test_a_digest_is_of_one_subject_action_and_institution() -> None:
    subjects = (RULES, {**RULES, "number": 3})
    digests = {snapshot_digest(i, a, s) for i, a, s in product(("a", "b"), ("x", "y"), subjects)}
    assert len(digests) == 8
    assert snapshot_digest("a", "x", {"b": 1, "a": 2}) == snapshot_digest("a", "x", {"a": 2, "b": 1})


ACTORS = st.sampled_from([WANG, WANG_AS_ADMINISTRATOR, LI, NOBODY])
STEPS = st.tuples(
    st.sampled_from(["approve", "reject", "withdraw", "lapse", "use"]),
    ACTORS,
    st.sampled_from([BEFORE, EDITED]),
    st.integers(100, 260),  # the proposal expires at 200
)


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS))
def test_no_way_to_use_without_a_second_known_person(steps: list[tuple[str, Actor, bytes, int]]) -> None:
    approval, used_count = proposed(), 0
    for verb, actor, digest, at_us in steps:
        result: Approval | Refusal
        if verb == "approve":
            result = approve(approval, actor, seen=digest, current=digest, at_us=at_us)
        elif verb == "reject":
            result = reject(approval, actor, at_us=at_us)
        elif verb == "withdraw":
            result = withdraw(approval, actor)
        elif verb == "lapse":
            result = lapse(approval, current=digest, at_us=at_us)
        else:
            result = use(approval, action=PUBLISH, current=digest, at_us=at_us, used=())
            if isinstance(result, Approval):
                used_count += 1
                assert result.checker == LI
                assert digest == BEFORE
                assert at_us < 200
        approval = result if isinstance(result, Approval) else approval
    assert used_count <= 1
