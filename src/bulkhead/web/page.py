"""What a page is: one declaration of its path, its title, the right it needs and the function that makes it.

A page cannot be declared without saying who may see it, and is reached in no other way than through ``guarded``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils.translation import get_language

from bulkhead.kernel.reasons import Language, Words
from bulkhead.web.people.following import keep_up
from bulkhead.web.people.models import Account
from bulkhead.web.people.second_factor import has_second_factor
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import Right, rights_of


class Open(Enum):
    """Who may see a page that belongs to no institution."""

    PUBLIC = "public"  # everybody, logged in or not
    ENTERING = "entering"  # logged in, also without a second factor yet
    STAFF = "staff"  # logged in, with a second factor


@dataclass(frozen=True, slots=True)
class Visit:
    """One person on one page. ``institution`` is "" and ``rights`` empty on a page of no institution."""

    request: HttpRequest
    account: Account
    institution: str
    rights: frozenset[Right]

    @property
    def language(self) -> Language:
        return language_now()

    def may(self, right: Right) -> bool:
        return right in self.rights


Handler = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """One address. With a ``Right`` it lies under ``i/<institution>/``, else it belongs to no institution.

    ``handler`` is called with a ``Visit`` and what the path holds; a ``PUBLIC`` one with the bare request.
    """

    code: str
    path: str
    title: Words
    needs: Right | Open
    handler: Handler
    methods: tuple[str, ...] = ("GET",)

    @property
    def full_path(self) -> str:
        return f"i/<slug:institution>/{self.path}" if isinstance(self.needs, Right) else self.path


class Place(Enum):
    """Where in the navigation a section stands: the nine places of the console."""

    OVERVIEW = Words("Overview", "总览")
    DECISIONS = Words("Decisions", "实时决策")
    CASES = Words("Alerts & cases", "预警与案件")
    CUSTODY = Words("Custody", "存管账务")
    ENTERPRISES = Words("Enterprises", "企业预警")
    RULES = Words("Rules", "规则")
    RISK = Words("Risk & compliance", "风险与合规")
    REPORTS = Words("Reports", "报告")
    SYSTEM = Words("System", "系统")


@dataclass(frozen=True, slots=True)
class Section:
    """The pages of one module. Those in ``entries`` (page codes) stand in the navigation, at ``place``.

    ``badge`` counts what waits for the visitor there; every page asks, so it answers from what it has kept.
    """

    code: str
    pages: tuple[Page, ...]
    place: Place | None = None
    entries: tuple[str, ...] = ()
    badge: Callable[[Visit], int] | None = None


def language_now() -> Language:
    """The language of the request that is being answered."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def guarded(page: Page) -> Callable[..., HttpResponseBase]:
    """The page's handler behind its right: the only thing that is ever given to a URL."""

    @wraps(page.handler)
    def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
        keep_up()  # before anybody is asked who they are: a suspension takes effect here
        if page.needs is Open.PUBLIC:
            return _answer(page, request, path, None)
        account = request.user
        if not isinstance(account, Account) or not account.is_active:
            return _log_in_first(request)
        if page.needs is Open.ENTERING:
            return _answer(page, request, path, Visit(request, account, "", frozenset()))
        if not has_second_factor(account):
            return HttpResponseRedirect("/second-factor/")
        if not isinstance(page.needs, Right):
            return _answer(page, request, path, Visit(request, account, "", frozenset()))
        institution = str(path.pop("institution"))
        roles = roles_by_institution(account).get(institution)
        if roles is None:
            raise Http404  # whether it exists is not for them to know
        visit = Visit(request, account, institution, rights_of(roles))
        if not visit.may(page.needs):
            return render(request, "web/forbidden.html", {"visit": visit, "page": page}, status=403)
        return _answer(page, request, path, visit)

    view.page = page  # type: ignore[attr-defined]  # the authorisation matrix of the tests reads it from the URL
    return view


def _answer(page: Page, request: HttpRequest, path: dict[str, Any], visit: Visit | None) -> HttpResponseBase:
    if request.method not in page.methods and not (request.method == "HEAD" and "GET" in page.methods):
        return HttpResponseNotAllowed(page.methods)
    request.page, request.visit = page, visit  # type: ignore[attr-defined]  # for the frame around the page
    return page.handler(visit if visit is not None else request, **path)


def _log_in_first(request: HttpRequest) -> HttpResponse:
    """To the log-in and back; a part of a page that asks by itself is told to load the whole anew."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
    target = request.get_full_path() if request.method == "GET" else "/"
    response = HttpResponseRedirect("/log-in/")
    response["Location"] = f"/log-in/?next={_quoted(target)}"
    return response


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="/")
