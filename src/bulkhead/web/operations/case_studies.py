"""Case studies: which there are, their runs with all they found, and how one is started."""

from __future__ import annotations

import json
from typing import Any

from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.case_studies.case import Case, cases
from bulkhead.web.ages import us_of
from bulkhead.web.api.job_shapes import JobOut, job_out
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Asked, Before, Limit, Moment, Number, Said, moment, said
from bulkhead.web.case_studies.models import CaseStudyRun
from bulkhead.web.case_studies.runs import (
    FIRST_MAX,
    SEEDS_MAX,
    SEEDS_MIN,
    SEEDS_USUAL,
    case_or_404,
    job_arguments,
    run_of,
    runs_of,
)
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import PLAY_CASE
from bulkhead.web.tasks.queueing import begin


class CaseOut(Schema):
    """One of the stories."""

    code: str
    family: str
    title: Said
    story: Said
    response: Said
    days: int


class CasesOut(Schema):
    """All of them."""

    cases: list[CaseOut]


class CaseRunLine(Schema):
    """A run in a list."""

    number: int
    case: str
    seeds: list[int]
    made: Moment
    made_by: str


class CaseRunsAsked(Asked):
    """Which page."""

    before: Before = None
    limit: Limit = 20


class CaseRunsOut(Schema):
    """A page of runs of one case, newest first."""

    runs: list[CaseRunLine]
    next: int | None


class CaseRunOut(Schema):
    """One run. ``result`` has effects with their intervals, alarms, responses, what triggered what, every seed."""

    run: CaseRunLine
    result: dict[str, Any]


class CaseRunIn(Asked):
    """With which seeds: ``count`` of them from ``first`` on."""

    first: int = Field(default=1, ge=1, le=FIRST_MAX)
    count: int = Field(default=SEEDS_USUAL, ge=SEEDS_MIN, le=SEEDS_MAX)


def case_studies(visit: Visit) -> CasesOut:
    """The cases that can be played."""
    return CasesOut(cases=[_case(case) for case in cases().values()])


def case_runs(visit: Visit, case: str, asked: Query[CaseRunsAsked]) -> CaseRunsOut:
    """What was played of a case, newest first."""
    runs = runs_of(visit, case_or_404(case).code)
    if asked.before is not None:
        runs = runs.filter(pk__lt=asked.before)
    found = list(runs.defer("result")[: asked.limit + 1])
    lines = [_line(run) for run in found[: asked.limit]]
    return CaseRunsOut(runs=lines, next=lines[-1].number if len(found) > asked.limit else None)


def case_run(visit: Visit, case: str, number: Number) -> CaseRunOut:
    """One run with all it found."""
    run = run_of(visit, case_or_404(case).code, number)
    return CaseRunOut(run=_line(run), result=json.loads(run.result))


def play_case_study(visit: Visit, case: str, wanted: CaseRunIn) -> JobOut:
    """Start the job that plays it; ``jobs/<number>`` tells how far it is, and which run it kept."""
    arguments = job_arguments(case_or_404(case), first=wanted.first, count=wanted.count)
    return job_out(visit, begin(visit.account, visit.institution, PLAY_CASE, **arguments))


def _case(case: Case) -> CaseOut:
    return CaseOut(
        code=case.code,
        family=str(case.family.value),
        title=said(case.title),
        story=said(case.story),
        response=said(case.response),
        days=case.days,
    )


def _line(run: CaseStudyRun) -> CaseRunLine:
    return CaseRunLine(
        number=run.pk,
        case=run.case,
        seeds=run.seeds,
        made=moment(us_of(run.made_at)),
        made_by=run.account.person.name,
    )


_RUNS = "case-studies/<slug:case>/runs"
_SEE = Right.SEE_CASES
OPERATIONS = Operations(
    "case-studies",
    Words("Case studies", "案例演练"),
    (
        Operation("case-studies", "case-studies", Words("List case studies", "案例列表"), _SEE, case_studies),
        Operation("case-runs", _RUNS, Words("Runs of a case study", "案例的演练记录"), _SEE, case_runs),
        Operation("case-run", f"{_RUNS}/<int:number>", Words("One run", "演练结果"), _SEE, case_run),
        Operation(
            "case-play",
            _RUNS,
            Words("Play a case study", "运行案例演练"),
            Right.PLAY_CASES,
            play_case_study,
            "POST",
        ),
    ),
)
