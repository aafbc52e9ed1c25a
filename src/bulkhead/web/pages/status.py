"""Can this screen be trusted: everything the pages of an institution rest on, at a glance."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.marks import Mark
from bulkhead.web.freshness import Item, State, freshness
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

MARKS = {
    State.FRESH: Mark("check", "ok", Words("fresh", "正常")),
    State.STALE: Mark("clock", "warn", Words("stale", "滞后")),
    State.FAILED: Mark("triangle", "alarm", Words("failed", "故障")),
}
_WAITING = Mark("tray", "warn", Words("waiting", "待处理"))  # rows in quarantine are work, not age
_WORST = {
    State.FRESH: Words("Everything here is up to date.", "全部数据均为最新。"),
    State.STALE: Words("It works, but some of what you see may be old.", "运行正常，但部分数据可能滞后。"),
    State.FAILED: Words(
        "Something failed: do not rely on what these pages show.", "存在故障：请勿依赖页面所示内容。"
    ),
}
_NEEDS = {
    "decisions/": Right.SEE_DECISIONS,
    "journal/": Right.SEE_JOURNAL,
    "quarantine/": Right.SEE_QUARANTINE,
    "jobs/": Right.ANY_ROLE,
}


def status(visit: Visit) -> HttpResponseBase:
    """The page."""
    return render(visit.request, "web/status/status.html", _context(visit))


def status_part(visit: Visit) -> HttpResponseBase:
    """What changes; asked for every few seconds."""
    return render(visit.request, "web/status/_status.html", _context(visit))


def _context(visit: Visit) -> dict[str, Any]:
    now = freshness(visit.institution)
    return {
        "base": f"/i/{visit.institution}",
        "now": now,
        "worst": MARKS[now.worst],
        "worst_words": _WORST[now.worst],
        "items": [(item, _mark(item), _link(visit, item)) for item in now.items],
    }


def _mark(item: Item) -> Mark:
    return _WAITING if item.code == "quarantine" and item.state is State.STALE else MARKS[item.state]


def _link(visit: Visit, item: Item) -> str:
    """Where more is told, for whoever may read it there."""
    needs = next((right for place, right in _NEEDS.items() if item.place.startswith(place)), None)
    if needs is None or not visit.may(needs):
        return ""
    if item.code == "verification" and not visit.may(Right.SEE_JOURNAL):
        return ""  # somebody else's job
    return f"/i/{visit.institution}/{item.place}"


SECTION = Section(
    "status",
    (
        Page("status", "status/", Words("System status", "系统状态"), Right.ANY_ROLE, status),
        Page(
            "status-part",
            "status/part/",
            Words("System status, refreshed", "刷新系统状态"),
            Right.ANY_ROLE,
            status_part,
        ),
    ),
    Place.SYSTEM,
    ("status",),
)
