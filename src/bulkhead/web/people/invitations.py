"""One-time links with which a person sets a password; the second factor is asked for right after."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from bulkhead.web.people.models import Account, Invitation

LASTS = timedelta(hours=72)
SECRET_BYTES = 32


def invite(account: Account, made_by: str) -> str:
    """The path of a new link; earlier links of the same account stop working. Only its digest is kept."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        Invitation.objects.filter(account=account, used_at=None).delete()
        Invitation.objects.create(
            account=account, secret_sha256=_digest(secret), expires_at=timezone.now() + LASTS, made_by=made_by
        )
    return f"/invitation/{secret}/"


def invited(secret: str) -> Account | None:
    """Whose link it is; None for one that was used, has expired, or never was, or whose account is suspended."""
    found = _usable(secret)
    return found.account if found else None


@transaction.atomic
def accept(secret: str, password: str) -> Account | None:
    """Use the link up and set the password. None where ``invited`` gives none: of two at once, one wins."""
    found = _usable(secret, lock=True)
    if found is None:
        return None
    found.used_at = timezone.now()
    found.save(update_fields=["used_at"])
    account = found.account
    account.set_password(password)
    account.save(update_fields=["password"])
    return account


def _usable(secret: str, *, lock: bool = False) -> Invitation | None:
    rows = Invitation.objects.select_related("account")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.filter(
        secret_sha256=_digest(secret), used_at=None, expires_at__gt=timezone.now(), account__is_active=True
    ).first()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
