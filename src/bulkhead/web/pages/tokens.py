"""One's own API tokens: made, shown once, revoked."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Open
from bulkhead.web.page import Page, Section, Visit
from bulkhead.web.people.tokens import (
    DAYS_MAX,
    NAME_CHARS_MAX,
    TOKENS_MAX,
    live_tokens,
    make_token,
    revoke_token,
)

_TOKENS = "/security/tokens/"
_REVOKED = Words("The token is revoked.", "令牌已撤销。")
_UNUSABLE = Words(
    f"A token needs a name of at most {NAME_CHARS_MAX} characters and 1 to {DAYS_MAX} days; there can be {TOKENS_MAX}.",
    f"令牌须有名称（不超过 {NAME_CHARS_MAX} 字），有效期 1 至 {DAYS_MAX} 天，每个账号最多 {TOKENS_MAX} 个。",
)
DAYS_USUAL = 90


def tokens(visit: Visit) -> HttpResponseBase:
    """The tokens that still open something; made here, which takes a fresh confirmation of who it is."""
    if visit.request.method != "POST":
        return _page(visit)
    raise_if_reauthentication_required(visit.request, app="allauth.mfa")
    days = visit.request.POST.get("days", "")
    try:
        if not days.isascii() or not days.isdigit() or len(days) > 4:
            raise BadInput("The days are no number.")
        _, text = make_token(visit.request, visit.account, visit.request.POST.get("name", ""), int(days))
    except BadInput:
        return _page(visit, trouble=_UNUSABLE, status=422)
    return _page(visit, text=text)


def revoke(visit: Visit, number: int) -> HttpResponseBase:
    """End one at once."""
    if number >= 2**63 or not revoke_token(visit.request, visit.account, number):
        raise Http404
    messages.success(visit.request, _REVOKED[visit.language])
    return HttpResponseRedirect(_TOKENS, status=303)


def _page(visit: Visit, *, text: str = "", trouble: Words | None = None, status: int = 200) -> HttpResponseBase:
    context = {
        "tokens": live_tokens(visit.account),
        "made": text,
        "trouble": trouble,
        "days_max": DAYS_MAX,
        "days_usual": DAYS_USUAL,
        "name_max": NAME_CHARS_MAX,
        "tokens_max": TOKENS_MAX,
    }
    return render(visit.request, "web/doors/tokens.html", context, status=status)


SECTION = Section(
    "tokens",
    (
        Page("tokens", "security/tokens/", Words("API tokens", "API 令牌"), Open.STAFF, tokens, ("GET", "POST")),
        Page(
            "token-revoke",
            "security/tokens/<int:number>/revoke/",
            Words("Revoke a token", "撤销令牌"),
            Open.STAFF,
            revoke,
            ("POST",),
        ),
    ),
)
