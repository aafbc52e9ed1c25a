"""The way in and out: log-in with a second factor or a passkey, what protects it, log-out, and the language.

The log-in library's views stand here one by one under the names it knows them by; nothing else of it has an address.
It also knows sign-up, e-mail and resetting a password by mail: those names do not exist, and with the settings as
they are nothing asks for them.
"""

from __future__ import annotations

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import Open, Page, Section
from bulkhead.web.pages._borrowed import SECURITY, borrowed, leaving_one
from bulkhead.web.pages._invitation import invitation
from bulkhead.web.pages._security import (
    ReplaceCodes,
    change_password,
    end_session,
    loopback,
    second_factor,
    security,
)


def log_in(request: HttpRequest) -> HttpResponseBase:
    """The library's form, told where passkeys work."""
    response: HttpResponseBase = account_views.LoginView.as_view(extra_context=loopback(request))(request)
    return response


def authenticate(request: HttpRequest) -> HttpResponseBase:
    """The second step of a log-in."""
    response: HttpResponseBase = mfa_views.AuthenticateView.as_view(extra_context=loopback(request))(request)
    return response


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Change the language and come back to the same page with the same filters."""
    wanted, target = request.POST.get("language", ""), request.POST.get("next", "/")
    if not target.isprintable() or not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
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


_BOTH = ("GET", "POST")
_PUBLIC = (
    Page("account_login", "log-in/", Words("Log in", "登录"), Open.PUBLIC, log_in, _BOTH),
    Page("account_logout", "log-out/", Words("Log out", "退出登录"), Open.PUBLIC, account_views.logout, _BOTH),
    Page(
        "account_inactive",
        "log-in/suspended/",
        Words("Suspended", "已停用"),
        Open.PUBLIC,
        account_views.account_inactive,
    ),
    Page(
        "mfa_authenticate",
        "log-in/second-factor/",
        Words("Second factor", "第二因素"),
        Open.PUBLIC,
        authenticate,
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
    Page(
        "invitation",
        "invitation/<str:secret>/",
        Words("Invitation", "邀请"),
        Open.PUBLIC,
        invitation,
        _BOTH,
    ),
    Page("language", "language/", Words("Language", "语言"), Open.PUBLIC, set_language, ("POST",)),
)
_CONFIRM = Words("Confirm that it is you", "请验证身份")
_CONFIRMING = tuple(
    Page(code, f"confirm/{path}/", _CONFIRM, Open.ENTERING, borrowed(view), _BOTH)
    for code, path, view in (
        ("account_reauthenticate", "password", account_views.reauthenticate),
        ("mfa_reauthenticate", "code", mfa_views.reauthenticate),
        ("mfa_reauthenticate_webauthn", "passkey", passkey_views.reauthenticate_webauthn),
    )
)
_ENROLLING = (
    Page("second_factor", "second-factor/", Words("Second factor", "第二因素"), Open.ENTERING, second_factor),
    Page(
        "mfa_activate_totp",
        "second-factor/code/",
        Words("Code generator", "验证码应用"),
        Open.ENTERING,
        borrowed(totp_views.activate_totp),
        _BOTH,
    ),
    Page(
        "mfa_add_webauthn",
        "second-factor/passkey/",
        Words("New passkey", "添加通行密钥"),
        Open.ENTERING,
        borrowed(passkey_views.add_webauthn),
        _BOTH,
    ),
)
_OWN = (
    Page("mfa_index", "security/", Words("Log-in and security", "登录与安全"), Open.STAFF, security),
    Page(
        "account_change_password",
        "security/password/",
        Words("Change the password", "修改密码"),
        Open.STAFF,
        change_password,
        _BOTH,
    ),
    Page(
        "replace_totp",
        "security/code/replace/",
        Words("New code generator", "更换验证码应用"),
        Open.STAFF,
        borrowed(ReplaceCodes.as_view()),
        _BOTH,
    ),
    Page(
        "mfa_deactivate_totp",
        "security/code/remove/",
        Words("Remove the code generator", "移除验证码应用"),
        Open.STAFF,
        leaving_one(totp_views.deactivate_totp, Authenticator.Type.TOTP),
        _BOTH,
    ),
    Page(
        "mfa_list_webauthn",
        "security/passkeys/",
        Words("Passkeys", "通行密钥"),
        Open.STAFF,
        lambda visit: HttpResponseRedirect(SECURITY),
    ),
    Page(
        "mfa_edit_webauthn",
        "security/passkeys/<int:pk>/",
        Words("Rename the passkey", "重命名通行密钥"),
        Open.STAFF,
        borrowed(passkey_views.edit_webauthn),
        _BOTH,
    ),
    Page(
        "mfa_remove_webauthn",
        "security/passkeys/<int:pk>/remove/",
        Words("Remove the passkey", "移除通行密钥"),
        Open.STAFF,
        leaving_one(passkey_views.remove_webauthn, Authenticator.Type.WEBAUTHN),
        _BOTH,
    ),
    Page(
        "mfa_view_recovery_codes",
        "security/recovery-codes/",
        Words("Recovery codes", "恢复码"),
        Open.STAFF,
        borrowed(recovery_views.view_recovery_codes),
    ),
    Page(
        "mfa_generate_recovery_codes",
        "security/recovery-codes/new/",
        Words("New recovery codes", "重新生成恢复码"),
        Open.STAFF,
        borrowed(recovery_views.generate_recovery_codes),
        _BOTH,
    ),
    Page(
        "end_session",
        "security/sessions/<slug:code>/end/",
        Words("End a session", "结束会话"),
        Open.STAFF,
        end_session,
        ("POST",),
    ),
)
SECTION = Section("doors", (*_PUBLIC, *_CONFIRMING, *_ENROLLING, *_OWN))
