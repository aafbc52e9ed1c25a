"""Who may do what in an institution: the people behind accounts, their roles, and who is kept out.

What a role allows is asked elsewhere; to the engine it is a name. It makes sure that every change is a fact of
the journal that follows from the one before, and that nobody has made or approved their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from bulkhead.kernel.approvals import Refusal
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import AccessChanged
from bulkhead.kernel.movements import NAME_BYTES_MAX

GRANTED, REVOKED, SUSPENDED, RESTORED = "granted", "revoked", "suspended", "restored"
CREDENTIALS_RESET = "credentials-reset"
CHANGES = (GRANTED, REVOKED, SUSPENDED, RESTORED, CREDENTIALS_RESET)
ACCOUNTS_MAX = 100_000
ROLES_MAX = 32  # of one account
_OF_A_ROLE = (GRANTED, REVOKED)
_ROLE = re.compile(r"[a-z-]{1,32}")


class Standing(NamedTuple):
    """An account: whose it is, its roles, and whether it is kept out for the time being."""

    person: str
    roles: frozenset[str]
    suspended: bool


Staff = Mapping[str, Standing]  # by account


def standing_text(staff: Staff, account: str) -> str:
    """What an account may do, in a line that two people can compare; "" for one that nobody has."""
    there = staff.get(account)
    if there is None:
        return ""
    return f"[{' '.join(sorted(there.roles))}]" + (" suspended" if there.suspended else "")


def check_access(staff: Staff, event: AccessChanged) -> None:
    """Raises ``BadInput`` when this is no change, contradicts what stands, or is somebody's own."""
    check_access_form(event.account, event.change, event.role)
    if not 0 < len(event.person.encode()) <= NAME_BYTES_MAX:
        raise BadInput(Refusal.UNKNOWN_PERSON.value)
    if event.person in (event.maker, event.checker):
        raise BadInput(Refusal.OWN_ACCESS.value)
    there = staff.get(event.account)
    if there is None:
        if event.change != GRANTED:
            raise BadInput("nobody has this account here; granting its first role makes it somebody's")
        if len(staff) >= ACCOUNTS_MAX:
            raise BadInput(f"an institution has at most {ACCOUNTS_MAX:,} accounts")
        return
    if there.person != event.person:
        raise BadInput("this account belongs to another person, for good")
    if stands_already(staff, event.account, event.change, event.role):
        raise BadInput(f"the account {_already(event)}")
    if event.change == GRANTED and len(there.roles) >= ROLES_MAX:
        raise BadInput(f"an account has at most {ROLES_MAX} roles")


def check_access_form(account: str, change: str, role: str) -> None:
    """Raises ``BadInput`` for what no account of any institution could be told."""
    if change not in CHANGES:
        raise BadInput(f"there is no change {change[:40]!r} of access; there are {', '.join(CHANGES)}")
    if change not in _OF_A_ROLE and role:
        raise BadInput(f"{change!r} is about the whole account, not about the role {role[:40]!r}")
    if change in _OF_A_ROLE and not _ROLE.fullmatch(role):
        raise BadInput(f"a role is 1 to 32 small letters and hyphens, unlike {role[:40]!r}")
    if not 0 < len(account.encode()) <= NAME_BYTES_MAX:
        raise BadInput(f"an account's name has 1 to {NAME_BYTES_MAX} bytes, unlike {account[:50]!r}")


def stands_already(staff: Staff, account: str, change: str, role: str) -> bool:
    """Whether the change would leave a known account as it is."""
    there = staff.get(account)
    if there is None:
        return False
    match change:
        case "granted":
            return role in there.roles
        case "revoked":
            return role not in there.roles
        case "suspended":
            return there.suspended
        case "restored":
            return not there.suspended
    return False


def check_actor(staff: Staff, person: str, account: str) -> None:
    """Raises ``BadInput`` when an account acts that is suspended, or that belongs to somebody else."""
    there = staff.get(account)
    if there is None:
        return
    if there.person != person:
        raise BadInput("the account belongs to another person than it says")
    if there.suspended:
        raise BadInput("the account is suspended")


def standing_after(staff: Staff, event: AccessChanged) -> Standing:
    """The account once the event has been taken."""
    before = staff.get(event.account) or Standing(event.person, frozenset(), suspended=False)
    match event.change:
        case "granted":
            return before._replace(roles=before.roles | {event.role})
        case "revoked":
            return before._replace(roles=before.roles - {event.role})
        case "suspended" | "restored":
            return before._replace(suspended=event.change == SUSPENDED)
    return before


def _already(event: AccessChanged) -> str:
    if event.change == GRANTED:
        return f"has the role {event.role!r} already"
    if event.change == REVOKED:
        return f"does not have the role {event.role!r}"
    return "is suspended already" if event.change == SUSPENDED else "is not suspended"
