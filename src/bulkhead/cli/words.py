"""What the command line says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from bulkhead.kernel.reasons import Language, Words

LABELS: Mapping[str, Words] = {
    "rows": Words("Rows read", "读取行数"),
    "rows_skipped": Words("Rows done before", "此前已处理"),
    "decided": Words("Movements decided, booked and sealed", "已决策、入账并封存"),
    "repeats": Words("Repeats (first answer stands)", "重复请求（以首次结果为准）"),
    "quarantined": Words("Rows in quarantine", "隔离区"),
    "outcomes": Words("Decisions", "决策结果"),
    "statuses": Words("In the book", "账务结果"),
    "refusals": Words("Refused because", "拒绝原因"),
    "findings": Words("Findings on settled movements", "已结算资金的问题"),
    "rules": Words("Top rules", "命中规则"),
    "unknowns": Words("Rules that could not be known", "无法判断的规则"),
    "money": Words("Money by class of account", "各类账户资金"),
    "speed": Words("Speed", "速度"),
    "memory": Words("Peak memory", "内存峰值"),
    "journal": Words("Journal head", "日志头"),
    "class": Words("class", "账户类别"),
    "accounts": Words("accounts", "户数"),
    "posted": Words("posted", "余额"),
    "held": Words("held", "冻结"),
    "when": Words("When", "时间"),
    "what": Words("What", "业务"),
    "payer": Words("Payer", "付款方"),
    "payee": Words("Payee", "收款方"),
    "device": Words("Device", "设备"),
    "instructed_by": Words("Instructed by", "指令方"),
    "hold": Words("Hold", "冻结编号"),
    "decision": Words("Decision", "决策"),
    "book": Words("In the book", "账务结果"),
    "finding": Words("Finding", "问题"),
    "why": Words("Why", "原因"),
    "evidence": Words(
        "Rows it rests on: the payer's and payee's latest before it", "依据：付款方与收款方此前的最近交易"
    ),
    "postings": Words("Postings", "分录"),
    "amount": Words("amount", "金额"),
    "balance": Words("balance after", "变动后余额"),
    "proof": Words("Proof", "证明"),
    "leads_to": Words("leads to the journal's head:", "推导至日志头："),
    "advisory": Words(
        "These movements had happened elsewhere, so the decisions are advisory.",
        "以上资金变动已在外部发生，决策仅供参考。",
    ),
}
TERMS: Mapping[str, Words] = {
    "deposit": Words("deposit", "充值"),
    "withdrawal": Words("withdrawal", "提现"),
    "transfer": Words("transfer", "转账"),
    "payment": Words("payment", "支付"),
    "interest": Words("interest", "利息"),
    "bid": Words("bid", "投标"),
    "disbursement": Words("disbursement", "放款"),
    "repayment": Words("repayment", "还款"),
    "refund": Words("refund", "退款"),
    "sweep": Words("fee sweep", "手续费结转"),
    "place": Words("set aside", "冻结"),
    "post": Words("paid from a hold", "解冻支付"),
    "void": Words("given back", "解冻退回"),
    "allow": Words("allow", "放行"),
    "hold": Words("hold", "暂缓"),
    "decline": Words("decline", "拒绝"),
    "booked": Words("booked", "已入账"),
    "held": Words("held", "冻结中"),
    "refused": Words("refused", "已拒绝"),
    "voided": Words("voided", "已解冻"),
    "declined": Words("declined by the decision", "决策拒绝"),
    "insufficient_funds": Words("insufficient funds", "可用余额不足"),
    "unauthorised_debit": Words("debit without the client's instruction", "未经客户授权扣款"),
    "segregation": Words("client money would mix with other money", "违反客户资金隔离"),
    "unknown_account": Words("unknown account", "账户不存在"),
    "currency": Words("wrong currency", "币种不符"),
    "hold_not_open": Words("no such open hold", "冻结不存在或已结束"),
    "hold_exceeded": Words("more than was held", "超出冻结金额"),
    "hold_exists": Words("hold exists already", "冻结已存在"),
    "overdraft": Words("overdraft", "透支"),
    "balance_differs": Words("balance differs from the stated one", "余额与来源不一致"),
    "client": Words("client sub-accounts", "客户子账户"),
    "own": Words("platform's own", "平台自有资金"),
    "summary": Words("at the custodian bank", "存管银行汇总户"),
    "fee": Words("fees", "手续费"),
    "suspense": Words("suspense", "待处理"),
}


def say(key: str, language: Language) -> str:
    """A label."""
    return LABELS[key][language]


def term(name: str, language: Language) -> str:
    """The word for a member of one of the kernel's enumerations, by its name."""
    return TERMS[name.lower()][language]
