"""One proposal as the person who decides it has to read it, and as anybody can read it years later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bulkhead.engine.proposals import CHANGE_ACCESS, PUBLISH_RULES, REVIEW_HOLD
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.proposal_history import PastProposal
from bulkhead.web.office.deciding import ACTIONS, hindrance, me, people
from bulkhead.web.office.holds import hold_of
from bulkhead.web.office.inbox import MARKS, STATES
from bulkhead.web.office.rule_books import parsed, versions
from bulkhead.web.office.rule_changes import changes, counted
from bulkhead.web.office.subjects import access_subject, in_short
from bulkhead.web.page import Visit
from bulkhead.web.refusals import in_words

_DONE: dict[str, Words] = {
    "approved": Words("approved, and carried out in the same commit", "批准，并在同一次提交中执行"),
    "rejected": Words("rejected", "驳回"),
    "withdrawn": Words("withdrawn", "撤回"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a proposal."""

    what: Words
    who: str
    account: str
    at_us: int | None
    sequence: int | None  # its leaf in the journal
    mark: str


def proposal_context(visit: Visit, one: PastProposal, *, live: bool, now_us: int) -> dict[str, Any]:
    """What the page of a proposal shows."""
    names = people({name for name in (one.maker, one.checker, one.subject_person) if name})
    return {
        "proposal": one,
        "action": ACTIONS[one.action],
        "short": in_short(one.action, one.subject),
        "state": STATES[one.state],
        "mark": MARKS[one.state],
        "lapsed": in_words(one.lapsed) if one.lapsed else None,
        "maker": names[one.maker],
        "own": one.maker == me(visit),
        "hindrance": hindrance(visit, one.action, one.maker, one.subject_person),
        "live": live,
        "now_us": now_us,
        "steps": _steps(one, names),
        "subject_template": f"web/office/subject_{one.action.replace('-', '_')}.html",
    } | _subject(visit, one, names)


def _steps(one: PastProposal, names: dict[str, str]) -> list[Step]:
    steps = [
        Step(
            Words("proposed", "提交"), names[one.maker], one.maker_account, one.proposed_us, one.sequence, "notice"
        )
    ]
    if one.state in _DONE:
        steps.append(
            Step(
                _DONE[one.state],
                names[one.checker],
                one.checker_account,
                one.decided_us,
                one.decided_sequence,
                MARKS[one.state],
            )
        )
    elif one.lapsed:
        steps.append(Step(in_words(one.lapsed), "", "", None, None, MARKS["lapsed"]))
    return steps


def _subject(visit: Visit, one: PastProposal, names: dict[str, str]) -> dict[str, Any]:
    if one.action == PUBLISH_RULES:
        return _rules_subject(visit, one)
    if one.action == REVIEW_HOLD:
        return {"hold": hold_of(visit, str(one.subject["hold"])), "release": bool(one.subject["release"])}
    assert one.action == CHANGE_ACCESS, one.action
    access = access_subject(one.subject)
    return {"access": access, "access_person": names[one.subject_person]}


def _rules_subject(visit: Visit, one: PastProposal) -> dict[str, Any]:
    """The proposed set against the one it was to follow, which is the one in force while it can be approved."""
    number = int(one.subject["number"])
    base = next((version for version in versions(visit.institution) if version.number == number - 1), None)
    try:
        proposed = parsed(str(one.subject["text"]))
    except BadInput as problem:  # it was written by another version of the house
        return {"unreadable": str(problem), "text": one.subject["text"]}
    found = changes(base.rules if base else None, proposed)
    return {
        "changes": found,
        "counted": counted(found),
        "base": number - 1,
        "number": number,
        "rules_total": len(proposed.rules),
        "text": one.subject["text"],
    }
