"""Who an institution's people are: what its journal says, joined with the log-ins the console knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from django.db.models import Q
from django.http import Http404

from bulkhead.web.page import Visit
from bulkhead.web.people.models import Account, Grant, JournalAccess
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import ROLES, Right, Role, rights_of

State = Literal["active", "suspended", "invited", "without-role", "unknown"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A log-in in one institution. ``account`` is None where only the journal knows it."""

    institution: str
    username: str
    person: str  # their code
    account: Account | None
    roles: frozenset[str]
    suspended: bool

    @property
    def known_roles(self) -> list[Role]:
        return [ROLES[code] for code in sorted(self.roles) if code in ROLES]

    @property
    def other_roles(self) -> list[str]:
        """Roles that give no right here, because nobody knows them."""
        return sorted(code for code in self.roles if code not in ROLES)

    @property
    def state(self) -> State:
        if self.account is None:
            return "unknown"
        if self.suspended or not self.account.is_active:
            return "suspended"
        if not self.roles:
            return "without-role"
        return "active" if self.account.has_usable_password() else "invited"


def standings(institution: str) -> list[Standing]:
    """Every log-in of an institution, by username: known to its journal, holding a role, or made there."""
    access = {entry.account: entry for entry in JournalAccess.objects.filter(institution=institution)}
    granted: dict[int, set[str]] = {}
    for account_id, role in Grant.objects.filter(institution=institution).values_list("account_id", "role"):
        granted.setdefault(account_id, set()).add(role)
    rows = Account.objects.filter(Q(pk__in=granted) | Q(username__in=access) | Q(made_in=institution))
    found: dict[str, Standing] = {
        name: Standing(institution, name, entry.person, None, frozenset(entry.roles), entry.suspended)
        for name, entry in access.items()
    }
    for account in rows.select_related("person"):
        said = found.get(account.username)
        if said and said.person == account.person.code:
            found[account.username] = replace(
                said, account=account, roles=said.roles | granted.get(account.pk, set())
            )
        elif said is None:
            roles = frozenset(granted.get(account.pk, ()))
            found[account.username] = Standing(
                institution, account.username, account.person.code, account, roles, suspended=False
            )
    return [found[name] for name in sorted(found)]


def institutions_with(account: Account, right: Right) -> list[str]:
    """Institutions in which somebody has a right."""
    return [code for code, roles in roles_by_institution(account).items() if right in rights_of(roles)]


def standings_of_person(visit: Visit, person: str) -> list[Standing]:
    """A person's log-ins in every institution in which the visitor may see people; [] for nobody they may see.

    The institution being visited comes first, and must be one the person is in.
    """
    seen = [visit.institution, *institutions_with(visit.account, Right.SEE_PEOPLE)]
    found = [one for code in dict.fromkeys(seen) for one in standings(code) if one.person == person]
    return found if any(one.institution == visit.institution for one in found) else []


def institutions_of(account: Account) -> set[str]:
    """Every institution that an account could act in, or is suspended from."""
    granted: Iterable[str] = Grant.objects.filter(account=account).values_list("institution", flat=True)
    said = JournalAccess.objects.filter(account=account.username, person=account.person.code)
    return {*granted, *said.values_list("institution", flat=True)}


def target(visit: Visit, code: str, username: str, *, anywhere: bool = False) -> Account:
    """The log-in that is to be changed: one of this institution's, or ``anywhere`` that the visitor administers."""
    places = [visit.institution, *(institutions_with(visit.account, Right.CHANGE_PEOPLE) if anywhere else ())]
    for place in dict.fromkeys(places):
        for one in standings(place):
            if one.username == username and one.person == code and one.account:
                return one.account
    raise Http404
