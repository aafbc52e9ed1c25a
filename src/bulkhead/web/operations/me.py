"""Who you are to the API, and what you may do where."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Open
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Said, said
from bulkhead.web.page import Visit
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import ROLES, rights_of


class RoleOut(Schema):
    """A role by its code in the journal, and what people call it."""

    code: str
    title: Said


class StandingOut(Schema):
    """What you are in one institution."""

    institution: str
    roles: list[RoleOut]
    rights: list[str] = Field(description="What these roles allow; operations say which right they need.")


class MeOut(Schema):
    """You, and your institutions."""

    account: str
    person: str
    name: str
    institutions: list[StandingOut]


def me(visit: Visit) -> MeOut:
    """The account behind the session or token, with its roles as they are now."""
    account = visit.account
    return MeOut(
        account=account.username,
        person=account.person.code,
        name=account.person.name,
        institutions=[_standing(code, roles) for code, roles in roles_by_institution(account).items()],
    )


def _standing(institution: str, roles: frozenset[str]) -> StandingOut:
    known = [ROLES[code] for code in sorted(roles) if code in ROLES]
    return StandingOut(
        institution=institution,
        roles=[RoleOut(code=role.code, title=said(role.title)) for role in known],
        rights=sorted(rights_of(roles)),
    )


OPERATIONS = Operations(
    "me",
    Words("You", "当前账号"),
    (
        Operation(
            "me",
            "me",
            Words("Who you are and what you may do where", "当前账号及其在各机构的角色"),
            Open.STAFF,
            me,
        ),
    ),
)
