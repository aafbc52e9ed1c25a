"""Technical: the architecture is outgrown by the volume of business."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import State
from bulkhead.simulation.case_studies.case import Case, Watch

CASE = Case(
    code="technical",
    family=Family.TECHNICAL,
    title=Words("Systems outgrown by volume", "业务量超出系统承载能力"),
    story=Words(
        "Business grows for weeks. At the busiest hours instructions fail, are late or are carried out twice, and "
        "clients complain and take their money out.",
        "业务量连续数周增长，高峰时段指令失败、延迟或被重复执行，客户投诉增多并开始提现。",
    ),
    response=Words(
        "Capacity is added once it is foreseeable that it runs out; load is shed when payments already fail.",
        "预计容量即将耗尽时扩容；支付已出现失败时限流降载。",
    ),
    incidents=("capacity-collapse",),
    first_day=30,
    watches=(
        Watch("T9.capacity-headroom", 3, "add-capacity", 1_500),
        Watch("T1.error-budget-burn", 1, "shed-load", 500, State.RED),
        Watch("T1.error-budget-burn", 2, "add-capacity", 1_500, State.RED),
    ),
    targeted=frozenset(),
    assumptions=(
        Words(
            "Management decides on machines within three days of the early warning, within two once payments fail; "
            "load is shed the next day. New machines work three days after the order.",
            "预警后三日内批准扩容，支付失败后两日内批准；限流次日生效；新机器在下单三日后投入使用。",
        ),
    ),
    missing=(
        Words(
            "Playbooks: who decides on capacity is assumed, not led by the system.",
            "处置预案：扩容决策流程为假设，系统尚未引导。",
        ),
        Words(
            "Contingency plans and drills as records of their own with owners.",
            "应急预案与演练尚未作为独立台账管理。",
        ),
        Words(
            "Doubled instructions are not recognised before they are booked: no rule compares one with the one before.",
            "重复指令在入账前尚不能识别：暂无规则将指令与前一笔比对。",
        ),
    ),
)
