"""Money the decision has set aside until people say what happens to it."""

from __future__ import annotations

from typing import Literal

from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.commands import ReviewHold
from bulkhead.web.api.change_shapes import ChangeOut, change_out
from bulkhead.web.api.errors import ApiError, Failure, done_or_raise
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Amount, Asked, Line, Moment, Reason, Said, moment_or_none, said
from bulkhead.web.engine import ask, person_of
from bulkhead.web.office.holds import HoldLine, holds_page
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right


class HoldsAsked(Asked):
    """Which page."""

    after: Line = Field(default="", description="Only ids behind this: `next` of the page before.")


class WhyOut(Schema):
    """A rule that held it: it hit, or could not be known."""

    rule: str
    title: Said
    known: bool


class HoldLineOut(Schema):
    """One hold that waits. ``sequence`` is null while its movement is not in the tables yet."""

    hold: str
    sequence: int | None
    amount: Amount
    payer: str
    payee: str
    since: Moment | None
    expires: Moment | None
    why: list[WhyOut]
    proposals: list[int] = Field(description="Open proposals about it.")


class HoldsOut(Schema):
    """A page of holds in order of their ids. ``live``: an engine runs and said it."""

    holds: list[HoldLineOut]
    next: str | None
    live: bool


class HoldReviewIn(Asked):
    """What is to happen to a hold, and why."""

    hold: Line = Field(min_length=1)
    verdict: Literal["release", "return"]
    reason: Reason


def holds(visit: Visit, asked: Query[HoldsAsked]) -> HoldsOut:
    """The holds that wait for people."""
    page = holds_page(visit, asked.after)
    if page.trouble is not None:
        raise ApiError(Failure(503, "no-engine", page.trouble))
    return HoldsOut(holds=[_hold(line) for line in page.lines], next=page.next or None, live=page.live)


def review(visit: Visit, wanted: HoldReviewIn) -> ChangeOut:
    """Release a hold or give the money back; where four eyes are demanded, propose it."""
    release = wanted.verdict == "release"
    reply = ask(visit, ReviewHold(wanted.hold, release, wanted.reason, person_of(visit)))
    return change_out(visit, done_or_raise(reply))


def _hold(line: HoldLine) -> HoldLineOut:
    return HoldLineOut(
        hold=line.hold,
        sequence=line.sequence,
        amount=Amount(minor=line.amount_minor, currency=line.currency),
        payer=line.payer,
        payee=line.payee,
        since=moment_or_none(line.since_us),
        expires=moment_or_none(line.expires_us),
        why=[WhyOut(rule=why.code, title=said(why.title), known=why.known) for why in line.why],
        proposals=list(line.proposals),
    )


OPERATIONS = Operations(
    "holds",
    Words("Holds", "暂缓款项"),
    (
        Operation(
            "holds", "holds", Words("Holds that wait for people", "等待处理的暂缓款项"), Right.SEE_HOLDS, holds
        ),
        Operation(
            "hold-review",
            "holds/review",
            Words("Release a hold or return the money", "放行或退回暂缓款项"),
            Right.PROPOSE_HOLDS,
            review,
            "POST",
        ),
    ),
)
