"""How bad or good a thing is, as colour, shape and word together: none of them alone carries the meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from bulkhead.kernel.movements import Outcome, Status
from bulkhead.kernel.reasons import Words
from bulkhead.web.terms import term


@dataclass(frozen=True, slots=True)
class Mark:
    """What ``badge.html`` draws. ``shape`` names a file of ``icons/``, ``tone`` a class of panels.css."""

    shape: str
    tone: str  # ok, notice, caution, warn, alarm, holds or plain
    words: Words

    @property
    def icon_file(self) -> str:
        return f"web/icons/{self.shape}.svg"


SEVERITIES: Mapping[str, Mark] = {
    "critical": Mark("double-triangle", "alarm", Words("critical", "重大")),
    "high": Mark("triangle", "warn", Words("high", "高")),
    "medium": Mark("diamond", "caution", Words("medium", "中")),
    "low": Mark("dot", "notice", Words("low", "低")),
}
_OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.ALLOW: ("check", "ok"),
    Outcome.HOLD: ("pause", "warn"),
    Outcome.DECLINE: ("cross", "alarm"),
}
_STATUSES: Mapping[Status, tuple[str, str]] = {
    Status.BOOKED: ("check", "ok"),
    Status.HELD: ("pause", "warn"),
    Status.REFUSED: ("cross", "alarm"),
    Status.VOIDED: ("back", "notice"),
}
_TRUTHS: Mapping[bool | None, Mark] = {
    True: Mark("check", "holds", Words("holds", "成立")),
    False: Mark("cross", "plain", Words("does not hold", "不成立")),
    None: Mark("question", "caution", Words("cannot be known", "无法判断")),
}
UNKNOWN = Mark("question", "caution", Words("unknown", "未知"))


def mark_of(member: IntEnum) -> Mark:
    """The mark of a decision's outcome or of what the book did."""
    if isinstance(member, Outcome):
        return Mark(*_OUTCOMES[member], term(member))
    assert isinstance(member, Status), member
    return Mark(*_STATUSES[member], term(member))


def severity_mark(code: str) -> Mark:
    """The mark of a severity; of one that nobody knows any more, a plain one with its code."""
    return SEVERITIES.get(code, Mark("dot", "plain", Words(code, code)))


def truth_mark(outcome: bool | None) -> Mark:
    """The mark of a statement that holds, does not, or cannot be known."""
    return _TRUTHS[outcome]
