"""Jobs as the API gives them."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from bulkhead.web.api.shapes import Moment, Said, moment, moment_or_none, said
from bulkhead.web.page import Visit
from bulkhead.web.tasks.kinds import title_of
from bulkhead.web.tasks.models import JobRun
from bulkhead.web.tasks.showing import job_view


class JobLine(Schema):
    """One line of a job's log."""

    at: Moment
    text: Said


class JobOut(Schema):
    """One run of a job. ``outcome`` is one sentence in the language asked for, "" while there is none."""

    number: int
    kind: str
    title: Said
    state: str
    done: int
    of: int = Field(description="0 while it is not known.")
    asked_by: str
    asked: Moment
    started: Moment | None
    ended: Moment | None
    outcome: str
    result: dict[str, Any] | None
    log: list[JobLine]


def job_out(visit: Visit, run: JobRun) -> JobOut:
    """A run as its page tells it."""
    view = job_view(visit, run)
    return JobOut(
        number=run.pk,
        kind=run.kind,
        title=said(title_of(run.kind)),
        state=run.state,
        done=run.done,
        of=run.of,
        asked_by=run.account.person.name,
        asked=moment(view["asked_us"]),
        started=moment_or_none(view["started_us"]),
        ended=moment_or_none(view["ended_us"]),
        outcome=view["outcome"],
        result=run.result,
        log=[JobLine(at=moment(at_us), text=said(words)) for at_us, words in view["lines"]],
    )
