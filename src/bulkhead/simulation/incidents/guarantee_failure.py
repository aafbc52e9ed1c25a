"""A guarantor that stands for many of the loans runs out of money and stops paying.

How a person sees it: ``partner_deliveries`` shows its net assets shrink from statement to statement while what it
guarantees grows past ten times of them, and claims unpaid pile up; in ``movements`` its compensation payments to
lenders grow rarer and smaller until they end; more instalments fail, lenders complain; then a run.

Size: how much it guaranteed. Stealth: its statements are polished until late and the payments go on longer.
Speed: a year or weeks. Truth: ``loss_minor`` is the claims it leaves unpaid; ``suspend-partner`` lessens them. It sets
off run-on-withdrawals.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._papers import papers_of
from bulkhead.simulation.incidents._scheme import Scheme, pieces_of
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials, Part
from bulkhead.simulation.surroundings.partner_reports import PARTNER_DELIVERIES

CLAIMS_A_STEP_MINOR = 60_000 * YUAN  # for the whole course, in a small world
CLAIMS_A_CLIENT_MINOR = 60 * YUAN  # and for each client of a large one
DEFAULTS_PER_MILLE = 120  # beyond the usual at the end, for each step of size
STATEMENT_EVERY_DAYS = 7
RUN_FROM_SIZE = 3
TEXTS = ("{us}的担保公司好像赔不出来了，逾期的标没人兜底", "听说给{us}做担保的公司被起诉了")


class GuaranteeFailure(Scheme):
    """The guarantor compensates lenders of late loans from its bank account, as long as it can."""

    usual_days = 40
    after_days = 120

    def prepare(self) -> None:
        guarantors = [each for each in self.platform.partners if each.kind == "guarantor"]
        self.partner = self.draw.pick(guarantors)
        self.plot.actors.append(self.partner.name)
        self.claims_minor = self.size * max(CLAIMS_A_STEP_MINOR, self.clients * CLAIMS_A_CLIENT_MINOR)
        self.unpaid_minor = 0

    def act(self, day: Day) -> None:
        if self.course.over_on(day.number):
            day.afterwards.append(lambda done: self._bend_statements(done, 1000))
            return
        gone = self.course.gone_per_mille(day.number)
        # The better it hides, the later its difficulties show.
        hidden = hidden_per_mille(self.stealth)
        seen = (gone * (1000 - hidden) + gone * gone // 1000 * gone // 1000 * hidden) // 1000
        day.conditions.defaults_per_mille += self.size * DEFAULTS_PER_MILLE * gone // 1000
        called = self.due_today(day, self.claims_minor)
        if self.force("suspend-partner", day.number):
            called = called * 2 // 5  # what it stands for already; nothing new is added
        able = max(0, 1000 - seen * 5 // 4)
        paid = self._compensate(day, called * able // 1000)
        self.unpaid_minor += called - paid
        self.plot.loss_minor += called - paid
        day.afterwards.append(lambda done: self._bend_statements(done, seen))
        if self.course.falls_on(day.number, STATEMENT_EVERY_DAYS):
            self._state_claims(day, seen)
        complain(self, day, "repayment", shown(self.size * gone // 1500, self.stealth))
        if self.is_last(day):
            self._fail(day)

    def _compensate(self, day: Day, amount: int) -> int:
        """Money from the guarantor's bank for lenders of late loans; gives how much."""
        lenders, paid = self.regulars(1 + self.size // 2, day.number), 0
        for lender, part in zip(
            lenders, pieces_of(self, amount, len(lenders), uneven_per_mille=500), strict=False
        ):
            self.deposit(day, Part.DEED, self.moment_us(day, 14, 2), lender, part, card=self.partner.number)
            paid += part
        return paid

    def _state_claims(self, day: Day, seen: int) -> None:
        told = self.unpaid_minor * seen // 1000
        late = shown(9, self.stealth) * seen // 1000
        row = (day.at(10 + late), self.partner.number, "claims-unpaid", told, "minor", day.at(10))
        day.note(PARTNER_DELIVERIES, self.plot, [row])

    def _bend_statements(self, day: Day, seen: int) -> None:
        """What it hands in of itself shows less net assets and more guarantees, as far as it shows."""
        for item, values, row in papers_of(day, self.partner):
            true = int(values[row])
            if item == "net-assets":
                values[row] = true * (1000 - seen * 9 // 10) // 1000
            elif item == "guaranteed-balance":
                values[row] = true * (1000 + seen * self.size // 5) // 1000
            elif item == "claims-unpaid" and true == 0:
                values[row] = self.unpaid_minor * seen // 1000
            if int(values[row]) != true:
                self.plot.note_records(PARTNER_DELIVERIES.code, 1, day.at(10))

    def _fail(self, day: Day) -> None:
        """From today on it pays nobody any more."""
        self.platform.loans.silent_guarantors.add(self.partner.number)
        post(self, day, "repayment", TEXTS, shown(2 + 2 * self.size, self.stealth), echoes=25)
        if self.size >= RUN_FROM_SIZE:
            self.set_off(day, "run-on-withdrawals", Dials(max(1, self.size - 1), 2, 6), in_days=2)


INCIDENT = IncidentKind(
    "guarantee-failure",
    Family.CREDIT,
    Words("A guarantor fails", "担保方丧失代偿能力"),
    Words(
        "The company that stands for a large part of the loans pays less and less and then nothing; lenders run.",
        "为大量借款提供担保的机构净资产不断缩水，代偿越来越少直至停止，逾期无人兜底，继而引发集中提现。",
    ),
    GuaranteeFailure.usual_days,
    ("partner_deliveries", "movements", "complaints", "posts"),
    GuaranteeFailure.begin,
)
