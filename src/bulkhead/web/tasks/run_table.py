"""The runs a person may see, and the list of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import Http404

from bulkhead.kernel.reasons import Words
from bulkhead.web.ages import clock_text, us_of
from bulkhead.web.books import book
from bulkhead.web.components.filters import Choice
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import KINDS, title_of
from bulkhead.web.tasks.models import JobRun
from bulkhead.web.tasks.showing import STATE_WORDS, job_view, mark_html


def visible_runs(visit: Visit) -> QuerySet[JobRun]:
    """Runs of the institution that this person may see: their own, or all with the right to see the journal."""
    runs = JobRun.objects.filter(institution=visit.institution).select_related("account__person")
    return runs if visit.may(Right.SEE_JOURNAL) else runs.filter(account=visit.account)


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
