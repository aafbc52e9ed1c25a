"""A company that refers borrowers sends a bundle of bought identities; none of them ever pays an instalment.

How a person sees it: ``partner_deliveries`` has its referrals jump, and weeks later its first-payment
defaults; ``loans`` has its new borrowers with like amounts, several worked from one phone; in
``movements`` each empties the account within hours to a few shared cards; lenders complain a month on.

Size: borrowers. Stealth: a phone and card each, smaller loans, one or two instalments paid first.
Speed: weeks over which they come. ``suspend-partner`` stops it: nobody comes any more.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._borrowing import Borrowing
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._papers import papers_of
from bulkhead.simulation.incidents._scheme import whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part
from bulkhead.simulation.surroundings.partner_reports import PARTNER_DELIVERIES

FIRST_DUE_DAYS = 35
RATE_BP = 1_300


class PartnerFraud(Borrowing):
    """One referral company and the people whose identities it bought."""

    usual_days = 25
    after_days = 75

    def prepare(self) -> None:
        referrers = [each for each in self.platform.partners if each.kind == "loan-referral"]
        self.partner = self.draw.pick(referrers)
        self.plot.actors.append(self.partner.name)
        phones = 0 if self.stealth > 7 else self.hidden_or(2, 12)
        self.identities = self.accounts(
            3 * self.size, days_before=2 + self.stealth, devices=phones, borrows=True, used=self.stealth > 5
        )
        self.cards = [self.stranger_card() for _ in range(self.hidden_or(1, 2 * self.size))]
        self.came = 0

    def act(self, day: Day) -> None:
        day.afterwards.append(self._read_papers)
        if self.force("suspend-partner", day.number) or self.course.over_on(day.number):
            return
        for _ in range(self.due_today(day, len(self.identities))):
            client = self.identities[self.came]
            self.came += 1
            yuan = self.hidden_or(60_000, 18_000) * self.draw.between(85, 115) // 100_000 * 1_000
            self.borrow(
                day, client, yuan, months=12, rate_bp=RATE_BP, then=self._run_off, partner=self.partner.number,
                paid_months=self.hidden_or(0, 2),
            )  # fmt: skip

    def _read_papers(self, day: Day) -> None:
        """Its own figures, which are true, say what is going on."""
        for item, values, row in papers_of(day, self.partner):
            if (item == "referred-loans" and self.came) or (item == "first-payment-default" and values[row]):
                self.plot.note_records(PARTNER_DELIVERIES.code, 1, day.at(12))

    def _run_off(self, day: Day, client: int) -> None:
        """The money leaves on the day it is seen."""
        at_us = self.moment_us(day, 8, 3) + self.hurried(360, 5) * MINUTE_US
        goods = whole(self.has(day, client) * self.hidden_or(100, 92) // 100, 10 * YUAN)
        card = ABSENT if self.stealth > 7 else self.draw.pick(self.cards)
        self.withdraw(day, Part.HARM, at_us, client, goods, card=card)
        loan = int(self.platform.loans.of(client)[-1])
        late = FIRST_DUE_DAYS + 30 * self.hidden_or(0, 2) + self.draw.below(10)
        self.later(day.number + late, partial(self._lender_complains, loan=loan))

    def _lender_complains(self, day: Day, loan: int) -> None:
        lenders = self.platform.loans.shares_of(loan)[0].tolist()
        for lender in self.draw.pick_many(sorted(set(lenders)), 2):
            self.complains(day, lender, "repayment")


INCIDENT = IncidentKind(
    "partner-fraud",
    Family.MORAL_HAZARD,
    Words("A partner refers bought identities", "合作方欺诈骗贷"),
    Words(
        "A referral company brings borrowers whose names it bought. Their loans go to a few cards and are not repaid.",
        "助贷合作方批量引入买来的身份骗取借款，放款当日汇往少数银行卡，首期即告逾期。",
    ),
    PartnerFraud.usual_days,
    ("partner_deliveries", "loans", "movements", "complaints"),
    PartnerFraud.begin,
)
