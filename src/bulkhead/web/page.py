"""What a page is: one declaration of its path, its title, the right it needs and the function that makes it.

A page cannot be declared without saying who may see it, and is reached in no other way than through ``guarded``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Denial, Denied, Open, Visit, admitted, language_now
from bulkhead.web.people.following import keep_up
from bulkhead.web.rights import Right

__all__ = ["Handler", "Open", "Page", "Place", "Section", "Visit", "guarded", "language_now"]


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
    also: Right | None = None  # a second right it takes, such as that to take data away

    @property
    def full_path(self) -> str:
        return f"i/<slug:institution>/{self.path}" if isinstance(self.needs, Right) else self.path


_NO_DATABASE = Words(
    "The database does not answer. Nothing was done that is not in the journal; try again in a moment.",
    "数据库没有响应。除已写入日志的内容外未执行任何操作，请稍后再试。",
)


_ONLY_A_FORM = Words(
    "This address takes what a form sends and shows nothing by itself: go back to the page with the form.",
    "该地址仅用于提交表单，没有可显示的内容：请返回原页面。",
)


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


def guarded(page: Page) -> Callable[..., HttpResponseBase]:
    """The page's handler behind its right: the only thing that is ever given to a URL."""

    @wraps(page.handler)
    def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
        try:
            return _visited(page, request, path)
        except BadInput as problem:
            return _failure(request, str(problem), 400)
        except (ConnectionError, psycopg.OperationalError, OperationalError, InterfaceError):
            return _failure(request, _NO_DATABASE, 503)

    view.page = page  # type: ignore[attr-defined]  # the authorisation matrix of the tests reads it from the URL
    return view


def _visited(page: Page, request: HttpRequest, path: dict[str, Any]) -> HttpResponseBase:
    if page.needs is Open.PUBLIC:
        keep_up()
        return _answer(page, request, path, None)
    institution = str(path.pop("institution")) if isinstance(page.needs, Right) else ""
    found = admitted(request, page.needs, institution, lambda request: request.user)
    if not isinstance(found, Denied) and page.also is not None and not found.may(page.also):
        found = Denied(Denial.FORBIDDEN, found)
    return _refusal(page, request, found) if isinstance(found, Denied) else _answer(page, request, path, found)


def _failure(request: HttpRequest, words: Words | str, status: int) -> HttpResponse:
    request.visit = None  # type: ignore[attr-defined]  # the frame would ask the same database once more
    return render(request, "web/failure.html", {"words": words, "status": status}, status=status)


def _refusal(page: Page, request: HttpRequest, denied: Denied) -> HttpResponseBase:
    match denied.why:
        case Denial.LOG_IN:
            return _log_in_first(request)
        case Denial.SECOND_FACTOR:
            return HttpResponseRedirect("/second-factor/")
        case Denial.NOT_FOUND:
            raise Http404
        case Denial.FORBIDDEN:
            return render(request, "web/forbidden.html", {"visit": denied.visit, "page": page}, status=403)


def _answer(page: Page, request: HttpRequest, path: dict[str, Any], visit: Visit | None) -> HttpResponseBase:
    if request.method not in page.methods and not (request.method == "HEAD" and "GET" in page.methods):
        answer = render(request, "web/failure.html", {"words": _ONLY_A_FORM, "status": 405}, status=405)
        answer["Allow"] = ", ".join(page.methods)
        return answer
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
