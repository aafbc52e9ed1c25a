"""The pages that every table brings with it: the list itself, how many rows there are, exports, and saved views."""

from __future__ import annotations

from typing import Any

import psycopg
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.components.export import EXPORT_ROWS_MAX, export_answer
from bulkhead.web.components.saved_views import change_views
from bulkhead.web.components.table import Table
from bulkhead.web.components.table_drawing import drawing_of
from bulkhead.web.components.table_state import TableState
from bulkhead.web.page import Page, Visit
from bulkhead.web.rights import Right

COUNT, EXPORT, VIEWS = "table/count/", "table/export/", "table/views/"


def table_answer(
    visit: Visit, table: Table[Any], template: str, context: dict[str, Any] | None = None, **path: object
) -> HttpResponseBase:
    """The page: ``template`` includes ``web/components/table.html``, which draws what it finds as ``drawing``."""
    drawing = drawing_of(TableState.read(visit, table, path))
    inside = {"drawing": drawing, "export_rows_max": EXPORT_ROWS_MAX, "may_export": visit.may(Right.EXPORT)}
    inside["names_shown"] = visit.may(Right.SEE_NAMES)
    return render(visit.request, template, {**(context or {}), **inside}, status=503 if drawing.failure else 200)


def pages_of(page: Page, table: Table[Any]) -> tuple[Page, ...]:
    """The page of a table, and beneath it those of its count, its exports and its saved views."""

    def count(visit: Visit, **path: object) -> HttpResponseBase:
        return _count(visit, table, path)

    def export(visit: Visit, **path: object) -> HttpResponseBase:
        return export_answer(visit, table, page.title, path)

    def views(visit: Visit, **path: object) -> HttpResponseBase:
        return change_views(visit, table, visit.request.path.removesuffix(VIEWS), path)

    said = Words(f"{page.title.en}: how many", f"{page.title.zh}：总数")
    files = Words(f"{page.title.en}: export", f"{page.title.zh}：导出")
    kept = Words(f"{page.title.en}: saved views", f"{page.title.zh}：已存视图")
    return (
        page,
        Page(f"{page.code}-count", page.path + COUNT, said, page.needs, count),
        Page(f"{page.code}-export", page.path + EXPORT, files, page.needs, export, ("POST",), also=Right.EXPORT),
        Page(f"{page.code}-views", page.path + VIEWS, kept, page.needs, views, ("POST",)),
    )


def _count(visit: Visit, table: Table[Any], path: dict[str, object]) -> HttpResponse:
    """How many rows there are, as the page asks for it once it stands."""
    state = TableState.read(visit, table, path)
    number, exact = None, False
    try:
        if table.count_of is not None:
            number, exact = table.count_of(visit, state.query)
    except (BadInput, ConnectionError, psycopg.OperationalError):
        pass  # the page itself says so; a number that is not known is not shown
    context = {"number": number, "exact": exact, "export_rows_max": EXPORT_ROWS_MAX}
    context["may_export"] = visit.may(Right.EXPORT)
    return render(visit.request, "web/components/table_count.html", context)
