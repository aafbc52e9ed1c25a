"""What a password must be, said in the console's own words: the framework says part of it in English only."""

from __future__ import annotations

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import language_now

_LONG = Words("At least {0} characters.", "至少 {0} 个字符。")
_UNLIKE = Words("Not like your name or your log-in.", "不得与您的姓名或登录名相近。")
_UNCOMMON = Words("None of the passwords that many people use.", "不得使用常见密码。")


class LongEnough(MinimumLengthValidator):
    def get_help_text(self) -> str:
        return _LONG[language_now()].format(self.min_length)

    get_error_message = get_help_text


class UnlikeTheirName(UserAttributeSimilarityValidator):
    def get_help_text(self) -> str:
        return _UNLIKE[language_now()]

    get_error_message = get_help_text


class Uncommon(CommonPasswordValidator):
    def get_help_text(self) -> str:
        return _UNCOMMON[language_now()]

    get_error_message = get_help_text
