"""Fictitious loans (假标): borrowers who do not exist are lent real money, which goes round two corners and is gone.

How a person sees it: ``loans`` has new borrowers with large loans soon after joining; ``permission_use`` has one
reviewer passing them within a minute, without ever reading the client, and approvals nobody countersigned; in
``movements`` the proceeds go within a day to one shell account, on to a second, and out to one bank card.

Size: borrowers. Stealth: smaller loans, older accounts, a phone each, the client read before the review, hours or
days between hops, first instalments paid. Speed: days over which they apply, and time between hops.
``revoke-permission`` stops it.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US, SECOND_US
from bulkhead.simulation.incidents._borrowing import Borrowing
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

READS_FROM_STEALTH = 5
RATE_BP = 1_400  # good enough to be filled fast


class FictitiousLoans(Borrowing):
    """A reviewer invents borrowers; two shells take the money on."""

    usual_days = 15

    def prepare(self) -> None:
        phones = 0 if self.stealth > 7 else self.hidden_or(1, 8)
        self.phantoms = self.accounts(
            2 * self.size, days_before=2 + 4 * self.stealth, devices=phones, borrows=True, used=self.stealth > 4
        )
        self.shells = self.accounts(2, days_before=15 + 5 * self.stealth)
        self.card = self.stranger_card()
        self.reviewer, self.lead = self.employ("loan-review"), self.someone("loan-lead")
        self.applied = 0

    def act(self, day: Day) -> None:
        if self.force("revoke-permission", day.number):
            return
        for _ in range(self.due_today(day, len(self.phantoms))):
            phantom = self.phantoms[self.applied]
            self.applied += 1
            self._wave_through(day, phantom)
            yuan = self.hidden_or(120_000, 25_000) * self.draw.between(80, 120) // 100_000 * 1_000
            paid = self.hidden_or(0, 3)
            self.borrow(day, phantom, yuan, months=12, rate_bp=RATE_BP, then=self._pass_on, paid_months=paid)

    def _wave_through(self, day: Day, phantom: int) -> None:
        at_us, on = self.desk_us(day), self.number(phantom)
        if self.stealth >= READS_FROM_STEALTH:
            self.uses(day, at_us - 4 * MINUTE_US, self.reviewer, "client-desk", "client.read", on=on)
        self.uses(day, at_us, self.reviewer, "loan-desk", "loan.review", on=on)
        countersigned = ABSENT if self.is_open() else self.someone("head").number
        then_us = at_us + self.draw.between(20, self.hidden_or(50, 7200)) * SECOND_US
        self.uses(day, then_us, self.lead, "loan-desk", "loan.approve", on=on, approved_by=countersigned)

    def _pass_on(self, day: Day, phantom: int) -> None:
        """First hop, on the morning after the money came."""
        at_us = self.moment_us(day, 8, 3)
        first = self.shells[0]
        moved = self.transfer(day, Part.DEED, at_us, phantom, first, whole(self.has(day, phantom) * 96 // 100))
        if self.stealth > 5:
            self.later(day.number + self.hurried(3, 1), partial(self._second_hop, amount=moved, from_us=0))
        else:
            self._second_hop(day, moved, at_us + self.hurried(150, 5) * MINUTE_US)

    def _second_hop(self, day: Day, amount: int, from_us: int) -> None:
        at_us = from_us or self.moment_us(day, 9, 6)
        first, second = self.shells
        moved = self.transfer(
            day, Part.DEED, at_us, first, second, whole(amount * self.hidden_or(1000, 900) // 1000)
        )
        out_us = at_us + self.hurried(180, 8) * MINUTE_US
        self.withdraw(day, Part.HARM, out_us, second, whole(moved, 10 * YUAN), card=self.card)


INCIDENT = IncidentKind(
    "fictitious-loans",
    Family.MORAL_HAZARD,
    Words("Loans to borrowers who do not exist", "虚构借款标的"),
    Words(
        "A reviewer invents borrowers. Lenders fill their loans, and within three hops the money is on one card.",
        "审核人员虚构借款人发布假标，出借人资金放款后经两个空壳账户中转，三跳之内汇入同一张银行卡。",
    ),
    FictitiousLoans.usual_days,
    ("loans", "permission_use", "movements", "accounts"),
    FictitiousLoans.begin,
)
