"""What the verbs for rules, holds and approvals share: who asks, and how answers look in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from bulkhead.cli.actor import actor
from bulkhead.cli.output import console, print_json
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.service.commands import Done, OfficeReply, Person, Proposed

As = Annotated[
    str, typer.Option("--as", help="Who asks; by default the operating system's user. Taken on trust here.")
]

WORDS: Mapping[str, Words] = {
    "done": Words(
        "Done: journal leaf {sequence:,}; rule set {rule_set} is in force.",
        "完成：日志第 {sequence:,} 叶；现行规则集 {rule_set}。",
    ),
    "unchanged": Words(
        "Nothing to do: rule set {rule_set} is in force already.", "无需更改：规则集 {rule_set} 已在执行。"
    ),
    "proposed": Words(
        "Proposed as number {number}. Until {until} another person may run: bulkhead approve {number} --seen {seen}",
        "已提案，编号 {number}。{until} 之前，另一人可运行：bulkhead approve {number} --seen {seen}",
    ),
    "no_holds": Words("No hold waits for people.", "没有待人工处理的冻结。"),
    "no_proposals": Words("No proposal waits for a second person.", "没有待复核的提案。"),
    "hold": Words("hold", "冻结编号"),
    "payer": Words("payer", "付款方"),
    "payee": Words("payee", "收款方"),
    "amount": Words("amount", "金额"),
    "lapses": Words("lapses", "失效时间"),
    "never": Words("never", "不失效"),
    "proposals": Words("proposals", "提案"),
    "maker": Words("proposed by", "提案人"),
    "what": Words("what", "事项"),
    "publish-rules": Words("publish rules", "发布规则"),
    "review-hold": Words("end a hold", "处理冻结"),
    "release": Words("release to the payee's side", "放行"),
    "return": Words("return to the payer", "退回付款方"),
    "reason": Words("reason", "理由"),
    "digest": Words("digest", "摘要"),
    "how": Words(
        "To decide: bulkhead approve {number} --seen {seen}  (or with --reject)",
        "复核：bulkhead approve {number} --seen {seen}（拒绝加 --reject）",
    ),
}
SEEN_CHARS = 16  # of a digest, as a person types it


def person_of(name: str) -> Person:
    """Whoever asks. Nothing on the command line proves it: that takes the console's log-ins."""
    name = name or actor()
    return Person(name, name)


def speak(key: str, language: Language, **values: object) -> str:
    """A sentence or a word."""
    return WORDS[key][language].format(**values)


def moment(at_us: int) -> str:
    """A time as people read it."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def show_reply(reply: OfficeReply, language: Language, *, as_json: bool) -> int:
    """Print what was done or proposed; the exit code."""
    if as_json:
        print_json(plain(reply))
    elif isinstance(reply, Proposed):
        seen = reply.snapshot[:SEEN_CHARS]
        console.print(
            speak("proposed", language, number=reply.number, until=moment(reply.expires_us), seen=seen),
            soft_wrap=True,
        )
    elif isinstance(reply, Done):
        key = "unchanged" if reply.sequence is None else "done"
        console.print(speak(key, language, sequence=reply.sequence, rule_set=reply.rule_set))
    return 0


def plain(value: Any) -> Any:
    """A message as JSON shows it: every field, and ``answer`` names what it is."""
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        fields = {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        return ({"answer": tag} if tag else {}) | fields
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
