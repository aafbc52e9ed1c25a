"""What people of the institution can do about something, how it bends the days it is in force, what it costs.

An action that bends nothing is for incidents and everyday life to look for: ``platform.in_force(code, day)``.
Nothing here is free: what is done without need is a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.conditions import Conditions


@dataclass(frozen=True, slots=True)
class Action:
    """``effect`` is called with the summed size each morning from ``lead_days`` after it was taken on, when the
    incidents have bent the day; ``unit`` says what the size counts.

    It costs, for each unit of size and each thousand clients, ``once_minor`` when it is taken and ``daily_minor``
    on every day it is in force.
    """

    code: str
    title: Words
    unit: Words
    effect: Callable[[Conditions, int], None] | None = None
    once_minor: int = 0
    daily_minor: int = 0
    lead_days: int = 0

    def cost_minor(self, size: int, clients: int, days: int) -> int:
        """What it costs in so many days of a platform with so many clients; a size of 0 counts as 1."""
        return max(1, size) * clients * (self.once_minor + self.daily_minor * days) // 1000


def _more_capacity(conditions: Conditions, size: int) -> None:
    conditions.capacity_per_mille += size


def _less_load(conditions: Conditions, size: int) -> None:
    above = conditions.load_per_mille - 1000
    if above > 0:
        conditions.load_per_mille = 1000 + above * max(0, 1000 - size) // 1000


def _calmer_withdrawals(conditions: Conditions, size: int) -> None:
    above = conditions.withdrawals_per_mille - 1000
    if above > 0:
        conditions.withdrawals_per_mille = 1000 + above * 1000 // (1000 + size)


_ACTIONS = (
    Action(
        "suspend-partner",
        Words("Take nothing more from a partner", "暂停与合作方的业务"),
        Words("partners", "家合作方"),
        daily_minor=2_000,  # its referrals go elsewhere
    ),
    Action(
        "add-capacity",
        Words("Add machine capacity", "扩容系统"),
        Words("per mille of the usual capacity", "常规容量的千分比"),
        _more_capacity,
        daily_minor=4,  # rent: four fen a client and day for as much again
        lead_days=3,  # until new machines are in use
    ),
    Action(
        "shed-load",
        Words("Turn away requests that are no client's instruction", "限流降载"),
        Words("per mille of the extra load", "额外负载的千分比"),
        _less_load,
        daily_minor=15,  # of those turned away some do not come back
    ),
    Action(
        "roll-back",
        Words("Put the version before back", "回退版本"),
        Words("services", "个服务"),
        once_minor=5_000,
    ),
    Action(
        "run-drill",
        Words("Practise restoring and failing over", "开展恢复与切换演练"),
        Words("drills a week", "次/周"),
        daily_minor=900,  # people of an evening
    ),
    Action(
        "patch-now",
        Words("Close every open vulnerability within two days", "两日内修复全部未修复漏洞"),
        Words("campaigns", "次"),
        once_minor=9_000,
    ),
    Action(
        "revoke-permission",
        Words("Take permissions back", "收回权限"),
        Words("people", "人"),
        once_minor=500,
        daily_minor=150,  # others do the work
    ),
    Action(
        "rebalance-assets",
        Words("Move long assets to short terms", "将长期资产调整为短期资产"),
        Words("per mille of the long assets", "长期资产的千分比"),
        once_minor=200,  # ten basis points of what is moved, to those who take it
        daily_minor=5,  # and nine tenths of a per cent a year less interest
    ),
    Action(
        "hedge-fx",
        Words("Hedge the open currency position", "对冲外汇敞口"),
        Words("per mille of the position", "敞口的千分比"),
        once_minor=24,
        daily_minor=1,
    ),
    Action(
        "raise-buffer",
        Words("Hold more liquid money ready", "提高流动性备付"),
        Words("per mille of the funding that falls due", "到期融资的千分比"),
        daily_minor=5,  # two per cent a year on what lies idle
    ),
    Action(
        "review-law",
        Words("Go through every change of law", "全面排查法规变动"),
        Words("reviewers", "名审查人员"),
        daily_minor=600,
    ),
    Action(
        "publish-correction",
        Words("Publish what is true", "发布澄清或更正公告"),
        Words("per mille of the public that hears of it", "触达公众的千分比"),
        once_minor=60,
    ),
    Action(
        "retain-clients",
        Words("Make offers to clients about to leave", "挽留拟流失客户"),
        Words("per mille of those about to leave", "拟流失客户的千分比"),
        daily_minor=6,
    ),
    Action(
        "shrink-book",
        Words("Shrink the balance of loans in order", "有序压降贷款余额"),
        Words("per mille of what is asked", "要求压降额度的千分比"),
        daily_minor=12,  # income of the loans not made
    ),
    Action(
        "inform-clients",
        Words("Tell clients openly how things stand", "向客户公开说明情况"),
        Words("per mille by which panic shrinks", "恐慌减弱的千分比"),
        _calmer_withdrawals,
        once_minor=30,
    ),
)
ACTIONS = {action.code: action for action in _ACTIONS}
