"""Changes of access as people make them: asked of the journal first, carried over to the console after."""

from __future__ import annotations

from bulkhead.kernel.approvals import Refusal
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.glance import demands_four_eyes
from bulkhead.runtime.service.commands import Change, ChangeAccess, Done, Proposed
from bulkhead.web.books import book
from bulkhead.web.engine import Trouble, ask, person_of, settled
from bulkhead.web.page import Visit
from bulkhead.web.people.following import adopt, follow_access
from bulkhead.web.people.models import Account, Person
from bulkhead.web.people.roster import institutions_of, institutions_with
from bulkhead.web.refusals import filled, in_words
from bulkhead.web.rights import Right

_ELSEWHERE = Words(
    "This log-in has roles in institutions that you do not administer; its credentials take somebody who does.",
    "该账号在您不管理的机构中也有角色，其登录凭证须由能管理全部相关机构的人员处理。",
)
_TWO_THERE = Words(
    "This log-in also opens {0}, which demands four eyes: propose the reset there.",
    "该账号也可进入 {0}，该机构须双人复核：请在该机构提交重置申请。",
)


def change_access(
    visit: Visit, account: Account, change: Change, role: str, reason: str
) -> Done | Proposed | Trouble:
    """Have the journal change what an account may do in the institution being visited.

    Nobody changes their own, under whichever log-in; the engine refuses that as well.
    """
    trouble = own_access(visit, account)
    if change == "credentials-reset":
        trouble = trouble or beyond_scope(visit, account) or _around_four_eyes(visit, account)
    if trouble:
        return trouble
    return _asked(
        visit, ChangeAccess(account.person.code, account.username, change, role, reason, person_of(visit))
    )


def add_account(visit: Visit, *, username: str, code: str, name: str, role: str, reason: str) -> Account | Trouble:
    """A new log-in, of a new person or one of the institution's. Nothing of it is there if the journal refuses.

    Where four eyes are demanded it is there without a role until somebody has approved it.
    """
    if code == visit.account.person.code:
        return Trouble("refused", in_words(Refusal.OWN_ACCESS.value))
    reply = _asked(visit, ChangeAccess(code, username, "granted", role, reason, person_of(visit)))
    if isinstance(reply, Trouble):
        return reply
    person, _ = Person.objects.get_or_create(code=code, defaults={"name": name})
    account = Account.objects.open(username, person, None)
    Account.objects.filter(pk=account.pk).update(made_in=visit.institution)
    adopt(account)
    return Account.objects.get(pk=account.pk)


def own_access(visit: Visit, account: Account) -> Trouble | None:
    """The refusal where an account is the visitor's own, or another one of theirs."""
    if account.person_id != visit.account.person_id:
        return None
    return Trouble("refused", in_words(Refusal.OWN_ACCESS.value))


def beyond_scope(visit: Visit, account: Account) -> Trouble | None:
    """The refusal where an account opens institutions that the visitor does not administer.

    Whoever hands out a new way in could use it; so it must not lead further than they may go themselves.
    """
    administered = {visit.institution, *institutions_with(visit.account, Right.CHANGE_PEOPLE)}
    return None if institutions_of(account) <= administered else Trouble("refused", _ELSEWHERE)


def _around_four_eyes(visit: Visit, account: Account) -> Trouble | None:
    """The refusal where one person would do here what takes two elsewhere: a log-in has one password everywhere."""
    if demands_four_eyes(book(visit.institution).stores):
        return None
    elsewhere = institutions_of(account) - {visit.institution}
    guarded = sorted(code for code in elsewhere if demands_four_eyes(book(code).stores))
    return Trouble("refused", filled(_TWO_THERE, guarded[0])) if guarded else None


def _asked(visit: Visit, command: ChangeAccess) -> Done | Proposed | Trouble:
    reply = ask(visit, command)
    if isinstance(reply, Trouble):
        return reply
    assert isinstance(reply, Done | Proposed), reply
    if isinstance(reply, Done):
        settled(visit.institution, reply.sequence)
        follow_access(visit.institution)
    return reply
