"""Five people for the demonstration, with log-ins that are made anew each time it is started."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from bulkhead.kernel.errors import BadInput
from bulkhead.web.people.following import withdraw_credentials
from bulkhead.web.people.models import Account, Person
from bulkhead.web.rights import ROLES

_PEOPLE = (
    ("ann", "安晓岚 Ann", "risk-officer"),
    ("bo", "柏文博 Bo", "custody-operations"),
    ("cai", "蔡思远 Cai", "rule-analyst"),
    ("dee", "丁一宁 Dee", "auditor"),
    ("eli", "易立 Eli", "administrator"),
)
_WORDS = (
    "anchor", "beacon", "cabin", "canvas", "compass", "copper", "coral", "current", "harbour", "horizon",
    "island", "keel", "lantern", "mast", "meridian", "north", "pilot", "quay", "rudder", "signal",
    "silver", "south", "steady", "sunrise", "tide", "timber", "tower", "voyage", "watch", "winter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """What the demonstration prints for one person. ``role`` is a code of ``rights.ROLES``."""

    username: str
    password: str
    name: str
    role: str
    totp_secret: str

    @property
    def person(self) -> str:
        """What the journal calls them."""
        return self.username


@transaction.atomic
def demo_staff(institution: str) -> list[DemoLogin]:
    """Make the five, or give them new passwords and one new secret for all their codes; old sessions end.

    Roles are the caller's to give, in the journal. Only for an institution made to be shown: whoever reads what
    this gives can enter. Raises ``BadInput`` where a log-in of such a name is somebody else's.
    """
    secret = generate_totp_secret()
    return [_login(institution, username, name, role, secret) for username, name, role in _PEOPLE]


def _login(institution: str, username: str, name: str, role: str, secret: str) -> DemoLogin:
    assert role in ROLES, role
    account = Account.objects.filter(username=username).select_related("person").first()
    if account is None:
        if Person.objects.filter(code=username).exists():
            raise BadInput(f"There is a person {username} already who is not the demonstration's.")
        account = Account.objects.open(username, Person.objects.create(code=username, name=name), None)
    elif (account.person.code, account.person.name) != (username, name):
        raise BadInput(f"There is a log-in {username} already that is not the demonstration's.")
    withdraw_credentials(account)
    password = _password()
    account.set_password(password)
    account.is_active, account.made_in = True, institution
    account.save(update_fields=["password", "is_active", "made_in"])
    TOTP.activate(account, secret)
    return DemoLogin(username, password, name, role, secret)


def _password() -> str:
    """Four words and a number: to be typed by hand, and different each time (about 33 bits)."""
    return "-".join([*(secrets.choice(_WORDS) for _ in range(4)), str(secrets.randbelow(9_000) + 1_000)])
