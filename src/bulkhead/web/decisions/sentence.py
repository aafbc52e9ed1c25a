"""One plain sentence that says why a movement ended as it did."""

from __future__ import annotations

from bulkhead.kernel.movements import Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Reason, Words
from bulkhead.runtime.explaining import Explanation
from bulkhead.web.terms import REFUSAL_SENTENCES

_USES_HOLD = {
    Status.BOOKED: Words(
        "It pays out of money that was set aside before; the decision was taken then.",
        "本笔从此前冻结的资金中支付，风险决策已在冻结时作出。",
    ),
    Status.VOIDED: Words(
        "It gives money back that was set aside before; the decision was taken then.",
        "本笔将此前冻结的资金退回，风险决策已在冻结时作出。",
    ),
}
_QUIET = {
    Status.BOOKED: Words(
        "No rule objected and the book had the money.",
        "未命中任何规则，账户余额充足，已入账。",
    ),
    Status.HELD: Words(
        "No rule objected; the money was set aside as the payer asked.",
        "未命中任何规则，已按付款方要求冻结资金。",
    ),
}
_SETTLED = Words(
    "It had happened elsewhere already, so it was booked as it came.",
    "该笔已在外部完成，按原样入账。",
)
_NO_RULES = Words("No rules were in force yet.", "当时尚无生效规则。")


def sentence_of(explanation: Explanation) -> Words:
    """Why this movement was booked, held or refused, naming the weightiest rule where one decided it."""
    fixed = explanation.leaf.fixed
    status, outcome = Status(fixed["status"]), Outcome(fixed["outcome"])
    if status == Status.REFUSED:
        return _refused(Refusal(fixed["refusal"]), explanation.reason)
    if fixed["phase"] in (Phase.POST, Phase.VOID) and status in _USES_HOLD:
        return _USES_HOLD[status]
    rules = rules_told(explanation.reason)
    if fixed["settled"]:
        return _joined(_SETTLED, _advice(rules, outcome))
    if explanation.reason is None:
        return _NO_RULES
    if status == Status.HELD and outcome == Outcome.HOLD:
        return _held(rules)
    noticed = _noticed(rules)
    return _joined(Words("Allowed.", "准予放行。"), noticed) if noticed else _QUIET[status]


def rules_told(reason: Reason | None) -> tuple[Reason, ...]:
    """The rules that hit or could not be known, weightiest first."""
    children = reason.children if reason is not None else ()
    return tuple(child for child in children if child.code != "not_applicable")


def _refused(refusal: Refusal, reason: Reason | None) -> Words:
    words = REFUSAL_SENTENCES[refusal]
    rules = [rule for rule in rules_told(reason) if rule.value == "decline"]
    if refusal != Refusal.DECLINED or not rules:
        return words
    return Words(f"{words.en} {_quoted_en(rules[0])}.", f"{words.zh}{_quoted_zh(rules[0])}。")


def _held(rules: tuple[Reason, ...]) -> Words:
    holding = [rule for rule in rules if rule.value == "hold"]
    if not holding:
        return Words("It waits for people to review it.", "等待人工复核。")
    first, more = holding[0], len(holding) - 1
    and_more = Words(
        f" and {more} more {'rule' if more == 1 else 'rules'}" if more else "",
        f"等 {more + 1} 条规则" if more else "",
    )
    if first.outcome is None:
        return Words(
            f"It waits for review because nobody can know: {_quoted_en(first)}{and_more.en}.",
            f"因规则所需数据缺失而转人工复核：{_quoted_zh(first)}{and_more.zh}。",
        )
    return Words(
        f"It waits for review: {_quoted_en(first)}{and_more.en}.",
        f"转人工复核：{_quoted_zh(first)}{and_more.zh}。",
    )


def _noticed(rules: tuple[Reason, ...]) -> Words | None:
    hits = [rule for rule in rules if rule.outcome]
    if not hits:
        return None
    return Words(f"Noticed: {_quoted_en(hits[0])}.", f"提示：{_quoted_zh(hits[0])}。")


def _advice(rules: tuple[Reason, ...], outcome: Outcome) -> Words | None:
    if outcome == Outcome.ALLOW or not rules:
        return _noticed(rules)
    return Words(
        f"The rules would have {'held' if outcome == Outcome.HOLD else 'declined'} it: {_quoted_en(rules[0])}.",
        f"按规则本应{'暂缓' if outcome == Outcome.HOLD else '拒绝'}：{_quoted_zh(rules[0])}。",
    )


def _joined(first: Words, second: Words | None) -> Words:
    return first if second is None else Words(f"{first.en} {second.en}", f"{first.zh}{second.zh}")


def _quoted_en(rule: Reason) -> str:
    return f"“{rule.label.en}”"


def _quoted_zh(rule: Reason) -> str:
    return f"“{rule.label.zh}”"
