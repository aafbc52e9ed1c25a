"""Who is let in to what: the one decision behind every page and every operation of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.http import HttpRequest
from django.utils.translation import get_language

from bulkhead.kernel.reasons import Language
from bulkhead.web.people.following import keep_up, require_followed
from bulkhead.web.people.models import Account
from bulkhead.web.people.second_factor import has_second_factor
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import Right, rights_of


class Open(Enum):
    """Who may see what belongs to no institution."""

    PUBLIC = "public"  # everybody, logged in or not
    ENTERING = "entering"  # logged in, also without a second factor yet
    STAFF = "staff"  # logged in, with a second factor


@dataclass(frozen=True, slots=True)
class Visit:
    """One person at one page or operation. Without an institution, ``institution`` is "" and ``rights`` empty."""

    request: HttpRequest
    account: Account
    institution: str
    rights: frozenset[Right]

    @property
    def language(self) -> Language:
        return language_now()

    def may(self, right: Right) -> bool:
        return right in self.rights


class Denial(Enum):
    """Why somebody is not let in."""

    LOG_IN = "log-in"
    SECOND_FACTOR = "second-factor"
    NOT_FOUND = "not-found"  # an institution in which they have no role: whether it exists is not for them to know
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Denied:
    """Nobody gets further than this. ``visit`` is there once it is known who it is and where."""

    why: Denial
    visit: Visit | None = None


def admitted(
    request: HttpRequest, needs: Right | Open, institution: str, who: Callable[[HttpRequest], object]
) -> Visit | Denied:
    """The visit of whoever may; anything else is a denial. ``who`` finds the account, by a session or otherwise.

    ``institution`` counts only where ``needs`` is a right. What is public needs no admission. Raises ``BadInput``
    where it cannot be known who may do what in the institution.
    """
    assert needs is not Open.PUBLIC
    keep_up()  # before anybody is asked who they are: a suspension takes effect here
    account = who(request)
    if not isinstance(account, Account) or not account.is_active:
        return Denied(Denial.LOG_IN)
    if needs is Open.ENTERING:
        return Visit(request, account, "", frozenset())
    if not has_second_factor(account):
        return Denied(Denial.SECOND_FACTOR)
    if not isinstance(needs, Right):
        return Visit(request, account, "", frozenset())
    roles = roles_by_institution(account).get(institution)
    if roles is None:
        return Denied(Denial.NOT_FOUND)
    require_followed(institution)
    visit = Visit(request, account, institution, rights_of(roles))
    return visit if visit.may(needs) else Denied(Denial.FORBIDDEN, visit)


def language_now() -> Language:
    """The language of the request that is being answered."""
    return "zh" if (get_language() or "").startswith("zh") else "en"
