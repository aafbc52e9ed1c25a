"""Listens to the log-in library: everything it tells of people coming and going becomes a line of the trail."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.signals import password_changed
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models import F
from django.http import HttpRequest

from bulkhead.web.people.models import Account
from bulkhead.web.people.second_factor import has_second_factor, other_factors
from bulkhead.web.people.sessions import ADDRESS, AGENT, ENTERED, SessionStore
from bulkhead.web.people.trail import Act, leave_trail


def connect() -> None:
    """Once, when Django is up."""
    user_logged_in.connect(_entered)
    user_logged_out.connect(_left)
    password_changed.connect(_password)
    factors.authenticator_added.connect(_added)
    factors.authenticator_removed.connect(_removed)
    factors.authenticator_reset.connect(_renewed)
    factors.authenticator_used.connect(_used)
    factors.authentication_failed.connect(_wrong)


def _entered(request: HttpRequest, user: Account, **_: Any) -> None:
    """The session says since when and from where; it ends by its age even if it is never idle."""
    SessionStore.clear_expired()
    request.session[ENTERED] = time.time_ns() // 1_000
    request.session[ADDRESS] = get_client_ip(request)
    request.session[AGENT] = request.META.get("HTTP_USER_AGENT", "")[:200]
    leave_trail(request, Act.ENTERED, _how(request, user), account=user)
    if not has_second_factor(user):  # whose password is fresh need not type it again to enrol one
        record_authentication(request, user, "password", reauthenticated=True)


def _how(request: HttpRequest, account: Account) -> str:
    """By what, as the library remembers it in the session: "password totp"."""
    return " ".join(
        dict.fromkeys(
            str(record.get("type") or record["method"]) for record in get_authentication_records(request, account)
        )
    )


def _left(request: HttpRequest, user: Account | None, **_: Any) -> None:
    if user is not None:
        leave_trail(request, Act.LEFT, account=user)


def _password(request: HttpRequest, user: Account, **_: Any) -> None:
    leave_trail(request, Act.PASSWORD, account=user)
    _end_other_sessions(request, user)  # and the tokens, which carry no password but the same stamp


def _added(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    leave_trail(request, Act.FACTOR_ADDED, _name(authenticator), account=user)
    is_factor = authenticator.type != Authenticator.Type.RECOVERY_CODES
    if is_factor and not other_factors(authenticator).exists():
        _end_other_sessions(request, user)


def _end_other_sessions(request: HttpRequest, account: Account) -> None:
    """Whoever came in before, by what was not enough or is known to another, must not stay."""
    account.sessions.exclude(session_key=request.session.session_key).delete()
    Account.objects.filter(pk=account.pk).update(stamp=F("stamp") + 1)
    account.refresh_from_db(fields=["stamp"])
    update_session_auth_hash(request, account)


def _removed(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    leave_trail(request, Act.FACTOR_REMOVED, _name(authenticator), account=user)


def _renewed(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    leave_trail(request, Act.CODES_RENEWED, account=user)


def _used(
    request: HttpRequest, user: Account, authenticator: Authenticator, reauthenticated: bool, **_: Any
) -> None:
    if reauthenticated:
        leave_trail(request, Act.CONFIRMED, _name(authenticator), account=user)


def _wrong(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    leave_trail(request, Act.CODE_WRONG, _name(authenticator), account=user)


def _name(authenticator: Authenticator) -> str:
    return f"{authenticator.type} {authenticator.data.get('name', '')}".strip()
