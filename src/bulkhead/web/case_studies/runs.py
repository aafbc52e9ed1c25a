"""The runs a person may see, and what a new one may be asked to be."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.case_studies.case import Case, cases
from bulkhead.simulation.case_studies.result import CaseResult, decode_case
from bulkhead.web.case_studies.models import CaseStudyRun
from bulkhead.web.components.filters import Unusable
from bulkhead.web.page import Visit
from bulkhead.web.tasks.kinds import PLAY_CASE
from bulkhead.web.tasks.models import LIVE, JobRun

SEEDS_MIN, SEEDS_MAX, SEEDS_USUAL, FIRST_MAX = 2, 60, 30, 1_000_000
RUNS_SHOWN = 20
_WRONG_SEEDS = Words(
    f"A case study takes {SEEDS_MIN} to {SEEDS_MAX} seeds, the first of them from 1 to {FIRST_MAX:,}.",
    f"案例演练须使用 {SEEDS_MIN} 至 {SEEDS_MAX} 个随机种子，首个种子为 1 至 {FIRST_MAX:,}。",
)


def case_or_404(code: str) -> Case:
    """The case of a code. Raises ``Http404``."""
    case = cases().get(code)
    if case is None:
        raise Http404
    return case


def runs_of(visit: Visit, case: str = "") -> QuerySet[CaseStudyRun]:
    """Runs of the institution, newest first; those of one case where it is named."""
    runs = CaseStudyRun.objects.filter(institution=visit.institution).select_related("account__person")
    return (runs.filter(case=case) if case else runs).order_by("-pk")


def run_of(visit: Visit, case: str, number: int) -> CaseStudyRun:
    """One run. Raises ``Http404``."""
    run = runs_of(visit, case).filter(pk=number).first()
    if run is None:
        raise Http404
    return run


def result_of(run: CaseStudyRun) -> CaseResult:
    """What it found. Raises ``BadInput`` where another version of the house kept it."""
    return decode_case(run.result.encode())


def live_job(visit: Visit) -> JobRun | None:
    """The case study that is being played in the institution now."""
    return JobRun.objects.filter(institution=visit.institution, kind=PLAY_CASE, state__in=LIVE).first()


def job_arguments(case: Case, *, first: int, count: int) -> dict[str, Any]:
    """What the job is asked with. Raises ``Unusable`` for too few or too many seeds."""
    if not (SEEDS_MIN <= count <= SEEDS_MAX and 1 <= first <= FIRST_MAX):
        raise Unusable(_WRONG_SEEDS)
    return {"case": case.code, "first": first, "count": count}


def number_of(text: str) -> int:
    """A whole number of a form; 0, which no field allows, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
