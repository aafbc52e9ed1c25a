"""Jobs: what was asked for, how far it is, what it said, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.table_pages import pages_of, table_answer
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right
from bulkhead.web.tasks.liveness import worker_is_alive
from bulkhead.web.tasks.queueing import RunsAlready, begin, can_repeat, cancel
from bulkhead.web.tasks.run_table import JOBS, may_end, run_of, visible_runs
from bulkhead.web.tasks.showing import job_view
from bulkhead.web.tasks.texts import RUNS_ALREADY


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
