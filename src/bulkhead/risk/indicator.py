"""What a module in ``risk/indicators`` offers as ``INDICATOR``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.plugins import discover
from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts
from bulkhead.risk.family import Family


class State(IntEnum):
    """How it stands, mildest first; what is not known is not one of the three."""

    UNKNOWN = -1
    GREEN = 0
    AMBER = 1
    RED = 2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Beyond ``amber`` a value is amber, beyond ``red`` red; the edge itself is on the better side.

    A state gets worse once values have been that bad for ``confirm_days`` days, and better once ``calm_days``
    days have passed without a worse one: so an alarm is raised once, not at every flicker.
    """

    amber: float | None  # None: there is nothing between green and red
    red: float
    worse_above: bool = True
    confirm_days: int = 1
    calm_days: int = 3

    def levels(self, values: Daily) -> NDArray[np.int8]:
        """int8[days] of ``State``, day by day without memory."""
        sign = 1 if self.worse_above else -1
        amber = self.red if self.amber is None else self.amber
        levels = (sign * values > sign * amber).astype(np.int8) + (sign * values > sign * self.red)
        return np.where(np.isnan(values), -1, levels).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Norm:
    """Where the thresholds come from. ``verified``: the text itself was read; otherwise it is from memory."""

    text: Words
    verified: bool = False


PROJECT_DEFAULT = Norm(
    Words("Default of this project, to be set anew from own data", "本项目默认值，须按自有数据重新校准")
)


@dataclass(frozen=True, slots=True)
class Example:
    """Facts written by hand and what is read from them on one day; ``None`` means unknown."""

    facts: Facts
    day: int
    value: float | None
    state: State


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number a day about a risk.

    ``measure`` gives float64[days], NaN where it cannot tell; it may look back ``window_days`` days, today
    included, never ahead. A day counts only if of the streams in ``needs`` at least ``coverage_min`` of those
    days arrived; the last value then stands for ``stale_days`` more days before the state is unknown.
    """

    code: str
    family: Family
    title: Words
    formula: Words
    unit: str  # of UNITS
    needs: tuple[str, ...]
    thresholds: Thresholds
    norm: Norm
    owner: Words
    measure: Callable[[Facts], Daily]
    examples: tuple[Example, ...]
    window_days: int = 1
    coverage_min: float = 0.8
    stale_days: int = 2


UNITS = {
    "": Words("a plain figure", "数值"),
    "%": Words("per cent", "百分比"),
    "x": Words("times", "倍"),
    "d": Words("days", "天"),
    "bp": Words("basis points", "个基点"),
    "10k": Words("per 10,000 accounts", "每万户"),
    "count": Words("number", "项数"),
    "sigma": Words("standard deviations", "倍标准差"),
}

IT_RISK = Words("IT risk officer", "科技风险负责人")
OPERATIONS = Words("Operations officer", "运营负责人")
COMPLIANCE = Words("Compliance officer", "合规负责人")
TREASURER = Words("Treasurer", "资金负责人")
PARTNERS = Words("Partner manager", "合作方管理负责人")
SERVICE = Words("Client service", "客户服务负责人")


def indicators() -> dict[str, Indicator]:
    """All indicators by their codes."""
    return discover("bulkhead.risk.indicators", "INDICATOR", Indicator)
