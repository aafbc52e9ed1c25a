"""How the log-in library is bent to this house: no sign-up, no e-mail, and every failure leaves a line."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from bulkhead.web.people.models import Account
from bulkhead.web.people.trail import Act, leave_trail


class Entering(DefaultAccountAdapter):
    """Accounts are made by administrators only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing leaves the house by mail."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            leave_trail(request, Act.LOCKED, account=_known(credentials))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """What was typed is kept only where it is the name of an account: people type passwords there."""
        leave_trail(request, Act.FAILED, account=_known(credentials))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Attempts are counted by account, under whichever of its names the console is reached."""
        return f"log-in:{credentials.get('username', '').casefold()}"


def _known(credentials: dict[str, Any]) -> Account | None:
    return Account.objects.filter(username__iexact=credentials.get("username", "")).first()
