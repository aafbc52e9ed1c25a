"""Money the decision has set aside until people say what happens to it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.glance import demands_four_eyes
from bulkhead.runtime.service.commands import TEXT_CHARS_MAX, Done, Proposed, ReviewHold
from bulkhead.web.books import book
from bulkhead.web.engine import Trouble, ask, no_engine, person_of, settled
from bulkhead.web.office.holds import holds_page
from bulkhead.web.office.inbox import forget_count
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

_PROPOSED = Words(
    "Proposed as number {0}: another person has to agree before the money moves.",
    "已提交复核，编号 {0}：须由他人批准后资金才会变动。",
)
_RELEASED = Words("Released: journal leaf {0:,}.", "已放行：日志第 {0:,} 条。")
_RETURNED = Words("Returned to the payer: journal leaf {0:,}.", "已退回付款方：日志第 {0:,} 条。")


def holds(visit: Visit) -> HttpResponseBase:
    """The holds that wait, in order of their ids."""
    after = visit.request.GET.get("after", "")[:200]
    page = holds_page(visit, after)
    context = {
        "holds": page,
        "after": after,
        "now_us": SystemClock().now_us(),
        "four_eyes": demands_four_eyes(book(visit.institution).stores),
        "may_propose": visit.may(Right.PROPOSE_HOLDS),
        "reason_chars_max": TEXT_CHARS_MAX,
        "trouble": page.trouble or (None if page.live else no_engine(visit.institution).words),
    }
    return render(visit.request, "web/office/holds.html", context)


def review(visit: Visit) -> HttpResponseBase:
    """Release a hold or give the money back; where four eyes are demanded, propose it."""
    form = visit.request.POST
    hold, verdict, reason = (form.get(name, "") for name in ("hold", "verdict", "reason"))
    if verdict not in ("release", "return") or not hold or len(hold) > 200:
        raise BadRequest("no such hold or verdict")
    reply = ask(visit, ReviewHold(hold, verdict == "release", reason, person_of(visit)))
    back = HttpResponseRedirect(f"/i/{visit.institution}/holds/", status=303)
    if isinstance(reply, Trouble):
        messages.error(visit.request, reply.words[visit.language])
        return back
    forget_count(visit.institution)
    if isinstance(reply, Proposed):
        messages.success(visit.request, _PROPOSED[visit.language].format(reply.number))
        return back
    assert isinstance(reply, Done)
    settled(visit.institution, reply.sequence)
    words = _RELEASED if verdict == "release" else _RETURNED
    messages.success(visit.request, words[visit.language].format(reply.sequence))
    return back


SECTION = Section(
    "holds",
    (
        Page("holds", "holds/", Words("Holds", "暂缓款项"), Right.SEE_HOLDS, holds),
        Page(
            "holds-review",
            "holds/review/",
            Words("Release or return", "放行或退回"),
            Right.PROPOSE_HOLDS,
            review,
            ("POST",),
        ),
    ),
    Place.CASES,
    ("holds",),
)
