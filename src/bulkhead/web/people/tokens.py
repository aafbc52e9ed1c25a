"""Personal tokens with which a program uses the API as its owner: shown once, kept as digests, ended in time."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.core.internal.httpkit import get_client_ip
from django.db import models, transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from bulkhead.kernel.errors import BadInput
from bulkhead.web.people.models import Account
from bulkhead.web.people.trail import Act, leave_trail

PREFIX = "bh_"
SECRET_BYTES = 32
TEXT_CHARS_MAX = 100
DAYS_MAX = 366
TOKENS_MAX = 20  # that an account can have at a time
NAME_CHARS_MAX = 60
USE_NOTED = timedelta(minutes=1)  # how exactly the last use is known: not one write a request


class ApiToken(models.Model):
    """One token. It ends with everything that ends the account's sessions: it carries the same ``stamp``."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=NAME_CHARS_MAX)
    digest_sha256 = models.BinaryField(max_length=32, unique=True)
    stamp = models.PositiveIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)  # the last day whose first use is in the trail
    address = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.account}"


def make_token(request: HttpRequest, account: Account, name: str, days: int) -> tuple[ApiToken, str]:
    """A new token and its text, which nobody can be shown again. Raises ``BadInput``."""
    name = name.strip()
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable():
        raise BadInput(f"A token needs a name of at most {NAME_CHARS_MAX} characters.")
    if not 1 <= days <= DAYS_MAX:
        raise BadInput(f"A token lasts from 1 to {DAYS_MAX} days.")
    text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        owner = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        _dead(owner).delete()
        if ApiToken.objects.filter(account=owner).count() >= TOKENS_MAX:
            raise BadInput(f"There can be {TOKENS_MAX} tokens at a time; revoke one first.")
        token = ApiToken.objects.create(
            account=owner,
            name=name,
            digest_sha256=_digest(text),
            stamp=owner.stamp,
            expires_at=timezone.now() + timedelta(days=days),
        )
        leave_trail(request, Act.TOKEN_MADE, f"{name}, {days} d", account=owner)
    return token, text


def revoke_token(request: HttpRequest, account: Account, number: int) -> bool:
    """End one of an account's tokens; False where there is none of this number."""
    token = ApiToken.objects.filter(account=account, pk=number).first()
    if token is None:
        return False
    token.delete()
    leave_trail(request, Act.TOKEN_REVOKED, token.name, account=account)
    return True


def live_tokens(account: Account) -> list[ApiToken]:
    """The tokens that still open something, latest first."""
    live = ApiToken.objects.filter(account=account, expires_at__gt=timezone.now(), stamp=account.stamp)
    return list(live.order_by("-pk"))


def account_of_token(request: HttpRequest, text: str) -> Account | None:
    """Whose token it is; None for one that has ended or never was. Its use is written down."""
    if not text.startswith(PREFIX) or len(text) > TEXT_CHARS_MAX or not text.isascii():
        return None
    token = (
        ApiToken.objects.select_related("account__person")
        .filter(digest_sha256=_digest(text), expires_at__gt=timezone.now(), account__is_active=True)
        .filter(stamp=F("account__stamp"))
        .first()
    )
    if token is None:
        return None
    _note_use(request, token)
    account: Account = token.account
    return account


def _note_use(request: HttpRequest, token: ApiToken) -> None:
    now = timezone.now()
    if token.used_at is None or now - token.used_at >= USE_NOTED:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now, address=get_client_ip(request))
    today = now.date()
    first_today = ApiToken.objects.filter(pk=token.pk).filter(Q(used_on=None) | Q(used_on__lt=today))
    if token.used_on != today and first_today.update(used_on=today):  # of two at once, one
        leave_trail(request, Act.TOKEN_USED, token.name, account=token.account)


def _dead(account: Account) -> models.QuerySet[ApiToken]:
    """Tokens that open nothing any more."""
    tokens = ApiToken.objects.filter(account=account)
    return tokens.filter(~Q(stamp=account.stamp) | Q(expires_at__lte=timezone.now()))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
