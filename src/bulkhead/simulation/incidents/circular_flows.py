"""Circular flows (对敲): a ring of accounts sends one pot of money round and round to feign turnover.

How a person sees it: in ``movements`` the same few clients transfer nearly one amount from A to B to C and back to A,
lap after lap, often minutes apart and from one phone, while nothing stays anywhere; the ring's turnover is many times
what it ever brought.

Size: pot and ring. Stealth: amounts differ from hop to hop, hours between them, a phone each, older accounts.
Speed: laps a day. Truth: the platform pays bonus for turnover, half a per cent of it: ``loss_minor``.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

POT_A_STEP_MINOR = 12_000 * YUAN
BONUS_PER_MILLE = 5
LAPS = 24
AWAKE_US = 13 * HOUR_US


class CircularFlows(Scheme):
    """One person behind all accounts of the ring."""

    usual_days = 10

    def prepare(self) -> None:
        phones = 0 if self.stealth > 5 else self.hidden_or(1, 4)
        self.ring = self.accounts(3 + self.size // 3, days_before=5 + 5 * self.stealth, devices=phones)
        self.turnover_minor = 0

    def act(self, day: Day) -> None:
        if day.number == self.course.first_day:
            pot = self.size * POT_A_STEP_MINOR + self.draw.below(900) * YUAN
            self.deposit(day, Part.DEED, day.at(8, 30), self.ring[0], pot)
        laps = self.due_today(day, LAPS)
        # Whatever the haste, the hops of a day have to fit into its waking hours.
        gap_us = min(self.hidden_or(2, 150) * MINUTE_US, AWAKE_US // (1 + laps * len(self.ring)))
        at_us = day.at(9) + self.draw.below(30 * MINUTE_US)
        for _ in range(laps):
            at_us = self._lap(day, at_us, gap_us)
        if self.is_last(day):
            self.withdraw(day, Part.DEED, day.at(23, 20), self.ring[0], self.has(day, self.ring[0]))

    def _lap(self, day: Day, at_us: int, gap_us: int) -> int:
        """Once round; gives when it was done."""
        for payer, payee in zip(self.ring, self.ring[1:] + self.ring[:1], strict=True):
            swing = self.hidden_or(0, 300)
            amount = self.has(day, payer) * (1000 - self.draw.below(swing + 1)) // 1000
            at_us += gap_us // 2 + self.draw.below(gap_us // 2)
            moved = self.transfer(day, Part.DEED, at_us, payer, payee, whole(amount, YUAN))
            self.plot.loss_minor += moved * BONUS_PER_MILLE // 1000
        return at_us


INCIDENT = IncidentKind(
    "circular-flows",
    Family.BUSINESS,
    Words("Money in circles", "资金循环对敲"),
    Words(
        "A few accounts of one hand send the same money round until the turnover earns a bonus and looks like success.",
        "同一控制人的数个账户之间反复对转同一笔资金，虚增成交量，骗取平台奖励并粉饰经营数据。",
    ),
    CircularFlows.usual_days,
    ("movements", "accounts"),
    CircularFlows.begin,
)
