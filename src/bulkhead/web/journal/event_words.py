"""What each event of the journal and each of its fields is called."""

from __future__ import annotations

from collections.abc import Mapping

from bulkhead.kernel.reasons import Words

EVENTS: Mapping[str, Words] = {
    "InstitutionOpened": Words("Institution opened", "机构开立"),
    "SourceRegistered": Words("Source registered", "数据源登记"),
    "RuleSetPublished": Words("Rules published", "规则发布"),
    "AccountOpened": Words("Account opened", "账户开立"),
    "TimeAdvanced": Words("Time advanced", "时间推进"),
    "HoldExpired": Words("Hold lapsed", "冻结到期"),
    "HoldReviewed": Words("Hold decided by people", "暂缓款项人工处置"),
    "FourEyesDemanded": Words("Four eyes demanded", "启用双人复核"),
    "ApprovalProposed": Words("Approval asked for", "提交复核申请"),
    "ApprovalDecided": Words("Approval decided", "复核结果"),
    "AccessChanged": Words("Access changed", "权限变更"),
}
FIELDS: Mapping[str, Words] = {
    "code": Words("Code", "编码"),
    "currency": Words("Currency", "币种"),
    "timezone_offset_minutes": Words("Minutes ahead of UTC", "时区偏移（分钟）"),
    "definition": Words("Definition", "定义"),
    "provides": Words("Optional columns it fills", "提供的可选列"),
    "number": Words("Number", "编号"),
    "text": Words("Text", "全文"),
    "maker": Words("Made by", "经办人"),
    "checker": Words("Checked by", "复核人"),
    "name": Words("Account", "账户"),
    "account_class": Words("Class", "账户类别"),
    "effective_us": Words("Time reached", "推进至"),
    "hold": Words("Hold", "冻结编号"),
    "account": Words("Account", "账户"),
    "amount_minor": Words("Amount", "金额"),
    "release": Words("Released", "是否放行"),
    "reason": Words("Reason", "原因"),
    "action": Words("Action", "事项"),
    "subject": Words("Subject", "内容"),
    "person": Words("Person", "人员"),
    "proposed_us": Words("Asked at", "提交时间"),
    "expires_us": Words("Lapses at", "失效时间"),
    "verdict": Words("Verdict", "结论"),
    "snapshot": Words("Digest of what was looked at", "所审内容摘要"),
    "decided_us": Words("Decided at", "处理时间"),
    "change": Words("Change", "变更"),
    "role": Words("Role", "角色"),
}
CODES: Mapping[str, Words] = {
    "publish-rules": Words("publish rules", "发布规则"),
    "review-hold": Words("decide a hold", "处置暂缓款项"),
    "change-access": Words("change access", "变更权限"),
    "approve": Words("approved", "同意"),
    "reject": Words("rejected", "驳回"),
    "withdraw": Words("withdrawn", "撤回"),
    "granted": Words("granted", "授予"),
    "revoked": Words("revoked", "撤销"),
    "suspended": Words("suspended", "停用"),
    "restored": Words("restored", "恢复"),
    "credentials-reset": Words("credentials reset", "重置凭证"),
}


def event_title(kind: str) -> Words:
    """What an event's type is called; the type itself for one nobody has named."""
    return EVENTS.get(kind, Words(kind, kind))
