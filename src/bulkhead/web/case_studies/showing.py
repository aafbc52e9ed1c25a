"""Case studies as their pages show them, and as files."""

from __future__ import annotations

from typing import Any

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.reporting.document import Document, KeyFigure
from bulkhead.reporting.values import interval_said, said_alone
from bulkhead.runtime.reports.case_study_report import case_study_document, key_figures
from bulkhead.runtime.reports.writing import FORMS
from bulkhead.simulation.case_studies.case import Case, cases
from bulkhead.web.ages import us_of
from bulkhead.web.books import book
from bulkhead.web.case_studies.models import CaseStudyRun
from bulkhead.web.case_studies.runs import (
    FIRST_MAX,
    RUNS_SHOWN,
    SEEDS_MAX,
    SEEDS_MIN,
    SEEDS_USUAL,
    live_job,
    result_of,
    runs_of,
)
from bulkhead.web.components.report_view import shown_blocks
from bulkhead.web.components.state import State
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right

_TOLD_IN_LIST = 3  # key figures of the latest run
_NOT_PLAYED = Words("Not played yet", "尚未运行")
_START = Words(
    "Choose the seeds and start it: it works beside the pages, and its result is kept here.",
    "选择随机种子后即可启动：演练在后台运行，结果保存在此。",
)
_ASK = Words(
    "Somebody with the right to play case studies, such as a risk officer, can start it here.",
    "具有案例演练权限的人员（如风险官）可在此启动。",
)


def document_of(run: CaseStudyRun) -> Document:
    """The report of a run, dated when it was made. Raises ``BadInput`` where another version kept it."""
    return case_study_document(result_of(run), run.made_at.date())


def list_context(visit: Visit) -> dict[str, Any]:
    """All cases, each with the headline of its latest run."""
    latest: dict[str, CaseStudyRun] = {}
    for run in runs_of(visit).order_by("case", "-pk").distinct("case"):
        latest[run.case] = run
    lines = [_line(visit, case, latest.get(case.code)) for case in cases().values()]
    return {"base": base_of(visit), "lines": lines, "live": live_job(visit)} | asking(visit)


def case_context(visit: Visit, case: Case, run: CaseStudyRun | None) -> dict[str, Any]:
    """One case, and what one of its runs found."""
    runs = runs_of(visit, case.code).defer("result")[:RUNS_SHOWN]  # what each found is long, and not shown
    context: dict[str, Any] = {
        "base": base_of(visit),
        "case": case,
        "run": run,
        "runs": [(one, us_of(one.made_at), one == run) for one in runs],
        "live": live_job(visit),
    }
    context |= asking(visit)
    if run is None:
        return context | {"state": State("empty", _NOT_PLAYED, _START if visit.may(Right.PLAY_CASES) else _ASK)}
    offset = book(visit.institution).opening.timezone_offset_minutes
    return context | {
        "made_us": us_of(run.made_at),
        "blocks": shown_blocks(document_of(run), visit.language, offset),
        "forms": tuple(FORMS),
        "may_export": visit.may(Right.EXPORT),
    }


def asking(visit: Visit) -> dict[str, Any]:
    """What the form that starts one is drawn from."""
    return {
        "may_play": visit.may(Right.PLAY_CASES),
        "seeds_min": SEEDS_MIN,
        "seeds_max": SEEDS_MAX,
        "seeds_usual": SEEDS_USUAL,
        "first_max": FIRST_MAX,
    }


def base_of(visit: Visit) -> str:
    return f"/i/{visit.institution}/case-studies"


def _line(visit: Visit, case: Case, run: CaseStudyRun | None) -> dict[str, Any]:
    line: dict[str, Any] = {"case": case, "run": run}
    if run is None:
        return line
    line |= {"made_us": us_of(run.made_at), "seeds": len(run.seeds)}
    try:
        figures = key_figures(result_of(run)).figures[:_TOLD_IN_LIST]
    except BadInput as problem:
        return line | {"problem": str(problem)}
    return line | {"figures": [_told(visit, figure) for figure in figures]}


def _told(visit: Visit, figure: KeyFigure) -> tuple[Words, str, str]:
    value = said_alone(figure.value, figure.unit, visit.language)
    return figure.label, value, interval_said(figure.value, figure.unit, visit.language)
