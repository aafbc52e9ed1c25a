"""Whether what the other operations say can be trusted: how fresh everything is that an institution rests on."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Moment, Said, moment, moment_or_none, said
from bulkhead.web.engine import engine_runs
from bulkhead.web.freshness import freshness
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right

StateCode = Literal["fresh", "stale", "failed"]


class StatusItem(Schema):
    """One thing that answers rest on."""

    code: str
    title: Said
    state: StateCode
    sentence: Said
    at: Moment | None


class StatusOut(Schema):
    """All of them, and the worst state among them."""

    institution: str
    asked: Moment
    worst: StateCode
    takes_commands: bool = Field(description="An engine runs, so that changes can be made now.")
    items: list[StatusItem]


def status(visit: Visit) -> StatusOut:
    """How the institution stands, at most two seconds old."""
    now = freshness(visit.institution)
    return StatusOut(
        institution=now.institution,
        asked=moment(now.asked_us),
        worst=now.worst.value,
        takes_commands=engine_runs(visit.institution),
        items=[
            StatusItem(
                code=item.code,
                title=said(item.title),
                state=item.state.value,
                sentence=said(item.sentence),
                at=moment_or_none(item.at_us),
            )
            for item in now.items
        ],
    )


OPERATIONS = Operations(
    "status",
    Words("Status", "状态"),
    (
        Operation(
            "status",
            "status",
            Words("How fresh everything is that answers rest on", "各项数据的时效状态"),
            Right.ANY_ROLE,
            status,
        ),
    ),
)
