"""Case studies: five stories played with and without the mechanism, and what each run found."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.reports.writing import FORMS, in_form
from bulkhead.web.case_studies.runs import case_or_404, job_arguments, number_of, run_of, runs_of
from bulkhead.web.case_studies.showing import case_context, document_of, list_context
from bulkhead.web.components.filters import Unusable
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.pages.jobs import begin_and_show
from bulkhead.web.people.trail import leave_trail
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import PLAY_CASE


def case_studies(visit: Visit) -> HttpResponseBase:
    """All cases with what their latest runs found."""
    return render(visit.request, "web/case_studies/list.html", list_context(visit))


def case_study(visit: Visit, case: str) -> HttpResponseBase:
    """One case, with its latest run where there is one."""
    found = case_or_404(case)
    context = case_context(visit, found, runs_of(visit, case).first())
    return render(visit.request, "web/case_studies/case.html", context)


def case_run(visit: Visit, case: str, number: int) -> HttpResponseBase:
    """One case, with the run asked for."""
    context = case_context(visit, case_or_404(case), run_of(visit, case, number))
    return render(visit.request, "web/case_studies/case.html", context)


def play(visit: Visit, case: str) -> HttpResponseBase:
    """Have it played in the background."""
    found, form = case_or_404(case), visit.request.POST
    try:
        first, count = (number_of(form.get(name, "")) for name in ("first", "count"))
        arguments = job_arguments(found, first=first, count=count)
    except Unusable as wrong:
        messages.error(visit.request, wrong.words[visit.language])
        return HttpResponseRedirect(f"/i/{visit.institution}/case-studies/{case}/")
    return begin_and_show(visit, PLAY_CASE, **arguments)


def report(visit: Visit, case: str, number: int) -> HttpResponseBase:
    """A run as a file, in the language of the page. Raises ``BadInput`` for a form that there is not."""
    run, form = run_of(visit, case, number), visit.request.POST.get("format", "")
    content = in_form(document_of(run), form, visit.language)
    leave_trail(visit, "exported", f"case study {case}, run {number}, {form}")
    response = HttpResponse(content, content_type=FORMS[form][0])
    name = f"case-study-{case}-{number}-{visit.language}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


_SEE = Right.SEE_CASES
_ONE = "case-studies/<slug:case>/"
_RUN = f"{_ONE}runs/<int:number>/"
SECTION = Section(
    "case-studies",
    (
        Page("case-studies", "case-studies/", Words("Case studies", "案例演练"), _SEE, case_studies),
        Page("case-study", _ONE, Words("Case study", "案例"), _SEE, case_study),
        Page("case-study-run", _RUN, Words("Run of a case study", "演练结果"), _SEE, case_run),
        Page(
            "case-study-play",
            f"{_ONE}play/",
            Words("Play a case study", "运行案例演练"),
            Right.PLAY_CASES,
            play,
            ("POST",),
        ),
        Page(
            "case-study-report",
            f"{_RUN}report/",
            Words("Report of a case study", "案例演练报告"),
            _SEE,
            report,
            ("POST",),
            also=Right.EXPORT,
        ),
    ),
    Place.RISK,
    ("case-studies",),
)
