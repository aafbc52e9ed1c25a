"""Proposals: what waits for a second person, what became of it, and the second person's verdict."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Query, Schema
from pydantic import Field

from bulkhead.engine.proposals import CHANGE_ACCESS
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.proposal_history import PastProposal
from bulkhead.runtime.service.commands import DecideProposal, Verdict
from bulkhead.web.admission import Denial
from bulkhead.web.api.change_shapes import ChangeOut, change_out
from bulkhead.web.api.entry import by_token
from bulkhead.web.api.errors import DENIALS, ApiError, Failure, done_or_raise
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import (
    Asked,
    Before,
    Moment,
    Number,
    Said,
    moment,
    moment_or_none,
    said,
)
from bulkhead.web.engine import ask, person_of
from bulkhead.web.office.deciding import hindrance, may_decide, people, readable
from bulkhead.web.office.inbox import Inbox, Item, decided, everything, made, waiting
from bulkhead.web.office.subjects import in_short
from bulkhead.web.page import Visit
from bulkhead.web.refusals import in_words
from bulkhead.web.rights import Right

Snapshot = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="`snapshot` of what you have looked at.")]


_NO_TOKEN = Words(
    "Approving a change of access changes what people may do: that takes a session, a token cannot.",
    "批准权限变更即变更人员权限，须使用登录会话，令牌不能执行此操作。",
)


class ProposalsAsked(Asked):
    """``list``: what waits for you, what you decided, what you made, or all that you may read."""

    list: Literal["waiting", "decided", "made", "all"] = "waiting"
    before: Before = None


class ProposalLine(Schema):
    """One proposal in a list. ``note`` says why it cannot be decided, or not by you."""

    number: int
    action: Said
    short: Said
    maker: str
    proposed: Moment
    expires: Moment
    state: str
    checker: str
    decided: Moment | None
    note: Said | None


class ProposalsOut(Schema):
    """A page of them. What waits comes whole, urgent before new; the others newest first."""

    proposals: list[ProposalLine]
    next: int | None


class ProposalOut(Schema):
    """One proposal whole. ``hindrance`` says why you may not decide it; null when you may."""

    number: int
    sequence: int
    action: str
    short: Said
    subject: dict[str, str | int | bool]
    snapshot: str
    maker: str
    maker_account: str
    proposed: Moment
    expires: Moment
    state: str
    lapsed: Said | None
    checker: str
    checker_account: str
    decided: Moment | None
    decided_sequence: int | None
    hindrance: Said | None


class VerdictIn(Asked):
    """An approval holds for exactly what was looked at."""

    snapshot: Snapshot


def proposals(visit: Visit, asked: Query[ProposalsAsked]) -> ProposalsOut:
    """Proposals of one of the four lists."""
    page = _list(visit, asked)
    return ProposalsOut(proposals=[_line(item) for item in page.items], next=page.next)


def proposal(visit: Visit, number: Number) -> ProposalOut:
    """One proposal as a second person has to read it."""
    one = readable(visit, number)
    names = people({one.maker, one.checker} - {""}) | {"": ""}
    return _whole(visit, one, names)


def approve(visit: Visit, number: Number, wanted: VerdictIn) -> ChangeOut:
    """Agree; it is carried out in the same commit."""
    return _decide(visit, number, "approve", wanted.snapshot)


def reject(visit: Visit, number: Number, wanted: VerdictIn) -> ChangeOut:
    """Refuse."""
    return _decide(visit, number, "reject", wanted.snapshot)


def withdraw(visit: Visit, number: Number, wanted: VerdictIn) -> ChangeOut:
    """Take back what you proposed."""
    return _decide(visit, number, "withdraw", wanted.snapshot)


def _decide(visit: Visit, number: int, verdict: Verdict, snapshot: str) -> ChangeOut:
    one = readable(visit, number)
    if verdict != "withdraw" and not may_decide(visit, one.action):
        raise ApiError(DENIALS[Denial.FORBIDDEN])
    if verdict == "approve" and one.action == CHANGE_ACCESS and by_token(visit.request):
        raise ApiError(Failure(403, "confirm", _NO_TOKEN))
    reply = ask(visit, DecideProposal(number, verdict, snapshot, person_of(visit)))
    return change_out(visit, done_or_raise(reply))


def _list(visit: Visit, asked: ProposalsAsked) -> Inbox:
    match asked.list:
        case "waiting":
            return waiting(visit)
        case "decided":
            return decided(visit, asked.before)
        case "made":
            return made(visit, asked.before)
        case "all":
            return everything(visit, asked.before)


def _line(item: Item) -> ProposalLine:
    return ProposalLine(
        number=item.number,
        action=said(item.action),
        short=said(item.short),
        maker=item.maker,
        proposed=moment(item.proposed_us),
        expires=moment(item.expires_us),
        state=item.state,
        checker=item.checker,
        decided=moment_or_none(item.decided_us),
        note=said(item.note) if item.note else None,
    )


def _whole(visit: Visit, one: PastProposal, names: dict[str, str]) -> ProposalOut:
    hindered = hindrance(visit, one.action, one.maker, one.subject_person)
    return ProposalOut(
        number=one.number,
        sequence=one.sequence,
        action=one.action,
        short=said(in_short(one.action, one.subject)),
        subject=dict(one.subject),
        snapshot=one.snapshot,
        maker=names[one.maker],
        maker_account=one.maker_account,
        proposed=moment(one.proposed_us),
        expires=moment(one.expires_us),
        state=one.state,
        lapsed=said(in_words(one.lapsed)) if one.lapsed else None,
        checker=names[one.checker],
        checker_account=one.checker_account,
        decided=moment_or_none(one.decided_us),
        decided_sequence=one.decided_sequence,
        hindrance=said(hindered) if hindered else None,
    )


_ONE = "proposals/<int:number>"
_ANY = Right.ANY_ROLE  # who may read and decide which is asked for each
OPERATIONS = Operations(
    "proposals",
    Words("Proposals", "复核事项"),
    (
        Operation("proposals", "proposals", Words("List proposals", "复核事项列表"), _ANY, proposals),
        Operation("proposal", _ONE, Words("One proposal", "复核事项详情"), _ANY, proposal),
        Operation("proposal-approve", f"{_ONE}/approve", Words("Approve", "批准"), _ANY, approve, "POST"),
        Operation("proposal-reject", f"{_ONE}/reject", Words("Reject", "驳回"), _ANY, reject, "POST"),
        Operation("proposal-withdraw", f"{_ONE}/withdraw", Words("Withdraw", "撤回"), _ANY, withdraw, "POST"),
    ),
)
