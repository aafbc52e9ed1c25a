"""People of an institution: who they are, what they may do, and how that is changed."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.glance import demands_four_eyes
from bulkhead.runtime.service.commands import TEXT_CHARS_MAX, Change, Proposed
from bulkhead.web.books import book
from bulkhead.web.components.marks import Mark
from bulkhead.web.engine import Trouble, engine_runs, no_engine
from bulkhead.web.page import Handler, Page, Place, Section, Visit
from bulkhead.web.pages._people_forms import NewAccountForm
from bulkhead.web.people.changing import add_account, beyond_scope, change_access, own_access
from bulkhead.web.people.following import follow_access
from bulkhead.web.people.history import history
from bulkhead.web.people.invitations import invite
from bulkhead.web.people.models import Account, Person
from bulkhead.web.people.roster import (
    Standing,
    institutions_with,
    standings,
    standings_of_person,
    target,
)
from bulkhead.web.people.trail import Act, leave_trail
from bulkhead.web.rights import ROLES, Right

STATES: dict[str, Mark] = {
    "active": Mark("check", "ok", Words("active", "正常")),
    "suspended": Mark("cross", "alarm", Words("suspended", "已停用")),
    "invited": Mark("clock", "caution", Words("not entered yet", "待首次登录")),
    "without-role": Mark("pause", "warn", Words("without a role", "无角色")),
    "unknown": Mark("question", "caution", Words("unknown to the console", "控制台未知")),
}
_DONE: dict[str, Words] = {
    "granted": Words("Granted.", "已授予。"),
    "revoked": Words("Revoked.", "已收回。"),
    "suspended": Words("Suspended; every session has ended.", "已停用，所有会话已结束。"),
    "restored": Words("Restored.", "已恢复。"),
    "credentials-reset": Words(
        "Reset: password, factors and sessions have ended.", "已重置：密码、第二因素与会话均已作废。"
    ),
}
_PROPOSED = Words(
    "Proposed as number {0}: another person has to agree before it takes effect.",
    "已提交复核，编号 {0}：须由他人批准后生效。",
)
_HAS_PASSWORD = Words(
    "This log-in has a password; reset its credentials instead.", "该账号已设置密码，请改用重置登录凭证。"
)


def people(visit: Visit) -> HttpResponseBase:
    """Every log-in of the institution with its person, roles and state."""
    follow_access(visit.institution)
    found = standings(visit.institution)
    names = dict(Person.objects.filter(code__in={one.person for one in found}).values_list("code", "name"))
    rows = [{"one": one, "name": names.get(one.person, one.person), "mark": STATES[one.state]} for one in found]
    context = {
        "rows": rows,
        "may_change": visit.may(Right.CHANGE_PEOPLE),
        "unknown": any(one.state == "unknown" for one in found),
        "trouble": _trouble(visit),
    }
    return render(visit.request, "web/people/list.html", context)


def person(visit: Visit, code: str) -> HttpResponseBase:
    """One person: their log-ins and roles where the visitor may see them, and what happened to them."""
    follow_access(visit.institution)
    return _person_page(visit, code)


def add(visit: Visit) -> HttpResponseBase:
    """A new log-in with its first role, and the link with which its person comes in."""
    raise_if_reauthentication_required(
        visit.request, app="allauth.mfa"
    )  # first: the way there and back loses a form
    if visit.request.method == "GET":
        return _add_page(visit, NewAccountForm(visit))
    form = NewAccountForm(visit, visit.request.POST)
    if not form.is_valid():
        return _add_page(visit, form)
    made = add_account(visit, **form.cleaned_data)
    if isinstance(made, Trouble):
        form.add_error(None, made.words[visit.language])
        return _add_page(visit, form)
    if not made.grants.filter(institution=visit.institution).exists():
        words = Words(
            "Proposed: the log-in gets its role once another person has agreed, and can be invited then.",
            "已提交复核：经他人批准后该账号获得角色，届时可生成邀请链接。",
        )
        messages.success(visit.request, words[visit.language])
        return _back(visit, made)
    return _invited(visit, made)


def changing(change: Change) -> Handler:
    """The handler that makes one kind of change."""

    def handler(visit: Visit, code: str, username: str) -> HttpResponseBase:
        account = target(visit, code, username, anywhere=change == "granted")
        raise_if_reauthentication_required(visit.request, app="allauth.mfa")
        role = visit.request.POST.get("role", "") if change in ("granted", "revoked") else ""
        if change == "granted" and role not in ROLES:
            raise Http404
        reply = change_access(visit, account, change, role, visit.request.POST.get("reason", ""))
        if isinstance(reply, Trouble):
            messages.error(visit.request, reply.words[visit.language])
        elif isinstance(reply, Proposed):
            messages.success(visit.request, _PROPOSED[visit.language].format(reply.number))
        else:
            messages.success(visit.request, _DONE[change][visit.language])
            if change == "credentials-reset":
                leave_trail(visit, Act.RESET, account.username)
                return _invited(visit, account)
        return _back(visit, account)

    return handler


def invitation(visit: Visit, code: str, username: str) -> HttpResponseBase:
    """Another link for somebody who has not come in with the one before."""
    account = target(visit, code, username)
    raise_if_reauthentication_required(visit.request, app="allauth.mfa")
    trouble = own_access(visit, account) or beyond_scope(visit, account)
    if trouble or account.has_usable_password():
        words = trouble.words if trouble else _HAS_PASSWORD
        messages.error(visit.request, words[visit.language])
        return _back(visit, account)
    return _invited(visit, account)


def _invited(visit: Visit, account: Account) -> HttpResponseBase:
    """Shows the link, on this answer only."""
    link = visit.request.build_absolute_uri(invite(account, visit.account.username))
    leave_trail(visit, Act.INVITED, account.username)
    return render(visit.request, "web/people/invited.html", {"link": link, "account": account})


def _person_page(visit: Visit, code: str) -> HttpResponseBase:
    found = standings_of_person(visit, code)
    someone = Person.objects.filter(code=code).first()
    if not found or someone is None:
        raise Http404
    is_self = someone.pk == visit.account.person_id
    administered = set(institutions_with(visit.account, Right.CHANGE_PEOPLE))
    context = {
        "someone": someone,
        "is_self": is_self,
        "cards": [
            {
                "one": one,
                "mark": STATES[one.state],
                "may_change": one.account is not None and not is_self and one.institution in administered,
                "free_roles": [role for role in ROLES.values() if role.code not in one.roles],
                "has_password": one.account is not None and one.account.has_usable_password(),
            }
            for one in found
        ],
        "elsewhere": [] if is_self else _elsewhere(found, administered),
        "all_roles": ROLES.values(),
        "acts": {verb: title for _, verb, title in _ACTS},
        "steps": history(found),
        "trouble": _trouble(visit),
        "four_eyes": demands_four_eyes(book(visit.institution).stores),
        "reason_chars_max": TEXT_CHARS_MAX,
    }
    return render(visit.request, "web/people/person.html", context)


def _elsewhere(found: list[Standing], administered: set[str]) -> list[tuple[str, Account]]:
    """(institution, log-in) where the visitor could give a first role to somebody they see here."""
    known = {(one.institution, one.username) for one in found}
    accounts = {one.username: one.account for one in found if one.account}
    return [
        (institution, account)
        for institution in sorted(administered)
        for name, account in accounts.items()
        if (institution, name) not in known
    ]


def _add_page(visit: Visit, form: NewAccountForm) -> HttpResponseBase:
    context = {
        "form": form,
        "trouble": _trouble(visit),
        "four_eyes": demands_four_eyes(book(visit.institution).stores),
    }
    return render(visit.request, "web/people/add.html", context)


def _back(visit: Visit, account: Account) -> HttpResponseBase:
    """To the person's page, where there is one to see: what was proposed elsewhere is not there yet."""
    seen = standings_of_person(visit, account.person.code)
    path = f"people/{account.person.code}/" if seen else "people/"
    return HttpResponseRedirect(f"/i/{visit.institution}/{path}", status=303)


def _trouble(visit: Visit) -> Words | None:
    """Why nothing can be changed now."""
    if not visit.may(Right.CHANGE_PEOPLE) or engine_runs(visit.institution):
        return None
    return no_engine(visit.institution).words


_ACTS: tuple[tuple[Change, str, Words], ...] = (
    ("granted", "grant", Words("Grant a role", "授予角色")),
    ("revoked", "revoke", Words("Revoke a role", "收回角色")),
    ("suspended", "suspend", Words("Suspend", "停用")),
    ("restored", "restore", Words("Restore", "恢复")),
    ("credentials-reset", "reset", Words("Reset credentials", "重置登录凭证")),
)
_OF_ONE = "people/<slug:code>/<slug:username>"
SECTION = Section(
    "people",
    (
        Page("people", "people/", Words("People", "人员"), Right.SEE_PEOPLE, people),
        Page(
            "people-add",
            "people/new/",
            Words("Add a log-in", "新增账号"),
            Right.CHANGE_PEOPLE,
            add,
            ("GET", "POST"),
        ),
        Page("person", "people/<slug:code>/", Words("Person", "人员详情"), Right.SEE_PEOPLE, person),
        *(
            Page(f"people-{verb}", f"{_OF_ONE}/{verb}/", title, Right.CHANGE_PEOPLE, changing(change), ("POST",))
            for change, verb, title in _ACTS
        ),
        Page(
            "people-invite",
            f"{_OF_ONE}/invite/",
            Words("New invitation", "生成邀请链接"),
            Right.CHANGE_PEOPLE,
            invitation,
            ("POST",),
        ),
    ),
    Place.SYSTEM,
    ("people",),
)
