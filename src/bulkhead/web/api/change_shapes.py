"""What comes of asking for a change: done and in the journal, or proposed to a second person."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from bulkhead.runtime.service.commands import Done, Proposed
from bulkhead.web.api.shapes import Moment, moment
from bulkhead.web.engine import settled
from bulkhead.web.office.inbox import forget_count
from bulkhead.web.page import Visit


class ChangeOut(Schema):
    """``done``: it stands in the journal at ``sequence``. ``proposed``: another person has to approve ``proposal``."""

    state: Literal["done", "proposed"]
    sequence: int | None = Field(description="Its leaf; null where it stood there before.")
    proposal: int | None
    snapshot: str | None = Field(description="What an approval of the proposal has to name.")
    expires: Moment | None


def change_out(visit: Visit, reply: object) -> ChangeOut:
    """The engine's reply, once the tables have what was done."""
    forget_count(visit.institution)
    if isinstance(reply, Proposed):
        return ChangeOut(
            state="proposed",
            sequence=None,
            proposal=reply.number,
            snapshot=reply.snapshot,
            expires=moment(reply.expires_us),
        )
    assert isinstance(reply, Done), reply
    settled(visit.institution, reply.sequence)
    return ChangeOut(state="done", sequence=reply.sequence, proposal=None, snapshot=None, expires=None)
