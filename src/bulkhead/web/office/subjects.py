"""What a proposal is about, in words: in a line for lists, whole for whoever has to decide it."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.engine.proposals import CHANGE_ACCESS, PUBLISH_RULES, REVIEW_HOLD
from bulkhead.engine.staff import CREDENTIALS_RESET, GRANTED, RESTORED, REVOKED, SUSPENDED
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.proposing import Subject
from bulkhead.web.rights import ROLES, Role

_CHANGES: dict[str, Words] = {
    GRANTED: Words("give the role {role} to {account}", "授予 {account} 角色：{role}"),
    REVOKED: Words("take the role {role} from {account}", "收回 {account} 的角色：{role}"),
    SUSPENDED: Words("suspend {account}", "停用 {account}"),
    RESTORED: Words("let {account} in again", "恢复 {account}"),
    CREDENTIALS_RESET: Words("let {account} set a new password and second factor", "重置 {account} 的登录凭证"),
}


@dataclass(frozen=True, slots=True)
class AccessSubject:
    """A change of access as its second person reads it."""

    sentence: Words
    account: str
    person: str
    role: Role | None
    standing: tuple[Words, ...]  # the roles it has now
    suspended: bool
    reason: str


def in_short(action: str, subject: Subject) -> Words:
    """A proposal's subject in one line."""
    if action == PUBLISH_RULES:
        return Words(f"rule set {subject['number']}", f"规则集 {subject['number']}")
    if action == REVIEW_HOLD:
        verb = Words("release", "放行") if subject["release"] else Words("return", "退回")
        return Words(
            f"{verb.en} {subject['hold']}: {subject['reason']}",
            f"{verb.zh} {subject['hold']}：{subject['reason']}",
        )
    assert action == CHANGE_ACCESS, action
    return _access_sentence(subject)


def access_subject(subject: Subject) -> AccessSubject:
    """A change of access in words."""
    standing = str(subject["standing"])
    codes = standing.partition("]")[0].strip("[").split()
    return AccessSubject(
        sentence=_access_sentence(subject),
        account=str(subject["account"]),
        person=str(subject["person"]),
        role=ROLES.get(str(subject["role"])),
        standing=tuple(_role_words(code) for code in codes),
        suspended=standing.endswith("suspended"),
        reason=str(subject["reason"]),
    )


def _access_sentence(subject: Subject) -> Words:
    role, words = _role_words(str(subject["role"])), _CHANGES[str(subject["change"])]
    account = str(subject["account"])
    return Words(words.en.format(role=role.en, account=account), words.zh.format(role=role.zh, account=account))


def _role_words(code: str) -> Words:
    return ROLES[code].title if code in ROLES else Words(code, code)
