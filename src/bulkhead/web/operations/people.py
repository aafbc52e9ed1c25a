"""People of an institution, what they may do, and how that is changed."""

from __future__ import annotations

from typing import Literal

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.commands import Done
from bulkhead.web.api.change_shapes import ChangeOut, change_out
from bulkhead.web.api.entry import by_token
from bulkhead.web.api.errors import ApiError, Failure, done_or_raise
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Asked, Before, Limit, Line, Moment, Reason, moment
from bulkhead.web.books import book
from bulkhead.web.page import Visit
from bulkhead.web.people.changing import change_access
from bulkhead.web.people.following import follow_access
from bulkhead.web.people.models import AccessChange, Person
from bulkhead.web.people.roster import standings, target
from bulkhead.web.people.trail import Act, leave_trail
from bulkhead.web.rights import Right

_CONFIRM = Words(
    "Changing what people may do takes a session whose owner was confirmed in the last ten minutes; a token cannot.",
    "变更人员权限须使用十分钟内重新验证过身份的会话，令牌不能执行此操作。",
)
RoleCode = Literal["risk-officer", "custody-operations", "rule-analyst", "auditor", "administrator"]
ChangeCode = Literal["granted", "revoked", "suspended", "restored", "credentials-reset"]


class AccountLine(Schema):
    """One log-in of the institution."""

    account: str
    person: str
    name: str
    roles: list[str]
    state: str
    suspended: bool


class PeopleOut(Schema):
    """Every log-in that the institution's journal knows, or that was made there."""

    accounts: list[AccountLine]


class AccessAsked(Asked):
    """Which changes."""

    account: Line = ""
    before: Before = None
    limit: Limit = 50


class AccessLine(Schema):
    """One change of access as the journal has it."""

    sequence: int
    account: str
    change: str
    role: str
    maker: str
    checker: str
    reason: str
    at: Moment


class AccessOut(Schema):
    """A page of them, newest first."""

    changes: list[AccessLine]
    next: int | None


class ChangeIn(Asked):
    """What is to change for one log-in. ``role`` goes with granted and revoked only."""

    person: Line = Field(min_length=1, description="The person's code.")
    account: Line = Field(min_length=1)
    change: ChangeCode
    role: RoleCode | Literal[""] = ""
    reason: Reason


def people(visit: Visit) -> PeopleOut:
    """Log-ins with their persons, roles and states."""
    follow_access(visit.institution)
    found = standings(visit.institution)
    names = dict(Person.objects.filter(code__in={one.person for one in found}).values_list("code", "name"))
    return PeopleOut(
        accounts=[
            AccountLine(
                account=one.username,
                person=one.person,
                name=names.get(one.person, one.person),
                roles=sorted(one.roles),
                state=one.state,
                suspended=one.suspended,
            )
            for one in found
        ]
    )


def access_changes(visit: Visit, asked: Query[AccessAsked]) -> AccessOut:
    """Changes of access, from the journal."""
    follow_access(visit.institution)
    rows = AccessChange.objects.filter(institution=visit.institution).order_by("-sequence")
    if asked.account:
        rows = rows.filter(account=asked.account)
    if asked.before is not None:
        rows = rows.filter(sequence__lt=asked.before)
    found = list(rows[: asked.limit + 1])
    page = found[: asked.limit]
    reasons = book(visit.institution).stores.vault.reveal([row.reason for row in page]) if page else []
    return AccessOut(
        changes=[_line(row, reason or "") for row, reason in zip(page, reasons, strict=True)],
        next=page[-1].sequence if len(found) > len(page) else None,
    )


def change(visit: Visit, wanted: ChangeIn) -> ChangeOut:
    """Change what a log-in may do; where four eyes are demanded, propose it."""
    account = target(visit, wanted.person, wanted.account, anywhere=wanted.change == "granted")
    if by_token(visit.request) or is_reauthentication_required(visit.request, app="allauth.mfa"):
        raise ApiError(Failure(403, "confirm", _CONFIRM))
    takes_role = wanted.change in ("granted", "revoked")
    if takes_role != bool(wanted.role):
        words = Words(
            "A role goes with granted and revoked, and with nothing else.", "仅授予和收回角色时须填写 role。"
        )
        raise ApiError(Failure(422, "invalid", words))
    reply = done_or_raise(change_access(visit, account, wanted.change, wanted.role, wanted.reason))
    if wanted.change == "credentials-reset" and isinstance(reply, Done):
        leave_trail(visit, Act.RESET, account.username)
    return change_out(visit, reply)


def _line(row: AccessChange, reason: str) -> AccessLine:
    return AccessLine(
        sequence=row.sequence,
        account=row.account,
        change=row.change,
        role=row.role,
        maker=row.maker,
        checker=row.checker,
        reason=reason,
        at=moment(row.at_us),
    )


_SEE = Right.SEE_PEOPLE
OPERATIONS = Operations(
    "people",
    Words("People", "人员"),
    (
        Operation("people", "people", Words("List log-ins and their roles", "账号与角色列表"), _SEE, people),
        Operation(
            "access-changes", "people/changes", Words("Changes of access", "权限变更记录"), _SEE, access_changes
        ),
        Operation(
            "access-change",
            "people/change",
            Words("Change what a log-in may do", "变更账号权限"),
            Right.CHANGE_PEOPLE,
            change,
            "POST",
        ),
    ),
)
