"""Decisions as they are made: the page, and the stream it listens to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from bulkhead.kernel.movements import Outcome, Status
from bulkhead.kernel.reasons import Words
from bulkhead.web.books import book
from bulkhead.web.components.filters import Unusable
from bulkhead.web.components.marks import Mark, mark_of
from bulkhead.web.components.table_drawing import drawing_of
from bulkhead.web.engine import engine_runs, no_engine
from bulkhead.web.live.filters import asked_by, filter_text, query_of
from bulkhead.web.live.page_words import PAGE_WORDS
from bulkhead.web.live.records import Wording
from bulkhead.web.live.stream import Stream
from bulkhead.web.live.viewers import SEATS, Channel
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

RETRY_AFTER_S = 5
SEQUENCE_DIGITS_MAX = 18
_FULL = Words(
    "You have too many live views open, or the console has. Close one, or wait a moment.",
    "您打开的实时视图过多，或系统的实时视图已满。请关闭其中一个，或稍后再试。",
)
_MARKS = {
    **{outcome.name.lower(): mark_of(outcome) for outcome in Outcome},
    "refused": mark_of(Status.REFUSED),
    "finding": Mark("triangle", "warn", Words("finding", "有问题")),
}


def live(visit: Visit) -> HttpResponseBase:
    """The page; its script listens to the stream with the same filter."""
    drawing = drawing_of(asked_by(visit))
    asked = filter_text(drawing.state)
    root = f"/i/{visit.institution}/"
    context = {
        "drawing": drawing,
        "filtered": bool(asked or drawing.state.problems),
        "only_alarms": drawing.state.query.flag("alarms"),
        "listening": {
            "stream": f"{root}live/stream/?{asked}",
            "decisions": f"{root}decisions/",
            "asked": asked,
            "words": {key: words[visit.language] for key, words in PAGE_WORDS.items()},
        },
        "marks": _MARKS,
        "no_engine": None if engine_runs(visit.institution) else no_engine(visit.institution).words,
    }
    return render(visit.request, "web/live/live.html", context)


def stream(visit: Visit) -> HttpResponseBase:
    """Server-sent events from where the viewer was, or from now on."""
    state, opening = asked_by(visit), book(visit.institution).opening
    if state.problems:
        return _sentence(state.problems[0].words[visit.language], 400)
    try:
        after = _after(visit.request)
    except Unusable as problem:
        return _sentence(problem.words[visit.language], 400)
    seat = SEATS.take(visit.account.pk)
    if seat is None:
        return _sentence(_FULL[visit.language], 503, {"Retry-After": str(RETRY_AFTER_S)})
    wording = Wording(
        visit.institution, opening.timezone_offset_minutes, visit.may(Right.SEE_NAMES), visit.language
    )
    body: Any = Stream(Channel(query_of(state), wording), str(visit.request.session.session_key), after, seat)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(body, content_type="text/event-stream", headers=headers)


def _sentence(text: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)


def _after(request: HttpRequest) -> int | None:
    """What the viewer has seen already: a browser that reconnects says so by itself. Raises ``Unusable``."""
    text = request.headers.get("Last-Event-ID", "") or request.GET.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= SEQUENCE_DIGITS_MAX):
        raise Unusable(Words("The place to go on from is not a number.", "续接位置不是数字。"))
    return int(text)


SECTION = Section(
    "live",
    (
        Page("live", "live/", Words("Live decisions", "实时决策"), Right.SEE_DECISIONS, live),
        Page(
            "live-stream", "live/stream/", Words("Stream of decisions", "实时决策流"), Right.SEE_DECISIONS, stream
        ),
    ),
    Place.DECISIONS,
    ("live",),
)
