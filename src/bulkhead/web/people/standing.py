"""What an account is in each institution, as asked on every request."""

from __future__ import annotations

from bulkhead.web.people.models import Account, Grant


def roles_by_institution(account: Account) -> dict[str, frozenset[str]]:
    """Institution -> roles, for every institution in which the account has any, in order of their codes."""
    found: dict[str, set[str]] = {}
    for institution, role in (
        Grant.objects.filter(account=account).order_by("institution").values_list("institution", "role")
    ):
        found.setdefault(institution, set()).add(role)
    return {institution: frozenset(roles) for institution, roles in found.items()}
