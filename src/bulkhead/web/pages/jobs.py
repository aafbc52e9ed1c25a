"""Jobs: what was asked for, how far it is, what it said, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.ages import clock_text, us_of
from bulkhead.web.books import book
from bulkhead.web.components.filters import Choice
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.components.table_pages import pages_of, table_answer
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import KINDS, title_of
from bulkhead.web.tasks.liveness import worker_is_alive
from bulkhead.web.tasks.models import JobRun
from bulkhead.web.tasks.queueing import RunsAlready, begin, can_repeat, cancel
from bulkhead.web.tasks.showing import STATE_WORDS, job_view, mark_html
from bulkhead.web.tasks.texts import RUNS_ALREADY


def visible_runs(visit: Visit) -> QuerySet[JobRun]:
    """Runs of the institution that this person may see: their own, or all with the right to see the journal."""
    runs = JobRun.objects.filter(institution=visit.institution).select_related("account__person")
    return runs if visit.may(Right.SEE_JOURNAL) else runs.filter(account=visit.account)


def begin_and_show(visit: Visit, kind: str, **arguments: Any) -> HttpResponseBase:
    """Ask for a job and go to its page; to that of the one that runs already where there is one."""
    try:
        run = begin(visit.account, visit.institution, kind, **arguments)
    except RunsAlready as already:
        messages.warning(visit.request, RUNS_ALREADY[visit.language])
        seen = already.run is not None and visible_runs(visit).filter(pk=already.run.pk).exists()
        place = f"jobs/{already.run.pk}/" if already.run is not None and seen else "jobs/"
        return HttpResponseRedirect(f"/i/{visit.institution}/{place}")
    return HttpResponseRedirect(f"/i/{visit.institution}/jobs/{run.pk}/")


def _asked(visit: Visit, query: Query) -> QuerySet[JobRun]:
    runs = visible_runs(visit)
    if states := query.many("state"):
        runs = runs.filter(state__in=states)
    if kinds := query.many("kind"):
        runs = runs.filter(kind__in=kinds)
    return runs


def _rows(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[JobRun]:
    runs = _asked(visit, query)
    if cursor.after_number is not None:
        found = list(reversed(runs.filter(pk__gt=cursor.after_number).order_by("pk")[: limit + 1]))
        more_newer, found = len(found) > limit, found[-limit:]
        return Rows(found, older=found[-1].pk if found else None, newer=found[0].pk if more_newer else None)
    if cursor.before_number is not None:
        runs = runs.filter(pk__lt=cursor.before_number)
    found = list(runs.order_by("-pk")[: limit + 1])
    older = found[limit - 1].pk if len(found) > limit else None
    newer = found[0].pk if cursor.before and found else None
    return Rows(found[:limit], older=older, newer=newer)


def _cells(visit: Visit, runs: Sequence[JobRun]) -> list[Cells]:
    language, opening = visit.language, book(visit.institution).opening
    return [
        {
            "number": Cell(run.pk),
            "kind": Cell(title_of(run.kind)[language]),
            "state": Cell(STATE_WORDS[run.state][language], html=mark_html(run)),
            "progress": Cell(f"{run.percent} %" if run.is_live and run.percent is not None else ""),
            "who": Cell(run.account.person.name),
            "asked": Cell(clock_text(opening, us_of(run.asked_at))),
            "outcome": Cell(job_view(visit, run)["outcome"]),
        }
        for run in runs
    ]


JOBS: Table[JobRun] = Table(
    code="jobs",
    columns=(
        Column("number", Words("No.", "编号"), number=True, always=True, narrow=True),
        Column("kind", Words("Job", "任务"), always=True, narrow=True),
        Column("state", Words("State", "状态"), narrow=True),
        Column("progress", Words("Progress", "进度"), number=True),
        Column("who", Words("Asked by", "申请人")),
        Column("asked", Words("Asked at", "申请时间")),
        Column("outcome", Words("Outcome", "结果")),
    ),
    filters=(
        Choice("state", Words("State", "状态"), tuple(STATE_WORDS.items())),
        Choice("kind", Words("Job", "任务"), tuple((kind.code, kind.title) for kind in KINDS.values())),
    ),
    rows_of=_rows,
    cells=_cells,
    row_address=lambda visit, run: f"/i/{visit.institution}/jobs/{run.pk}/",
    count_of=lambda visit, query: (_asked(visit, query).count(), True),
    empty=Words("No job was asked for yet.", "尚无任务。"),
)


def jobs(visit: Visit) -> HttpResponseBase:
    """The list, newest first."""
    return table_answer(visit, JOBS, "web/jobs/jobs.html", {"worker_alive": worker_is_alive()})


def job(visit: Visit, number: int) -> HttpResponseBase:
    """One job."""
    return render(visit.request, "web/jobs/job.html", _context(visit, number))


def job_part(visit: Visit, number: int) -> HttpResponseBase:
    """What changes while it works; asked for every second."""
    return render(visit.request, "web/jobs/_job.html", _context(visit, number))


def cancel_job(visit: Visit, number: int) -> HttpResponseBase:
    """End it: whoever asked for it may, and whoever could have."""
    run = run_of(visit, number)
    if not may_end(visit, run):
        raise Http404
    cancel(run)
    return HttpResponseRedirect(f"/i/{visit.institution}/jobs/{number}/")


def again(visit: Visit, number: int) -> HttpResponseBase:
    """Ask for the same once more."""
    run = run_of(visit, number)
    if not can_repeat(run, visit.rights):
        raise Http404
    return begin_and_show(visit, run.kind, **run.arguments)


def run_of(visit: Visit, number: int) -> JobRun:
    """A run that this person may see. Raises ``Http404``."""
    run = visible_runs(visit).filter(pk=number).first()
    if run is None:
        raise Http404
    return run


def may_end(visit: Visit, run: JobRun) -> bool:
    """Whoever asked for it may end it, and whoever could have."""
    kind = KINDS.get(run.kind)
    return run.account_id == visit.account.pk or (kind is not None and visit.may(kind.right))


def _context(visit: Visit, number: int) -> dict[str, Any]:
    run = run_of(visit, number)
    return job_view(visit, run) | {
        "run": run,
        "base": f"/i/{visit.institution}",
        "may_end": run.is_live and not run.cancel_asked and may_end(visit, run),
        "may_repeat": can_repeat(run, visit.rights),
        "worker_alive": not run.is_live or worker_is_alive(),
    }


_OWN = Right.ANY_ROLE  # what a person sees of others' jobs is asked in the query
_PAGE = Page("jobs", "jobs/", Words("Jobs", "任务"), _OWN, jobs)
SECTION = Section(
    "jobs",
    (
        *pages_of(_PAGE, JOBS),
        Page("job", "jobs/<int:number>/", Words("Job", "任务详情"), _OWN, job),
        Page("job-part", "jobs/<int:number>/part/", Words("Progress of a job", "任务进度"), _OWN, job_part),
        Page(
            "job-cancel",
            "jobs/<int:number>/cancel/",
            Words("Cancel a job", "取消任务"),
            _OWN,
            cancel_job,
            ("POST",),
        ),
        Page(
            "job-again", "jobs/<int:number>/again/", Words("Run a job again", "重新执行"), _OWN, again, ("POST",)
        ),
    ),
    Place.SYSTEM,
    ("jobs",),
)
