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
Because = Annotated[str, typer.Option("--reason", help="Why, for whoever reads it later.")]

WORDS: Mapping[str, Words] = {
    "done": Words(
        "Done: journal leaf {sequence:,}; rule set {rule_set} is in force.",
        "完成：日志第 {sequence:,} 叶；现行规则集 {rule_set}。",
    ),
    "unchanged": Words(
        "Nothing to do: rule set {rule_set} is in force already.", "无需更改：规则集 {rule_set} 已在执行。"
    ),
    "done_access": Words("Done: journal leaf {sequence:,}.", "完成：日志第 {sequence:,} 叶。"),
    "unchanged_access": Words("Nothing to do: it is so already.", "无需更改：现状已是如此。"),
    "proposed": Words(
        "Proposed as number {number}. Until {until} another person may run: bulkhead approve {number} --seen {seen}",
        "已提案，编号 {number}。{until} 之前，另一人可运行：bulkhead approve {number} --seen {seen}",
    ),
    "no_holds": Words("No hold waits for people.", "没有待人工处理的冻结。"),
    "no_access": Words("Nobody has a role here yet.", "尚未授予任何人角色。"),
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
    "change-access": Words("change access", "变更权限"),
    "granted": Words("grant the role {role} to {who}", "授予角色 {role}：{who}"),
    "revoked": Words("revoke the role {role} of {who}", "撤销角色 {role}：{who}"),
    "suspended": Words("suspend {who}", "停用 {who}"),
    "restored": Words("restore {who}", "恢复 {who}"),
    "credentials-reset": Words("reset the credentials of {who}", "重置 {who} 的登录凭证"),
    "who": Words("{person} (account {account})", "{person}（账号 {account}）"),
    "standing": Words("so far: {roles}", "现有权限：{roles}"),
    "no_standing": Words("so far: no account here", "现有权限：本机构无此账号"),
    "account": Words("account", "账号"),
    "person": Words("person", "人员"),
    "roles": Words("roles", "角色"),
    "state": Words("state", "状态"),
    "active": Words("active", "正常"),
    "kept_out": Words("suspended", "已停用"),
    "no_roles": Words("none", "无"),
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


def access_sentence(subject: Mapping[str, str | int | bool], language: Language) -> str:
    """A change of access that is proposed: who may do what from then on, why, and how the account stands."""
    person, account, role = (str(subject[part]) for part in ("person", "account", "role"))
    who = person if person == account else speak("who", language, person=person, account=account)
    change = speak(str(subject["change"]), language, who=who, role=role)
    before = str(subject["standing"])  # "", "[auditor custody]" or "[auditor] suspended"
    roles, _, kept_out = before.strip("[").partition("]")
    words = [roles or speak("no_roles", language), *([speak("kept_out", language)] if kept_out else [])]
    standing = speak("standing", language, roles=" · ".join(words)) if before else speak("no_standing", language)
    return f"{change} ({subject['reason']}) · {standing}"


def show_reply(reply: OfficeReply, language: Language, *, as_json: bool, about: str = "") -> int:
    """Print what was done or proposed; the exit code. ``about``: "access" where rules are not what it is about."""
    if as_json:
        print_json(plain(reply))
    elif isinstance(reply, Proposed):
        seen = reply.snapshot[:SEEN_CHARS]
        console.print(
            speak("proposed", language, number=reply.number, until=moment(reply.expires_us), seen=seen),
            soft_wrap=True,
        )
    elif isinstance(reply, Done):
        key = ("unchanged" if reply.sequence is None else "done") + (f"_{about}" if about else "")
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
