"""What people call the members of the kernel's enumerations, and the sentence that explains each refusal."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag

from bulkhead.kernel.movements import AccountClass, Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Words

_TERMS: Mapping[type[IntEnum] | type[IntFlag], Mapping[str, Words]] = {
    MovementKind: {
        "DEPOSIT": Words("deposit", "充值"),
        "WITHDRAWAL": Words("withdrawal", "提现"),
        "TRANSFER": Words("transfer", "转账"),
        "PAYMENT": Words("payment", "支付"),
        "FEE": Words("fee", "手续费"),
        "INTEREST": Words("interest", "利息"),
        "BID": Words("bid", "投标"),
        "DISBURSEMENT": Words("disbursement", "放款"),
        "REPAYMENT": Words("repayment", "还款"),
        "REFUND": Words("refund", "退款"),
        "SWEEP": Words("fee sweep", "手续费结转"),
        "OWN": Words("platform's own money", "平台自有资金划转"),
    },
    Phase: {
        "SINGLE": Words("at once", "一次完成"),
        "PLACE": Words("money set aside", "冻结"),
        "POST": Words("paid out of a hold", "解冻支付"),
        "VOID": Words("hold given back", "解冻退回"),
    },
    Outcome: {
        "ALLOW": Words("allowed", "放行"),
        "HOLD": Words("held for review", "暂缓"),
        "DECLINE": Words("declined", "拒绝"),
    },
    Status: {
        "BOOKED": Words("booked", "已入账"),
        "HELD": Words("set aside", "已冻结"),
        "REFUSED": Words("refused", "已拒绝"),
        "VOIDED": Words("given back", "已解冻"),
    },
    Refusal: {
        "NONE": Words("not refused", "未拒绝"),
        "DECLINED": Words("declined by the decision", "决策拒绝"),
        "INSUFFICIENT_FUNDS": Words("insufficient funds", "可用余额不足"),
        "UNAUTHORISED_DEBIT": Words("debit without the client's instruction", "未经客户授权扣款"),
        "SEGREGATION": Words("client money would mix with other money", "违反客户资金隔离"),
        "UNKNOWN_ACCOUNT": Words("unknown account", "账户不存在"),
        "CURRENCY": Words("wrong currency", "币种不符"),
        "HOLD_NOT_OPEN": Words("no such open hold", "冻结不存在或已结束"),
        "HOLD_EXCEEDED": Words("more than was held", "超出冻结金额"),
        "HOLD_EXISTS": Words("hold exists already", "冻结已存在"),
    },
    Finding: {
        "OVERDRAFT": Words("overdraft", "透支"),
        "UNAUTHORISED_DEBIT": Words("debit without the client's instruction", "未经客户授权扣款"),
        "SEGREGATION": Words("client money mixed with other money", "客户资金与其他资金混同"),
        "BALANCE_DIFFERS": Words("balance differs from the stated one", "余额与来源不一致"),
        "CURRENCY": Words("wrong currency", "币种不符"),
    },
    AccountClass: {
        "NONE": Words("no account of this book", "非本账簿账户"),
        "CLIENT": Words("client sub-account", "客户子账户"),
        "OWN": Words("platform's own", "平台自有"),
        "SUMMARY": Words("at the custodian bank", "存管银行汇总户"),
        "FEE": Words("fees", "手续费"),
        "SUSPENSE": Words("suspense", "待处理"),
    },
}

REFUSAL_SENTENCES: Mapping[Refusal, Words] = {
    Refusal.DECLINED: Words(
        "The rules declined it, so no money moved.",
        "规则判定拒绝，资金未发生变动。",
    ),
    Refusal.INSUFFICIENT_FUNDS: Words(
        "The account did not have enough money that was free to use.",
        "账户可用余额不足，资金未发生变动。",
    ),
    Refusal.UNAUTHORISED_DEBIT: Words(
        "Somebody other than the client asked to debit the client's account.",
        "指令方并非客户本人，不得从客户账户扣款。",
    ),
    Refusal.SEGREGATION: Words(
        "Money of clients would have mixed with other money, which the book never allows.",
        "该笔将使客户资金与其他资金混同，账簿不予办理。",
    ),
    Refusal.UNKNOWN_ACCOUNT: Words(
        "It names an account that this book does not have.",
        "涉及的账户在本账簿中不存在。",
    ),
    Refusal.CURRENCY: Words(
        "An account is kept in another currency.",
        "账户币种与本笔币种不符。",
    ),
    Refusal.HOLD_NOT_OPEN: Words(
        "It wanted to use a hold that does not exist or has ended.",
        "所引用的冻结不存在或已结束。",
    ),
    Refusal.HOLD_EXCEEDED: Words(
        "It wanted more than was set aside.",
        "金额超出剩余冻结金额。",
    ),
    Refusal.HOLD_EXISTS: Words(
        "It wanted to set money aside under a reference that is in use.",
        "冻结编号已被占用。",
    ),
}


def term(member: IntEnum | IntFlag) -> Words:
    """The words for a member; its bare name where there are none."""
    return _TERMS.get(type(member), {}).get(member.name or "", Words(str(member), str(member)))
