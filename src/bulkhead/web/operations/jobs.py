"""Jobs: what was asked for, how far it is, what it said, and what came of it."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.web.api.errors import NOT_FOUND, ApiError
from bulkhead.web.api.job_shapes import JobOut, job_out
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.paging import cursor_of, next_of
from bulkhead.web.api.shapes import Asked, Before, Limit, Number
from bulkhead.web.components.table import Query as TableQuery
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right
from bulkhead.web.tasks.queueing import begin, can_repeat, cancel
from bulkhead.web.tasks.run_table import JOBS, may_end, run_of

StateCode = Literal["waiting", "running", "done", "failed", "cancelled"]


class JobsAsked(Asked):
    """Which jobs."""

    state: list[StateCode] = Field(default=[], max_length=10)
    before: Before = None
    limit: Limit = 50


class JobsOut(Schema):
    """A page of them, newest first."""

    jobs: list[JobOut]
    next: int | None


def jobs(visit: Visit, asked: Query[JobsAsked]) -> JobsOut:
    """The jobs that you may see: your own, or all with the right to see the journal."""
    values: dict[str, Any] = {"state": frozenset(asked.state)} if asked.state else {}
    found = JOBS.rows_of(visit, TableQuery(values), cursor_of(asked.before), asked.limit)
    return JobsOut(jobs=[job_out(visit, run) for run in found.rows], next=next_of(found))


def job(visit: Visit, number: Number) -> JobOut:
    """One job with its log."""
    return job_out(visit, run_of(visit, number))


def cancel_job(visit: Visit, number: Number) -> JobOut:
    """End it: whoever asked for it may, and whoever could have."""
    run = run_of(visit, number)
    if not may_end(visit, run):
        raise ApiError(NOT_FOUND)
    cancel(run)
    return job_out(visit, run_of(visit, number))


def repeat_job(visit: Visit, number: Number) -> JobOut:
    """Ask for the same once more."""
    run = run_of(visit, number)
    if not can_repeat(run, visit.rights):
        raise ApiError(NOT_FOUND)
    return job_out(visit, begin(visit.account, visit.institution, run.kind, **run.arguments))


_OWN = Right.ANY_ROLE  # what a person sees of others' jobs is asked in the query
_ONE = "jobs/<int:number>"
OPERATIONS = Operations(
    "jobs",
    Words("Jobs", "任务"),
    (
        Operation("jobs", "jobs", Words("List jobs", "任务列表"), _OWN, jobs),
        Operation("job", _ONE, Words("One job", "任务详情"), _OWN, job),
        Operation("job-cancel", f"{_ONE}/cancel", Words("Cancel a job", "取消任务"), _OWN, cancel_job, "POST"),
        Operation(
            "job-repeat", f"{_ONE}/again", Words("Run a job again", "重新执行任务"), _OWN, repeat_job, "POST"
        ),
    ),
)
