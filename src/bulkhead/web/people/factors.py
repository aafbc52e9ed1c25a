"""Second factors: kept sealed, named after this house, and never the last one taken away."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.store.keys import Keys
from bulkhead.web.page import language_now
from bulkhead.web.people.second_factor import other_factors
from bulkhead.web.starting import house

SECRET = "console-factors"
_NONCE_BYTES = 12
_CONTEXT = b"second factor"


_WRONG = Words(
    "This is not right. A code is good once and changes every 30 seconds; a passkey must be one of yours.",
    "验证未通过。验证码每 30 秒更换一次，且只能使用一次；通行密钥须为本账号所有。",
)


class Factors(DefaultMFAAdapter):
    """What the log-in library asks about second factors."""

    def validation_error(self, code: str, *args: object) -> ValidationError:
        if code == "incorrect_code":
            return ValidationError(_WRONG[language_now()], code=code)
        return super().validation_error(code, *args)

    def encrypt(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), _CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ``BadInput`` for what was sealed with other keys, or altered."""
        sealed = base64.b64decode(encrypted_text)
        try:
            return _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _CONTEXT).decode()
        except InvalidTag:
            raise BadInput("A second factor was sealed with other keys than this key folder has.") from None

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return other_factors(authenticator).exists()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"通行密钥 {number}" if language_now() == "zh" else f"Passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Bulkhead"}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing leaves the house by mail; the trail has it."""


def _cipher() -> AESGCM:
    return AESGCM(Keys(house().settings.keys).secret(SECRET))
