"""A person's own doors: password, second factors, open sessions, last log-ins."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.account import views as account_views
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp_views
from allauth.mfa.totp.internal import flows as totp_flows
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.generic.edit import FormView

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.marks import Mark
from bulkhead.web.page import Visit
from bulkhead.web.pages._borrowed import SECURITY
from bulkhead.web.people.history import trail_moment
from bulkhead.web.people.models import Account, Trail
from bulkhead.web.people.second_factor import has_second_factor
from bulkhead.web.people.trail import Act, leave_trail

LINES_MAX = 20
_THIS = Mark("check", "ok", Words("this one", "本会话"))


def second_factor(visit: Visit) -> HttpResponseBase:
    """The choice of a first factor: all that somebody sees who has none yet."""
    if has_second_factor(visit.account):
        return HttpResponseRedirect(SECURITY)
    return render(visit.request, "web/doors/second_factor.html", loopback(visit.request))


def security(visit: Visit) -> HttpResponseBase:
    """Everything about one's own log-in on one page."""
    factors = list(Authenticator.objects.filter(user=visit.account).order_by("id"))
    codes = next((one for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None)
    real = [one for one in factors if one.type != Authenticator.Type.RECOVERY_CODES]
    lines = Trail.objects.filter(account=visit.account.username).order_by("-id")[:LINES_MAX]
    context = {
        "generator": next((one for one in real if one.type == Authenticator.Type.TOTP), None),
        "passkeys": [one for one in real if one.type == Authenticator.Type.WEBAUTHN],
        "is_last_factor": len(real) == 1,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": open_sessions(visit),
        "steps": [trail_moment(line) for line in lines],
        "this_mark": _THIS,
    }
    return render(visit.request, "web/doors/security.html", context | loopback(visit.request))


def change_password(visit: Visit) -> HttpResponseBase:
    """The library's view; there is no setting of a first password but by an invitation."""
    if not visit.account.has_usable_password():
        raise Http404
    response: HttpResponseBase = account_views.password_change(visit.request)
    return response


def open_sessions(visit: Visit) -> list[dict[str, Any]]:
    """Where the account is logged in, latest first. A session's key never leaves the server: ``code`` is its digest."""
    rows = visit.account.sessions.filter(expire_date__gt=timezone.now()).order_by("-entered_at")
    return [
        {
            "row": row,
            "code": _code(row.session_key),
            "is_this": row.session_key == visit.request.session.session_key,
        }
        for row in rows
    ]


def end_session(visit: Visit, code: str) -> HttpResponseBase:
    """End one of one's own sessions, or with ``others`` all but this one."""
    this = visit.request.session.session_key
    keys = [
        key
        for key in visit.account.sessions.values_list("session_key", flat=True)
        if (key != this if code == "others" else _code(key) == code)
    ]
    if not keys and code != "others":
        raise Http404
    visit.account.sessions.filter(session_key__in=keys).delete()
    for _ in keys:
        leave_trail(visit.request, Act.SESSION_ENDED)
    messages.success(visit.request, Words("Ended.", "已结束。")[visit.language])
    return HttpResponseRedirect("/" if this in keys else SECURITY)


class ReplaceCodes(totp_views.ActivateTOTPView):
    """A new code generator instead of the old one, which goes in the same moment: for a new telephone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        raise_if_reauthentication_required(request, app="allauth.mfa")
        return FormView.dispatch(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "replaces": True}

    def form_valid(self, form: Any) -> HttpResponse:
        assert isinstance(self.request.user, Account)
        with transaction.atomic():
            Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.TOTP).delete()
            totp_flows.activate_totp(self.request, form)
        return HttpResponseRedirect(SECURITY)


def loopback(request: HttpRequest) -> dict[str, str]:
    """Passkeys belong to a name, never to a number: where the console is at a number, its address by name."""
    host, _, port = request.get_host().rpartition(":")
    if host in ("127.0.0.1", "[::1]") or request.get_host() == "127.0.0.1":
        return {"by_name": f"http://localhost:{port or 80}"}
    return {"by_name": ""}


def _code(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]
