"""The work that waits: proposals of others to decide, one's own, and what became of all of them."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.service.commands import DecideProposal, Done, Verdict
from bulkhead.web.engine import Trouble, ask, engine_runs, no_engine, person_of, settled
from bulkhead.web.office.deciding import may_decide, readable
from bulkhead.web.office.inbox import decided, everything, forget_count, made, waiting, waiting_count
from bulkhead.web.office.proposal_view import proposal_context
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

Tab = Literal["todo", "done", "mine", "all"]
TABS: dict[Tab, Words] = {
    "todo": Words("Waits for me", "待办"),
    "done": Words("Decided by me", "已办"),
    "mine": Words("Proposed by me", "我发起的"),
    "all": Words("All", "全部"),
}
_EMPTY: dict[Tab, Words] = {
    "todo": Words("Nothing waits for your decision.", "没有等待您复核的事项。"),
    "done": Words("You have decided nothing yet.", "您尚未处理任何事项。"),
    "mine": Words("You have proposed nothing yet.", "您尚未发起任何事项。"),
    "all": Words("Nothing that you may read has been proposed yet.", "尚无您可查看的事项。"),
}
_DONE: dict[Verdict, Words] = {
    "approve": Words("Approved, and carried out: journal leaf {0:,}.", "已批准并执行：日志第 {0:,} 条。"),
    "reject": Words("Rejected: journal leaf {0:,}.", "已驳回：日志第 {0:,} 条。"),
    "withdraw": Words("Withdrawn: journal leaf {0:,}.", "已撤回：日志第 {0:,} 条。"),
}


def inbox(visit: Visit) -> HttpResponseBase:
    """Proposals under one of the tabs."""
    asked = visit.request.GET.get("tab", "todo")
    tab: Tab = next((tab for tab in TABS if tab == asked), "todo")
    before = _number(visit.request.GET.get("before", ""))
    match tab:
        case "todo":
            page = waiting(visit)
        case "done":
            page = decided(visit, before)
        case "mine":
            page = made(visit, before)
        case "all":
            page = everything(visit, before)
    live = engine_runs(visit.institution)
    context: dict[str, Any] = {
        "inbox": page,
        "tab": tab,
        "tabs": TABS,
        "empty": _EMPTY[tab],
        "work_waiting": waiting_count(visit),
        "now_us": SystemClock().now_us(),
        "trouble": None if live else no_engine(visit.institution).words,
    }
    return render(visit.request, "web/office/inbox.html", context)


def proposal(visit: Visit, number: int) -> HttpResponseBase:
    """One proposal, whole; with the means to decide it for whoever may."""
    one = readable(visit, number)
    live = engine_runs(visit.institution)
    context = proposal_context(visit, one, live=live, now_us=SystemClock().now_us())
    context["trouble"] = None if live else no_engine(visit.institution).words
    return render(visit.request, "web/office/proposal.html", context)


def decide(visit: Visit, number: int) -> HttpResponseBase:
    """Approve, reject or withdraw. The engine refuses whoever may not, whatever the form says."""
    one = readable(visit, number)
    asked, snapshot = visit.request.POST.get("verdict", ""), visit.request.POST.get("snapshot", "")
    verdict: Verdict | None = next((each for each in _DONE if each == asked), None)
    if verdict is None or len(snapshot) > 64:
        raise BadRequest("no such verdict or digest")
    if verdict != "withdraw" and not may_decide(visit, one.action):
        context = {"visit": visit, "page": visit.request.page}  # type: ignore[attr-defined]  # set by the guard
        return render(visit.request, "web/forbidden.html", context, status=403)
    reply = ask(visit, DecideProposal(number, verdict, snapshot, person_of(visit)))
    if isinstance(reply, Trouble):
        messages.error(visit.request, reply.words[visit.language])
    else:
        assert isinstance(reply, Done)
        settled(visit.institution, reply.sequence)
        forget_count(visit.institution)
        messages.success(visit.request, _DONE[verdict][visit.language].format(reply.sequence))
    return HttpResponseRedirect(f"/i/{visit.institution}/inbox/{number}/", status=303)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


SECTION = Section(
    "work",
    (
        Page("work", "inbox/", Words("My work", "我的待办"), Right.ANY_ROLE, inbox),
        Page("work-proposal", "inbox/<int:number>/", Words("Proposal", "复核事项"), Right.ANY_ROLE, proposal),
        Page(
            "work-decide",
            "inbox/<int:number>/decide/",
            Words("Decide", "复核"),
            Right.ANY_ROLE,
            decide,
            ("POST",),
        ),
    ),
    Place.CASES,
    ("work",),
    waiting_count,
)
