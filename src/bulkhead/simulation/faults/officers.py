"""Two people of an institution who publish rules, end holds and agree with each other, over the same bad line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.faults.customers import CLIENTS, PATIENCE_US
from bulkhead.simulation.faults.letters import OfficeAsked, OfficeTold

MAKER, CHECKER = "lin", "wu"
_RULES = """
[limits.large]
about = {{ en = "a large amount", zh = "大额" }}
amounts = {{ CNY = {large} }}
[[rules]]
code = "amounts.large"
title = {{ en = "Large", zh = "大额" }}
why = {{ en = "The amount is large.", zh = "金额较大。" }}
severity = "medium"
outcome = "hold"
when = "kind in ('transfer', 'bid') and amount >= limit.large"
hit = [{{ kind = "bid", currency = "CNY", amount = "9_000 CNY" }}]
miss = [{{ kind = "bid", currency = "CNY", amount = "1 CNY" }}]

[[rules]]
code = "velocity.many"
title = {{ en = "Many", zh = "频繁" }}
why = {{ en = "The client has paid often within the hour.", zh = "客户一小时内付款频繁。" }}
severity = "medium"
outcome = "decline"
when = "debit_class == 'client' and payer.count_1h >= {many}"
hit = [{{ debit_class = "client", payer.count_1h = 90 }}]
miss = [{{ debit_class = "client", payer.count_1h = 1 }}]
"""


def rules_text(large: int, many: int) -> str:
    """A small rule set: above ``large`` yuan is held, ``many`` payments an hour are declined."""
    return _RULES.format(large=large, many=many)


@dataclass(slots=True)
class Officers:
    """What the office wants, one errand after the other; each is asked again until it is answered."""

    draw: Draw
    to_invent: int
    holds_in_review: Callable[[], list[str]]  # as the callers were told
    waiting: OfficeAsked | None = None
    told: list[OfficeTold] = field(default_factory=list)
    repeats: int = 0
    _numbers: int = 0
    _sent_us: int = 0

    @property
    def content(self) -> bool:
        """Whether nothing is left to ask for."""
        return not self.to_invent and self.waiting is None

    def letter(self, now_us: int) -> OfficeAsked | None:
        """What is asked now, if anything."""
        if self.waiting is None and self.to_invent:
            self.to_invent -= 1
            self._numbers += 1
            self.waiting = replace(self._invent(), number=self._numbers)
        elif self.waiting is None or now_us - self._sent_us < PATIENCE_US:
            return None
        else:
            self.repeats += 1
        self._sent_us = now_us
        return self.waiting

    def hear(self, told: OfficeTold) -> None:
        """Keep what is told about the errand that waits; of a proposal comes the second person's decision."""
        if self.waiting is None or told.asked != self.waiting:
            return  # a second answer to what was answered
        self.told.append(told)
        self.waiting = None
        if told.proposal:
            verdict = self.draw.pick(("approve", "approve", "reject"))
            self._numbers += 1
            self.waiting = OfficeAsked(
                self._numbers, "decide-proposal", CHECKER, (verdict, told.snapshot), proposal=told.proposal
            )

    def _invent(self) -> OfficeAsked:
        if self._numbers == 1:
            return OfficeAsked(0, "open-accounts", MAKER, tuple(c.partition(":")[2] for c in CLIENTS[:4]))
        if self._numbers == 2 or self.draw.chance(250):
            alone = self._numbers == 2 or self.draw.chance(500)
            text = rules_text(self.draw.between(100, 500), self.draw.between(4, 12))
            return OfficeAsked(0, "publish-rules" if alone else "propose-rules", MAKER, (text,))
        if self.draw.chance(120):
            return OfficeAsked(0, "demand-four-eyes", MAKER)
        holds = self.holds_in_review()
        hold = self.draw.pick(holds) if holds else "never-placed"
        return OfficeAsked(0, "review-hold", MAKER, (hold,), release=self.draw.chance(500))
