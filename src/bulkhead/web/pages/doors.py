"""The way in and out: log-in with a second factor or a passkey, log-out, and the language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.webauthn import views as passkey_views
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import Open, Page, Section, Visit


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Change the language and come back to the same page with the same filters."""
    wanted, target = request.POST.get("language", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect("/")
    response["Location"] = target
    if check_for_language(wanted):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 86_400,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )
    return response


def borrowed(view: Callable[..., Any]) -> Callable[[Visit], HttpResponseBase]:
    """A view of the log-in library behind our own guard."""

    def handler(visit: Visit, **path: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(visit.request, **path)
        return response

    return handler


_BOTH = ("GET", "POST")
SECTION = Section(
    "doors",
    (
        Page("account_login", "log-in/", Words("Log in", "登录"), Open.PUBLIC, account_views.login, _BOTH),
        Page("account_logout", "log-out/", Words("Log out", "退出登录"), Open.PUBLIC, account_views.logout, _BOTH),
        Page(
            "mfa_authenticate",
            "log-in/second-factor/",
            Words("Second factor", "第二因素"),
            Open.PUBLIC,
            mfa_views.authenticate,
            _BOTH,
        ),
        Page(
            "mfa_login_webauthn",
            "log-in/passkey/",
            Words("Log in with a passkey", "使用通行密钥登录"),
            Open.PUBLIC,
            passkey_views.login_webauthn,
            _BOTH,
        ),
        Page("language", "language/", Words("Language", "语言"), Open.PUBLIC, set_language, ("POST",)),
    ),
)
