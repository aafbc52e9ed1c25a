"""What an engine answers when it does not do something, in both languages.

The engine speaks English, for journals and programs; the sentences a person meets in the console stand here. One
that is not here is shown as it came rather than hidden.
"""

from __future__ import annotations

from bulkhead.kernel.approvals import Refusal
from bulkhead.kernel.reasons import Words

REFUSALS: dict[Refusal, str] = {
    Refusal.UNKNOWN_PERSON: "无法确认该账号对应的人员",
    Refusal.OWN_PROPOSAL: "提案人不得批准或驳回自己的提案，管理员也不例外",
    Refusal.SAME_PERSON: "该账号与提案人属于同一人",
    Refusal.NOT_THE_MAKER: "只有提案人可以撤回",
    Refusal.SEEN_DIFFERS: "您查看的内容与提案内容不一致",
    Refusal.CHANGED: "提案提交后情况已变化，提案失效",
    Refusal.EXPIRED: "复核时限已过，提案失效",
    Refusal.SPENT: "该提案已有结论，不能再次处理",
    Refusal.NOT_POSSIBLE: "提案当前状态不允许此操作",
    Refusal.OWN_ACCESS: "任何人不得变更或复核自己的权限",
}
_ENDINGS = {refusal.value: zh for refusal, zh in REFUSALS.items()} | {
    "it was never made": "不存在该提案",
    "the account is suspended": "账号已停用",
    "the account belongs to another person than it says": "账号与所称人员不符",
    "four eyes are demanded here": "本机构要求双人复核",
    "as things stand": "按当前情况，该事项已不能提交",
}
NO_ENGINE = Words(
    "No engine is running for {0}, so nothing can be changed now. Start one with: bulkhead serve --institution {0}",
    "{0} 的引擎未运行，暂不能执行操作。启动命令：bulkhead serve --institution {0}",
)
NO_ANSWER = Words(
    "The engine did not answer. Whether it was done is not known: reload the page and look before you try again.",
    "引擎未应答，是否已执行尚不确定：请刷新页面确认后再操作。",
)


def in_words(sentence: str) -> Words:
    """A refusal of the engine as people read it."""
    zh = next((zh for ending, zh in _ENDINGS.items() if sentence.rstrip(".").endswith(ending)), "")
    shown = sentence[:1].upper() + sentence[1:].rstrip(".") + "."
    return Words(shown, f"{zh}。" if zh else f"引擎拒绝执行：{sentence}")


def filled(words: Words, *values: str) -> Words:
    """Words with ``{0}`` and so on filled in."""
    return Words(words.en.format(*values), words.zh.format(*values))
