"""Operational: weak internal rules, and staff who act beyond their permissions."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import State
from bulkhead.simulation.case_studies.case import STOPPED, Case, Watch

CASE = Case(
    code="operational",
    family=Family.OPERATIONAL,
    title=Words("Staff act beyond their permissions", "员工越权操作"),
    story=Words(
        "One clerk keeps every permission ever given and in the end pays a friend's company alone; another changes "
        "the phone and card of forgotten accounts and has them emptied.",
        "一名员工历次转岗的权限从未收回，最终独自完成经办与复核，向朋友公司付款；另一名员工篡改睡眠账户的手机号与银行卡并转走资金。",
    ),
    response=Words(
        "Permissions are taken back when they conflict, are used alone, or when a reviewer rejects a theft.",
        "发现权限冲突、无复核使用，或审核拦截到盗转时，立即收回相关权限。",
    ),
    incidents=("permission-creep", "insider-misuse"),
    first_day=45,
    watches=(
        Watch("O3.segregation-conflicts", 1, "revoke-permission", 2),
        Watch("O8.unchecked-use", 2, "revoke-permission", 2, State.RED),
        Watch("H6.permission-use", 3, "revoke-permission", 2, State.RED),
        Watch("O9.permission-drift", 3, "revoke-permission", 2),
        Watch(STOPPED, 1, "revoke-permission", 2),
    ),
    targeted=frozenset({"revoke-permission"}),
    assumptions=(
        Words(
            "Conflicting permissions are taken back the next day; uses without a second signature after two days, "
            "unusual use after three.",
            "冲突权限次日收回；无复核使用两日内、异常使用三日内处置。",
        ),
        Words(
            "Taking permissions back hits both clerks: whoever looks into one finds the other.",
            "收回权限同时覆盖两名员工：核查其一即可发现另一人。",
        ),
    ),
    missing=(
        Words("Cases and assignment: who investigates is assumed.", "案件与任务分派：由谁调查为假设。"),
        Words("Alarms do not name the person yet; the rows behind them do.", "预警尚未直接指明人员，须查阅明细。"),
        Words("Training records and the whistleblower channel.", "培训记录与举报渠道。"),
    ),
)
