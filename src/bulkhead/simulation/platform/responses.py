"""What people of the institution can do about something, and how it bends the days it is in force.

An action that bends nothing is for incidents and everyday life to look for: ``platform.in_force(code, day)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.conditions import Conditions


@dataclass(frozen=True, slots=True)
class Action:
    """``effect`` is called each morning it is in force with the summed size; ``unit`` says of what."""

    code: str
    title: Words
    unit: Words
    effect: Callable[[Conditions, int], None] | None = None


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
    ),
    Action(
        "add-capacity",
        Words("Add machine capacity", "扩容系统"),
        Words("per mille of the usual capacity", "常规容量的千分比"),
        _more_capacity,
    ),
    Action(
        "shed-load",
        Words("Turn away requests that are no client's instruction", "限流降载"),
        Words("per mille of the extra load", "额外负载的千分比"),
        _less_load,
    ),
    Action(
        "patch-now",
        Words("Close every open vulnerability within two days", "两日内修复全部未修复漏洞"),
        Words("campaigns", "次"),
    ),
    Action(
        "run-drill",
        Words("Practise failover and recovery", "开展应急演练"),
        Words("drills", "次"),
    ),
    Action(
        "rebalance-assets",
        Words("Sell long assets and place the money for a short term", "压缩长期资产、缩短久期"),
        Words("per mille of the long assets", "长期资产的千分比"),
    ),
    Action(
        "review-law",
        Words("Go through every change of law at once", "立即全面排查法规变动"),
        Words("reviews", "次"),
    ),
    Action(
        "inform-clients",
        Words("Tell clients openly how things stand", "向客户公开说明情况"),
        Words("per mille by which panic shrinks", "恐慌减弱的千分比"),
        _calmer_withdrawals,
    ),
)
ACTIONS = {action.code: action for action in _ACTIONS}
