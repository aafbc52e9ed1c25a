"""Who may decide a proposal, and why somebody may not. The engine asks again; this is what a page can say before."""

from __future__ import annotations

from django.http import Http404

from bulkhead.engine.proposals import CHANGE_ACCESS, PUBLISH_RULES, REVIEW_HOLD
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.proposal_history import PastProposal, find_proposal
from bulkhead.runtime.service.people import spelling
from bulkhead.web.books import book
from bulkhead.web.page import Visit
from bulkhead.web.people.models import Person
from bulkhead.web.rights import Right

# Deciding takes the first right, reading the second; whoever may decide may read.
RIGHTS: dict[str, tuple[Right, Right]] = {
    PUBLISH_RULES: (Right.APPROVE_RULES, Right.SEE_RULES),
    REVIEW_HOLD: (Right.APPROVE_HOLDS, Right.SEE_HOLDS),
    CHANGE_ACCESS: (Right.APPROVE_PEOPLE, Right.SEE_PEOPLE),
}
ACTIONS: dict[str, Words] = {
    PUBLISH_RULES: Words("Publish rules", "发布规则"),
    REVIEW_HOLD: Words("End a hold", "处理暂缓款项"),
    CHANGE_ACCESS: Words("Change access", "变更权限"),
}
NO_RIGHT = Words("Your role does not include deciding this.", "您的角色没有复核此类事项的权限。")
OWN = Words(
    "You proposed this, so another person has to decide it; no role is exempt.",
    "这是您本人提交的，须由他人复核，任何角色均不例外。",
)
OWN_ACCESS = Words("This is about your own access.", "该事项涉及您本人的权限。")


def me(visit: Visit) -> str:
    """This person as the journal spells them."""
    return spelling(visit.account.person.code)


def may_decide(visit: Visit, action: str) -> bool:
    """Whether this person's roles include deciding proposals of this kind. An unknown kind is nobody's."""
    return action in RIGHTS and visit.may(RIGHTS[action][0])


def may_read(visit: Visit, action: str, maker: str) -> bool:
    """Whether this person may read such a proposal: its maker, its deciders, and who may see what it is about."""
    return maker == me(visit) or (action in RIGHTS and any(visit.may(right) for right in RIGHTS[action]))


def hindrance(visit: Visit, action: str, maker: str, subject_person: str) -> Words | None:
    """Why this person may not decide it; None when they may."""
    if maker == me(visit):
        return OWN
    if subject_person and subject_person == me(visit):
        return OWN_ACCESS
    return None if may_decide(visit, action) else NO_RIGHT


def people(codes: set[str]) -> dict[str, str]:
    """Names of the persons whom the journal spells so; the spelling for those who have none here."""
    found = {
        spelling(code): name
        for code, name in Person.objects.values_list("code", "name")
        if spelling(code) in codes
    }
    return {code: found.get(code, code) for code in codes}


def readable(visit: Visit, number: int) -> PastProposal:
    """The proposal, for those who may read it; for all others there is none."""
    one = find_proposal(book(visit.institution).stores, number, SystemClock().now_us()) if number < 2**62 else None
    if one is None or not may_read(visit, one.action, one.maker):
        raise Http404
    return one
