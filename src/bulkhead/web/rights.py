"""Who may do what: rights are what a page asks for, roles are what a person is given, by institution."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bulkhead.kernel.reasons import Words


class Right(StrEnum):
    """One thing that may be done in an institution. ``ANY_ROLE`` is held with every role there."""

    ANY_ROLE = "any-role"
    SEE_DECISIONS = "see-decisions"
    SEE_NAMES = "see-names"  # whose money it is, in the clear; without it names are masked
    SEE_ACCOUNTS = "see-accounts"
    SEE_QUARANTINE = "see-quarantine"
    MEND_QUARANTINE = "mend-quarantine"
    SEE_JOURNAL = "see-journal"
    VERIFY = "verify"
    SEE_RULES = "see-rules"
    PROPOSE_RULES = "propose-rules"
    APPROVE_RULES = "approve-rules"
    SEE_HOLDS = "see-holds"
    PROPOSE_HOLDS = "propose-holds"
    APPROVE_HOLDS = "approve-holds"
    SEE_PEOPLE = "see-people"
    CHANGE_PEOPLE = "change-people"
    APPROVE_PEOPLE = "approve-people"
    SEE_CASES = "see-cases"
    PLAY_CASES = "play-cases"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Role:
    """What a person is in an institution. ``code`` is what the journal calls it."""

    code: str
    title: Words
    duty: Words
    rights: frozenset[Right]


_EVERYONE = frozenset({Right.ANY_ROLE})
_WATCH = _EVERYONE | {
    Right.SEE_DECISIONS,
    Right.SEE_ACCOUNTS,
    Right.SEE_QUARANTINE,
    Right.SEE_JOURNAL,
    Right.SEE_RULES,
    Right.SEE_HOLDS,
    Right.VERIFY,
    Right.SEE_CASES,
    Right.EXPORT,
}

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role(
            "risk-officer",
            Words("Risk officer", "风险官"),
            Words(
                "Watches decisions, and approves what others propose.",
                "监控实时决策，复核他人提交的申请。",
            ),
            _WATCH
            | {
                Right.SEE_NAMES,
                Right.PROPOSE_HOLDS,
                Right.APPROVE_HOLDS,
                Right.APPROVE_RULES,
                Right.SEE_PEOPLE,
                Right.APPROVE_PEOPLE,
                Right.PLAY_CASES,
            },
        ),
        Role(
            "custody-operations",
            Words("Custody operations", "存管运营"),
            Words("Keeps the book: accounts, holds, quarantined rows.", "管理存管账务：账户、暂缓款项与隔离区。"),
            _WATCH | {Right.SEE_NAMES, Right.MEND_QUARANTINE, Right.PROPOSE_HOLDS, Right.APPROVE_HOLDS},
        ),
        Role(
            "rule-analyst",
            Words("Rule analyst", "规则分析师"),
            Words("Writes the rules and proposes them.", "编写规则并提交发布申请。"),
            _EVERYONE
            | {
                Right.SEE_DECISIONS,
                Right.SEE_RULES,
                Right.PROPOSE_RULES,
                Right.APPROVE_RULES,
                Right.SEE_HOLDS,
                Right.SEE_CASES,
                Right.EXPORT,
            },
        ),
        Role(
            "auditor",
            Words("Auditor", "审计"),
            Words("Sees everything but names, and changes nothing.", "可查看除姓名外的一切，但不能修改。"),
            _WATCH | {Right.SEE_PEOPLE},
        ),
        Role(
            "administrator",
            Words("Administrator", "系统管理员"),
            Words("Manages people and their roles; sees no client data.", "管理人员与角色；看不到客户数据。"),
            _EVERYONE
            | {Right.SEE_PEOPLE, Right.CHANGE_PEOPLE, Right.APPROVE_PEOPLE, Right.SEE_JOURNAL, Right.VERIFY},
        ),
    )
}


def rights_of(roles: frozenset[str]) -> frozenset[Right]:
    """All rights of these roles together. A role nobody knows any more gives none."""
    return frozenset(right for code in roles if code in ROLES for right in ROLES[code].rights)
