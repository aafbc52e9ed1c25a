"""The library's forms for codes and passkeys, made stricter: a code is good once, a passkey only for this address."""

from __future__ import annotations

import base64
import json
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.cache import cache
from django.core.validators import MaxLengthValidator

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import language_now

NAME_CHARS_MAX = 60
CODE_S = 120  # longer than a code is taken: a step before its own, its own, one after
_ONE_USE = "bulkhead.code-used"


class _Labelled:
    """Says what is asked for in the words of the rest of the console."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]  # of the form this is mixed into
        field.label = _say(Words("Code", "验证码"))


class FirstCode(_Labelled, ActivateTOTPForm):
    """The first code of a new generator."""


class _OneUse(_Labelled):
    """The library forgets a used code before it has run out."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of the form this is mixed into
        authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]  # set by it
        is_totp = authenticator.type == Authenticator.Type.TOTP
        if is_totp and not cache.add(f"{_ONE_USE}:{authenticator.pk}:{code.strip()}", 1, CODE_S):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeAtLogin(_OneUse, AuthenticateForm):
    """A code after the password."""


class CodeAgain(_OneUse, ReauthenticateForm):
    """A code before a dangerous act."""


class _OwnOrigin:
    """The library takes any origin on loopback; another port of this machine is somebody else."""

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]  # type: ignore[attr-defined]  # of the form this is mixed into
        if origin_of(credential) != own_origin():
            raise get_adapter().validation_error("incorrect_code")
        inner = getattr(super(), "clean_credential", None)
        return inner() if inner else credential


class PasskeyAsFactor(_OwnOrigin, AuthenticateWebAuthnForm):
    """A passkey after the password."""


class PasskeyAgain(_OwnOrigin, ReauthenticateWebAuthnForm):
    """A passkey before a dangerous act."""


class PasskeyAlone(_OwnOrigin, LoginWebAuthnForm):
    """A passkey instead of the password: the device asks for a PIN or a finger."""


class NewPasskey(_OwnOrigin, AddWebAuthnForm):
    """A passkey being registered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, alone = self.fields["name"], self.fields["passwordless"]
        name.label = _say(Words("Name of the device", "设备名称"))
        name.validators.append(MaxLengthValidator(NAME_CHARS_MAX))
        alone.label = _say(Words("Enough to log in alone", "可单独用于登录"))
        alone.help_text = _say(
            Words(
                "The device then asks for its PIN, your finger or your face instead of the password.",
                "设备将要求输入 PIN、指纹或面容，无需再输入密码。",
            )
        )
        alone.initial = True


def origin_of(credential: object) -> str:
    """The origin that a browser signed; "" for what is no credential."""
    try:
        data = credential["response"]["clientDataJSON"]  # type: ignore[index]  # whatever was sent; asked below
        return str(json.loads(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))["origin"])
    except (ValueError, TypeError, KeyError):
        return ""


def own_origin() -> str:
    """The origin under which this very request reached the console."""
    return f"{context.request.scheme}://{context.request.get_host()}"


def _say(words: Words) -> str:
    return words[language_now()]
