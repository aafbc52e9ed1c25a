"""Views of a table that a person keeps under a name: the query part of its address, theirs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.table import Table
from bulkhead.web.components.table_state import TableState
from bulkhead.web.page import Visit, language_now
from bulkhead.web.people.models import SavedView

VIEWS_MAX = 50
NAME_MAX, QUERY_MAX = 60, 2_000

_SAVED = Words("Saved.", "视图已保存。")
_DELETED = Words("Deleted.", "视图已删除。")
_NO_NAME = Words("A view needs a name of 1 to 60 characters.", "视图名称应为 1 至 60 个字符。")
_TOO_MANY = Words("There are 50 views already; delete one first.", "最多可保存 50 个视图，请先删除旧视图。")
_TOO_LONG = Words("This view has too many conditions to be kept.", "查询条件过多，无法保存。")


def change_views(visit: Visit, table: Table[Any], base: str, path: dict[str, object]) -> HttpResponseBase:
    """Save the view in ``query`` as ``name``, or delete the one called so (``act`` is ``delete``)."""
    asked = visit.request.POST
    # What is kept is what we read in it, so that a saved view never holds anything but a view.
    try:
        query = TableState.of(visit, table, QueryDict(asked.get("query", "").lstrip("?")), path).address()
    except ValueError:
        query = "?"
    name = " ".join(asked.get("name", "").split())
    kept = SavedView.objects.filter(account=visit.account, institution=visit.institution, table=table.code)
    if asked.get("act") == "delete":
        kept.filter(name=name).delete()
        messages.success(visit.request, _DELETED[language_now()])
    else:
        problem = _problem(name, query, {view.name for view in kept})
        if problem is None:
            SavedView.objects.update_or_create(
                account=visit.account,
                institution=visit.institution,
                table=table.code,
                name=name,
                defaults={"query": query},
            )
        (messages.error if problem else messages.success)(visit.request, (problem or _SAVED)[language_now()])
    return HttpResponseRedirect(base + query)


def _problem(name: str, query: str, kept: set[str]) -> Words | None:
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        return _NO_NAME
    if len(query) > QUERY_MAX:
        return _TOO_LONG
    return _TOO_MANY if name not in kept and len(kept) >= VIEWS_MAX else None
