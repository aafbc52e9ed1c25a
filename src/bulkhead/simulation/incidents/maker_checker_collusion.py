"""The one who makes payments and the one who checks them agree: refunds that nobody is owed go to friends' accounts.

How a person sees it: ``permission_use`` has payouts by one maker, all approved by the same checker within seconds,
often from the maker's own terminal and late in the evening; ``movements`` has refunds to a few clients to whom no
withdrawal ever came back, round sums, taken out the same day; ``bank_statement`` has no money returned for them.

Size: money and friends. Stealth: small odd sums like real refunds, minutes until the approval, own terminal, more
friends. Speed: over how many days. ``revoke-permission`` stops it.
"""

from __future__ import annotations

from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US, SECOND_US
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, inside, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

MONEY_A_STEP_MINOR = 60_000 * YUAN
OWN_TERMINAL_FROM_STEALTH = 5


class Collusion(Scheme):
    """Two desks that were made to watch each other."""

    usual_days = 15

    def prepare(self) -> None:
        self.maker, self.checker = self.employ("finance-desk"), self.employ("finance-check")
        self.friends = self.accounts(1 + self.size * self.stealth // 10, days_before=10 + 4 * self.stealth)

    def act(self, day: Day) -> None:
        if self.force("revoke-permission", day.number):
            return
        mean = self.hidden_or(45_000, 1_800) * YUAN
        count = self.due_today(day, max(2, self.size * MONEY_A_STEP_MINOR // mean))
        for _ in range(count):
            step = (1_000 if self.is_open() else 1) * YUAN
            self._refund(day, max(step, whole(mean * self.draw.between(650, 1350) // 1000, step)))

    def _refund(self, day: Day, amount: int) -> None:
        friend, at_us = self.draw.pick(self.friends), self.desk_us(day)
        checked_us = at_us + self.draw.between(2, self.hidden_or(8, 2400)) * SECOND_US
        on, system = self.number(friend), "custody-desk"
        self.uses(day, at_us, self.maker, system, "payout.make", on=on, approved_by=self.checker.number)
        terminal = "" if self.stealth >= OWN_TERMINAL_FROM_STEALTH else f"office-{self.maker.seat:03d}"
        self.uses(day, checked_us, self.checker, system, "payout.approve", on=on, terminal=terminal)
        booked_us = inside(day, checked_us + 5 * SECOND_US)
        day.move(
            self.plot, Part.HARM, booked_us, MovementKind.REFUND, amount, SUMMARY, on,
            instructed_by=self.maker.number, banked=False,
        )  # fmt: skip
        self._bring(friend, amount)
        out_us = booked_us + self.draw.between(10, self.hidden_or(40, 300)) * MINUTE_US
        self.withdraw(day, Part.DEED, out_us, friend, whole(amount * 95 // 100, 10 * YUAN))


INCIDENT = IncidentKind(
    "maker-checker-collusion",
    Family.OPERATIONAL,
    Words("Maker and checker collude", "经办与复核串通"),
    Words(
        "Two of the finance desk approve each other's payouts: invented refunds go to friends, who take them out.",
        "资金经办与复核人员串通，虚构退款划入同伙账户，几秒内完成复核，同伙当日提现，四眼原则形同虚设。",
    ),
    Collusion.usual_days,
    ("permission_use", "movements", "bank_statement"),
    Collusion.begin,
)
