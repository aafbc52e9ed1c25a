"""Where a person lands: the institution they looked at last, or a word on why there is none."""

from __future__ import annotations

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.engine import engine_runs
from bulkhead.web.office.overview import overview_context
from bulkhead.web.page import Open, Page, Place, Section, Visit
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import Right


def start(visit: Visit) -> HttpResponseBase:
    """To the institution that was looked at last; else the first one whose engine runs, or the first."""
    standing = roles_by_institution(visit.account)
    last = visit.request.session.get("institution")
    institution = last if last in standing else _to_begin_with(list(standing))
    if institution is None:
        return render(visit.request, "web/no_role.html")
    return HttpResponseRedirect(f"/i/{institution}/")


def _to_begin_with(institutions: list[str]) -> str | None:
    if len(institutions) < 2:
        return next(iter(institutions), None)
    return next((one for one in institutions if engine_runs(one)), institutions[0])


def overview(visit: Visit) -> HttpResponseBase:
    """What waits and what goes on in one institution."""
    visit.request.session["institution"] = visit.institution
    return render(visit.request, "web/overview.html", overview_context(visit))


SECTION = Section(
    "start",
    (
        Page("start", "", Words("Start", "首页"), Open.STAFF, start),
        Page("overview", "", Words("Overview", "总览"), Right.ANY_ROLE, overview),
    ),
    Place.OVERVIEW,
    ("overview",),
)
