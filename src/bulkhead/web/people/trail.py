"""The trail of what people did at the console that moves nothing: entered, left, exported, looked at a name.

It only grows: the database itself refuses to change or remove a line. What moves something is in the journal.
"""

from __future__ import annotations

from enum import StrEnum

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import Visit
from bulkhead.web.people.models import Account, Trail

SUBJECT_CHARS_MAX = 400


class Act(StrEnum):
    """What a line of the trail tells. Other parts of the console add acts of their own as plain text."""

    ENTERED = "entered"
    FAILED = "failed"
    LOCKED = "locked"
    LEFT = "left"
    CONFIRMED = "confirmed"
    PASSWORD = "password"
    FACTOR_ADDED = "factor-added"
    FACTOR_REMOVED = "factor-removed"
    CODES_RENEWED = "codes-renewed"
    CODE_WRONG = "code-wrong"
    SESSION_ENDED = "session-ended"
    INVITED = "invited"
    ACCEPTED = "accepted"
    RESET = "reset"
    TOKEN_MADE = "token-made"
    TOKEN_USED = "token-used"
    TOKEN_REVOKED = "token-revoked"
    TOKEN_WRONG = "token-wrong"


ACTS: dict[str, Words] = {
    Act.ENTERED: Words("Logged in", "登录成功"),
    Act.FAILED: Words("Log-in failed", "登录失败"),
    Act.LOCKED: Words("Too many attempts, locked for a while", "尝试次数过多，暂时锁定"),
    Act.LEFT: Words("Logged out", "退出登录"),
    Act.CONFIRMED: Words("Confirmed who they are", "重新验证身份"),
    Act.PASSWORD: Words("Password changed", "修改密码"),
    Act.FACTOR_ADDED: Words("Second factor added", "添加第二因素"),
    Act.FACTOR_REMOVED: Words("Second factor removed", "移除第二因素"),
    Act.CODES_RENEWED: Words("Recovery codes made anew", "重新生成恢复码"),
    Act.CODE_WRONG: Words("Wrong second factor", "第二因素错误"),
    Act.SESSION_ENDED: Words("Session ended", "结束会话"),
    Act.INVITED: Words("Invitation made", "生成邀请链接"),
    Act.ACCEPTED: Words("Invitation used", "使用邀请链接"),
    Act.RESET: Words("Password, factors and sessions withdrawn", "密码、第二因素与会话已作废"),
    Act.TOKEN_MADE: Words("API token made", "创建 API 令牌"),
    Act.TOKEN_USED: Words("API token used, first time that day", "当日首次使用 API 令牌"),
    Act.TOKEN_REVOKED: Words("API token revoked", "撤销 API 令牌"),
    Act.TOKEN_WRONG: Words("Too many wrong API tokens", "错误的 API 令牌过多"),
}


def leave_trail(
    source: HttpRequest | Visit, act: str, subject: str = "", *, account: Account | None = None
) -> None:
    """Write down what somebody did, and on what.

    From a ``Visit`` come the account and the institution; from a bare request the account that is logged in,
    if any. ``account`` is whom it is about where nobody is logged in. ``subject`` is cut at 400 characters.
    """
    request = source.request if isinstance(source, Visit) else source
    if isinstance(source, Visit):
        account = account or source.account
    elif account is None and isinstance(getattr(request, "user", None), Account):
        account = request.user  # type: ignore[assignment]  # it is one: just asked
    Trail.objects.create(
        account=account.username if account else "",
        institution=source.institution if isinstance(source, Visit) else "",
        act=act,
        subject=subject.replace("\0", "")[:SUBJECT_CHARS_MAX],
        address=get_client_ip(request),
    )


def act_words(act: str) -> Words:
    """What an act is called; one that nobody has named is shown as it is."""
    return ACTS.get(act, Words(act, act))
