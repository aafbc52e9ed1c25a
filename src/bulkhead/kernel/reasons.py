"""Why an answer is what it is: a tree from the outcome down to the values it rests on.

Every answer of the house, a decision or an index, carries one. The tree is plain data: ``lines`` is what a
person reads in the terminal, ``as_dict`` what a machine or the console gets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bulkhead.kernel.money import CURRENCIES, format_minor

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages of the house."""

    en: str
    zh: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def as_dict(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a condition read. ``None`` means that it could not be known."""

    code: str
    label: Words
    value: float | str | bool | None
    unit: str = ""  # a currency code for minor units of money, "s" for seconds, "" for plain numbers and text

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "label": self.label.as_dict(), "value": self.value, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Reason:
    """One statement of the tree: whether it holds, what it was read from and what follows from it."""

    code: str  # stable, for machines
    label: Words
    outcome: bool | None  # None: it cannot be known
    value: str = ""  # what follows from it, such as "hold"; a code of ``LEXICON`` where a person reads it
    grade: str = ""  # how much it weighs, such as "high"; likewise
    why: Words | None = None
    facts: tuple[Fact, ...] = ()
    children: tuple[Reason, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The tree as JSON-able values; absent parts are left out."""
        record: dict[str, object] = {"code": self.code, "label": self.label.as_dict(), "outcome": self.outcome}
        record |= {k: v for k, v in (("value", self.value), ("grade", self.grade)) if v}
        if self.why is not None:
            record["why"] = self.why.as_dict()
        if self.facts:
            record["facts"] = [fact.as_dict() for fact in self.facts]
        if self.children:
            record["children"] = [child.as_dict() for child in self.children]
        return record

    def lines(self, language: Language) -> list[str]:
        """The tree as indented lines: ``✓`` holds, ``✗`` does not, ``?`` cannot be known."""
        return list(_lines(self, language, "", set()))


LEXICON: dict[str, Words] = {
    "allow": Words("allow", "放行"),
    "hold": Words("hold", "暂缓"),
    "decline": Words("decline", "拒绝"),
    "low": Words("low risk", "低风险"),
    "medium": Words("medium risk", "中风险"),
    "high": Words("high risk", "高风险"),
    "critical": Words("critical risk", "重大风险"),
    "unknown": Words("unknown", "未知"),
    "deposit": Words("deposit", "充值"),
    "withdrawal": Words("withdrawal", "提现"),
    "transfer": Words("transfer", "转账"),
    "payment": Words("payment", "支付"),
    "fee": Words("fee", "手续费"),
    "interest": Words("interest", "利息"),
    "bid": Words("bid", "投标"),
    "disbursement": Words("disbursement", "放款"),
    "repayment": Words("repayment", "还款"),
    "refund": Words("refund", "退款"),
    "sweep": Words("fee sweep", "手续费结转"),
    "client": Words("client", "客户子账户"),
    "own": Words("platform's own", "平台自有"),
    "summary": Words("at the custodian", "存管银行汇总户"),
    "suspense": Words("suspense", "待处理"),
    "true": Words("yes", "是"),
    "false": Words("no", "否"),
}
_MARKS = {True: "✓", False: "✗", None: "?"}
_SPANS_S = ((86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟"))


def word(code: str, language: Language) -> str:
    """What a person reads for a code; the code itself where the lexicon does not have it."""
    return LEXICON[code][language] if code in LEXICON else code


def fact_text(fact: Fact, language: Language) -> str:
    """The fact's value as a person reads it, with its unit."""
    value = fact.value
    if value is None:
        return word("unknown", language)
    if isinstance(value, bool):
        return word("true" if value else "false", language)
    if isinstance(value, str):
        return word(value, language)
    if not math.isfinite(value):
        return f"{value:g}"
    if fact.unit in CURRENCIES:
        return f"{format_minor(round(value), fact.unit)} {fact.unit}"
    if fact.unit == "s":
        return _span_text(value, language)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def _span_text(seconds: float, language: Language) -> str:
    for length_s, en, zh in _SPANS_S:
        if seconds >= length_s:
            return f"{seconds / length_s:.3g} {zh if language == 'zh' else en}"
    return f"{seconds:.3g} {'秒' if language == 'zh' else 's'}"


def _lines(reason: Reason, language: Language, indent: str, told: set[str]) -> Iterator[str]:
    """Lines of a subtree. ``told`` has the facts already shown under this rule: each is said once."""
    notes = [word(code, language) for code in (reason.grade, reason.value) if code]
    colon, dash = ("：", " · ") if language == "zh" else (": ", ", ")
    suffix = f" [{dash.join(notes)}]" if notes else ""
    yield f"{indent}{_MARKS[reason.outcome]} {reason.label[language]}{suffix}"
    inner = indent + "  "
    if reason.why is not None:
        yield f"{inner}{reason.why[language]}"
        told = set()
    for fact in reason.facts:
        if fact.code not in told:
            told.add(fact.code)
            yield f"{inner}  {fact.label[language]}{colon}{fact_text(fact, language)}"
    for child in reason.children:
        yield from _lines(child, language, inner, told)
