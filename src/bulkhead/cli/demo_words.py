"""Everything the demo says, in both languages."""

from __future__ import annotations

from bulkhead.kernel.movements import AccountClass, MovementKind, Refusal
from bulkhead.kernel.reasons import Words

WORDS: dict[str, Words] = {
    "day_of": Words("day {day} of {days}", "第 {day} 天，共 {days} 天"),
    "title": Words("{title}, seed {seed}", "{title}，种子 {seed}"),
    "opening": Words(
        "{movements} movements of {days} days are decided one by one. Three crimes are hidden among them.",
        "{days} 天内的 {movements} 笔资金变动将逐笔决策，其中藏有三起犯罪。",
    ),
    "outcomes": Words("Outcomes", "处置结果"),
    "movements": Words("movements", "笔数"),
    "amount": Words("amount", "金额"),
    "money": Words("Money by account class", "各类账户资金"),
    "accounts": Words("accounts", "账户数"),
    "balance": Words("balance", "余额"),
    "set_aside": Words("of which set aside", "其中冻结"),
    "sums_to_zero": Words("the book sums to zero", "账簿合计为零"),
    "sums_not_to_zero": Words("THE BOOK DOES NOT SUM TO ZERO", "账簿合计不为零"),
    "crimes": Words("The hidden crimes: {found} of {count} found", "隐藏的犯罪：{count} 起中发现 {found} 起"),
    "found": Words("FOUND", "已发现"),
    "missed": Words("MISSED", "漏过"),
    "began": Words("Began {time}; noticed at once.", "始于 {time}，当即发现。"),
    "began_later": Words("Began {time}; noticed {delay} later.", "始于 {time}，{delay}后发现。"),
    "began_unseen": Words("Began {time}; nothing noticed it.", "始于 {time}，未被察觉。"),
    "stopped": Words("{stopped} of its {count} movements stopped", "{count} 笔中拦截 {stopped} 笔"),
    "prevented": Words(
        "Prevented {prevented} of {total} ({per_cent} %)", "避免损失 {prevented}，涉案 {total}（{per_cent} %）"
    ),
    "by": Words("By: ", "依据："),
    "times": Words("{name} ({n})", "{name} {n} 笔"),
    "more_rules": Words("other rules: {n}", "另有 {n} 条规则"),
    "honest": Words(
        "Honest movements: {count}. Held up for review: {stopped} ({share} %); alerts besides: {alerts}.",
        "正常资金变动 {count} 笔，其中暂缓待复核 {stopped} 笔（{share} %），另有提示 {alerts} 笔。",
    ),
    "journal": Words("Journal: {size} entries, head {head}", "日志：{size} 条，根哈希 {head}"),
    "verified": Words("verified", "校验通过"),
    "not_verified": Words("NOT VERIFIED", "校验未通过"),
    "speed": Words("{rate} movements a second, decided, booked and sealed", "每秒决策、记账、封存 {rate} 笔"),
    "hint": Words("A first hint came {ahead} before.", "此前 {ahead}已有苗头。"),
    "days": Words("{n} days", "{n} 天"),
    "minutes": Words("{n} min", "{n} 分钟"),
    "hours": Words("{n} h", "{n} 小时"),
    "seconds": Words("{n} s", "{n} 秒"),
}

# What became of a movement, as people see it.
FATES: dict[str, Words] = {
    "booked": Words("booked", "入账"),
    "set_aside": Words("set aside", "冻结"),
    "given_back": Words("given back", "解冻"),
    "alert": Words("alert", "提示"),
    "held": Words("held", "暂缓"),
    "declined": Words("declined", "拒绝"),
    "refused": Words("refused", "退回"),
}

KINDS: dict[MovementKind, Words] = {
    MovementKind.DEPOSIT: Words("deposit", "充值"),
    MovementKind.WITHDRAWAL: Words("withdrawal", "提现"),
    MovementKind.TRANSFER: Words("transfer", "转账"),
    MovementKind.PAYMENT: Words("payment", "支付"),
    MovementKind.FEE: Words("fee", "服务费"),
    MovementKind.INTEREST: Words("interest", "利息"),
    MovementKind.BID: Words("bid", "投标"),
    MovementKind.DISBURSEMENT: Words("disbursement", "放款"),
    MovementKind.REPAYMENT: Words("repayment", "还款"),
    MovementKind.REFUND: Words("refund", "退款"),
    MovementKind.SWEEP: Words("sweep", "费用归集"),
    MovementKind.OWN: Words("own money", "自有资金"),
}

CLASSES: dict[AccountClass, Words] = {
    AccountClass.CLIENT: Words("clients", "客户"),
    AccountClass.FEE: Words("platform fees", "平台服务费"),
    AccountClass.OWN: Words("platform's own", "平台自有"),
    AccountClass.SUSPENSE: Words("suspense", "待查"),
    AccountClass.SUMMARY: Words("at the custodian bank", "存管银行"),
}

REFUSALS: dict[Refusal, Words] = {
    Refusal.DECLINED: Words("declined by the decision", "决策拒绝"),
    Refusal.INSUFFICIENT_FUNDS: Words("not enough money", "余额不足"),
    Refusal.UNAUTHORISED_DEBIT: Words("the client did not instruct this debit", "扣款无客户指令"),
    Refusal.SEGREGATION: Words("client money has no way to this account", "客户资金不得进入该账户"),
    Refusal.UNKNOWN_ACCOUNT: Words("no such account", "账户不存在"),
    Refusal.CURRENCY: Words("wrong currency", "币种不符"),
    Refusal.HOLD_NOT_OPEN: Words("nothing is set aside for it", "无对应冻结"),
    Refusal.HOLD_EXCEEDED: Words("more than was set aside", "超过冻结金额"),
    Refusal.HOLD_EXISTS: Words("already set aside", "重复冻结"),
}

# Parties: names of the book's own accounts, and what stands before the masked token of others.
PLACES: dict[str, Words] = {
    "book:summary": Words("custodian", "存管户"),
    "book:fee": Words("fee account", "服务费户"),
    "book:own": Words("own account", "自有账户"),
    "book:suspense": Words("suspense", "待查户"),
    "bank": Words("bank", "银行"),
    "client": Words("client", "客户"),
}

WEEKDAYS = (  # Monday first
    Words("Mon", "周一"),
    Words("Tue", "周二"),
    Words("Wed", "周三"),
    Words("Thu", "周四"),
    Words("Fri", "周五"),
    Words("Sat", "周六"),
    Words("Sun", "周日"),
)
