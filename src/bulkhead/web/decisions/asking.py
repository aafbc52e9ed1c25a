"""What the list of decisions can be asked, and how that becomes a search of the movements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum, IntFlag

from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.lookup import find_movements
from bulkhead.runtime.projections.movement_query import MovementQuery
from bulkhead.runtime.projections.rule_bits import published_rules
from bulkhead.web.books import book
from bulkhead.web.components.filters import Choice, Filter, Flag, Option, Text, Unusable
from bulkhead.web.components.spans import MoneySpan, Span, TimeSpan
from bulkhead.web.components.table import Query
from bulkhead.web.names import is_token, shown_names
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of
from bulkhead.web.rights import Right
from bulkhead.web.terms import term

_NO_NAMES = Words(
    "your role does not see names, so none can be searched for; follow a masked one from the list",
    "您的角色无权查看姓名，不能按明文查询，请点击列表中的脱敏名称",
)


def _options(members: Iterable[IntEnum | IntFlag]) -> tuple[Option, ...]:
    return tuple((_code(member), term(member)) for member in members)


def _code(member: IntEnum | IntFlag) -> str:
    return (member.name or "").lower().replace("_", "-")


def _rules(visit: Visit) -> Sequence[Option]:
    """Every rule there ever was in the institution, by its code."""
    with reading_of(visit) as reading:
        rules = published_rules(reading)
    return [(code, _titled(code, rules.titles[code])) for code in rules.all_codes()]


def _titled(code: str, title: Words) -> Words:
    return Words(f"{title.en} ({code})", f"{title.zh}（{code}）")


def party_meant(visit: Visit, text: str) -> str:
    """The name in the journal for what somebody wrote: ``client:ann``, or ``ann`` alone for a client.

    Raises ``Unusable`` for whoever may not see names and wrote one that is not there in the clear.
    """
    name = text if ":" in text else f"client:{text}"
    if is_token(name):
        return name
    entity, _, value = name.partition(":")
    with reading_of(visit) as reading:
        if not visit.may(Right.SEE_NAMES):
            if reading.number_of(name) is None:
                raise Unusable(_NO_NAMES)
            return name
        token = book(visit.institution).stores.vault.name_of(entity, value)
        return token if reading.number_of(token) is not None else name


def party_shown(visit: Visit, name: str) -> str:
    """A party on a chip, as the visitor may see it."""
    return shown_names(visit, [name])[name]


OUTCOME, STATUS, KIND = (_options(kind) for kind in (Outcome, Status, MovementKind))
_SETTLED: tuple[Option, ...] = (
    ("settled", Words("settled elsewhere", "外部已结算")),
    ("requested", Words("requested, the decision binds", "请求类（决策生效）")),
)

FILTERS: tuple[Filter, ...] = (
    Choice("outcome", Words("Outcome", "处置"), OUTCOME),
    Choice("status", Words("Status", "状态"), STATUS),
    Choice("kind", Words("Kind", "交易类型"), KIND),
    Text(
        "party",
        Words("Client, account or device", "客户、账户或设备"),
        "client:ann",
        canonical=party_meant,
        shown=party_shown,
    ),
    TimeSpan("time", Words("Time", "时间")),
    MoneySpan("amount", Words("Amount", "金额")),
    Choice("rule", Words("Rule hit", "命中规则"), _rules, many=False),
    Choice("unknown", Words("Rule that could not be known", "无法判断的规则"), _rules, many=False),
    Choice("refusal", Words("Refused because", "拒绝原因"), _options(r for r in Refusal if r)),
    Choice("finding", Words("Finding", "账务异常"), _options(Finding)),
    Choice("phase", Words("Hold", "冻结环节"), _options(Phase)),
    Choice("settled", Words("Settled or requested", "结算方式"), _SETTLED, many=False),
    Text("id", Words("Id of the movement", "交易编号"), "m-1024"),
    Span("position", Words("Position in the journal", "日志序号")),
    Flag("alarms", Words("Alarms only", "仅看异常")),
)


def movements_asked(visit: Visit, query: Query) -> MovementQuery | None:
    """The search behind the filters; None where it names a movement that does not exist."""
    first, last = query.span("position")
    if query.one("id"):
        sequence = find_movements(book(visit.institution).stores, [query.one("id")]).get(query.one("id"))
        if sequence is None:
            return None
        first = max(sequence, first or 0)
        last = sequence if last is None else min(sequence, last)
    since_us, until_us = query.span("time")
    lowest_minor, highest_minor = query.span("amount")
    settled = query.one("settled")
    return MovementQuery(
        outcomes=frozenset(Outcome[_name(code)] for code in query.many("outcome")),
        statuses=frozenset(Status[_name(code)] for code in query.many("status")),
        kinds=frozenset(MovementKind[_name(code)] for code in query.many("kind")),
        phases=frozenset(Phase[_name(code)] for code in query.many("phase")),
        refusals=frozenset(Refusal[_name(code)] for code in query.many("refusal")),
        findings=frozenset(Finding[_name(code)] for code in query.many("finding")),
        rule=query.one("rule"),
        unknown_rule=query.one("unknown"),
        party=query.one("party"),
        since_us=since_us,
        until_us=until_us,
        from_sequence=first,
        to_sequence=last,
        amount_min_minor=lowest_minor,
        amount_max_minor=highest_minor,
        settled=None if not settled else settled == "settled",
        only_alarms=query.flag("alarms"),
    )


def _name(code: str) -> str:
    return code.upper().replace("-", "_")
