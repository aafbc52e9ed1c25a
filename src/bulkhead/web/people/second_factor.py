"""Whether somebody has proved more than a password."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from bulkhead.web.people.models import Account

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(account: Account) -> bool:
    """True once a one-time code generator or a passkey is registered; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=account, type__in=FACTORS).exists())


def other_factors(authenticator: Authenticator) -> QuerySet[Authenticator]:
    """The factors that would be left to its owner without this one."""
    return Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
