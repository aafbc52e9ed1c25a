"""Whether those who watch may still watch: asked for all of them at once, every few seconds."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bulkhead.web.people.following import is_followed, keep_up
from bulkhead.web.people.models import Account, Grant, OpenSession
from bulkhead.web.people.second_factor import FACTORS
from bulkhead.web.rights import Right, rights_of

Standing = dict[tuple[str, str], frozenset[Right]]


def standing_of(watching: Iterable[tuple[str, str]]) -> Standing:
    """(session key, institution) -> rights it gives there by now; none for one that has ended.

    Asks what the guard of every page asks, in four queries however many there are. Raises as ``keep_up`` does.
    """
    wanted = set(watching)
    try:
        keep_up()
        accounts = _accounts_by_session({session for session, _ in wanted})
        roles = _roles(account.pk for account in accounts.values())
    finally:
        connection.close()  # back to the pool: nobody holds one while waiting
    found: Standing = {}
    for session, institution in wanted:
        account = accounts.get(session)
        held = (
            roles.get((account.pk, institution), frozenset())
            if account and is_followed(institution)
            else frozenset()
        )
        found[session, institution] = rights_of(held)
    return found


def _accounts_by_session(keys: set[str]) -> dict[str, Account]:
    """Sessions that live -> their accounts, if those may enter at all."""
    said: dict[str, dict[str, object]] = {
        session.session_key: session.get_decoded()
        for session in OpenSession.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    }
    numbers = {key: str(values.get(SESSION_KEY, "")) for key, values in said.items()}
    active = {
        str(account.pk): account
        for account in Account.objects.filter(pk__in={n for n in numbers.values() if n}, is_active=True)
    }
    proved = set(
        Authenticator.objects.filter(user__in=active.values(), type__in=FACTORS).values_list("user_id", flat=True)
    )
    return {
        key: active[number]
        for key, number in numbers.items()
        if number in active
        and active[number].pk in proved
        # The password has been changed since, or the account's sessions were ended.
        and constant_time_compare(str(said[key].get(HASH_SESSION_KEY, "")), active[number].get_session_auth_hash())
    }


def _roles(accounts: Iterable[int]) -> dict[tuple[int, str], frozenset[str]]:
    found: dict[tuple[int, str], set[str]] = {}
    grants = Grant.objects.filter(account__in=list(accounts)).values_list("account_id", "institution", "role")
    for account, institution, role in grants:
        found.setdefault((account, institution), set()).add(role)
    return {key: frozenset(roles) for key, roles in found.items()}
