"""How the log-in library is bent to this house: nobody signs up, and nothing goes by e-mail."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Entering(DefaultAccountAdapter):  # type: ignore[misc]  # the library is untyped
    """Accounts are made by administrators only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
