"""Ponzi repayment (借新还旧): what earlier lenders get back is what new lenders brought, by way of related accounts.

How a person sees it: in ``movements`` a few accounts gather transfers from ever more lenders and pay "repayments" to
lenders who never lent them anything, out of the money of the same day; both grow week by week; the accounts borrow
nothing in ``loans``. At the end the gathering accounts are emptied to one card, ``complaints`` about repayment
pour in, and a run follows.

Size: money. Stealth: more accounts, an inner one between taking and paying, payments on the next day, smaller sums.
Speed: weeks or days until it breaks. It sets off run-on-withdrawals, the fiercer the larger it was.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, pieces_of, whole
from bulkhead.simulation.incidents._traces import post
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials, Part

MONEY_A_STEP_MINOR = 120_000 * YUAN
TERM_PER_MILLE = 200  # of the course: after so long a lender is paid back
GAIN_PER_MILLE = 40
SKIM_PER_MILLE = 120  # of what comes in goes to the operator at once
INNER_FROM_STEALTH = 5
TEXTS = ("{us}新项目年化15%，到期准时兑付，先到先得", "朋友推荐的{us}转让专区，利息高又稳，刚回款一笔")


class PonziRepayment(Scheme):
    """Promises are kept as long as more comes in than falls due."""

    usual_days = 45

    def prepare(self) -> None:
        self.takers = self.accounts(self.hidden_or(1, 7), days_before=15 + 3 * self.stealth)
        self.inner = self.accounts(1, days_before=15 + 3 * self.stealth)[0]
        self.card = self.stranger_card()
        self.owed: list[tuple[int, int, int]] = []  # day it falls due, lender, minor units
        self.term_days = max(1, self.course.days * TERM_PER_MILLE // 1000)

    def act(self, day: Day) -> None:
        total = self.size * MONEY_A_STEP_MINOR
        new = self.course.level(day.number, total, late_per_mille=700)
        new -= self.course.level(day.number - 1, total, late_per_mille=700) if self.course.age(day.number) else 0
        paid_from = self._pay_old(day, early=True) if self.stealth > 3 else 0
        self._take_new(day, whole(new))
        if not paid_from and self.stealth <= 3:
            self._pay_old(day, early=False)
        if self.course.falls_on(day.number, 5 + self.stealth):
            post(self, day, "advertising", TEXTS, self.hidden_or(4, 0))
        if self.is_last(day):
            self.later(day.number + 1, self._break)

    def _take_new(self, day: Day, amount: int) -> None:
        """Lenders buy "claims" that promise much; the operator's cut leaves at once."""
        piece = self.hidden_or(9_000, 2_500) * YUAN
        count = -(-amount // piece) if amount else 0
        lenders = self.regulars(count, day.number, least_yuan=1_500)
        for lender, wish in zip(lenders, pieces_of(self, amount, count, uneven_per_mille=400), strict=False):
            # What is repaid today may come later in the day than it would be lent again.
            sum_minor = min(wish, whole((self.has(day, lender) - self._brought.get(lender, 0)) * 8 // 10))
            at_us, taker = self.moment_us(day, 9, 4), self.draw.pick(self.takers)
            moved = self.transfer(day, Part.DEED, at_us, lender, taker, sum_minor)
            if moved:
                self.owed.append((day.number + self.term_days, lender, moved * (1000 + GAIN_PER_MILLE) // 1000))
                cut = whole(moved * SKIM_PER_MILLE // 1000, 10 * YUAN)
                self.withdraw(day, Part.HARM, at_us + 40 * MINUTE_US, taker, cut, card=self.card)

    def _pay_old(self, day: Day, *, early: bool) -> int:
        """Those whose time has come; ``early``: before today's money is in, from what was left yesterday."""
        due = [each for each in self.owed if each[0] <= day.number]
        paid = 0
        for entry in due:
            payer = max(self.takers, key=lambda taker: (self.has(day, taker), -taker))
            if self.has(day, payer) < entry[2]:
                break
            at_us = self.moment_us(day, 8 if early else 15, 3)
            if self.stealth >= INNER_FROM_STEALTH:
                self.transfer(day, Part.DEED, at_us - 20 * MINUTE_US, payer, self.inner, entry[2])
                payer = self.inner
            paid += self.transfer(day, Part.DEED, at_us, payer, entry[1], entry[2], kind=MovementKind.REPAYMENT)
            self.owed.remove(entry)
        return paid

    def _break(self, day: Day) -> None:
        """The operator takes the rest and is gone; those who are owed complain for days, and everybody runs."""
        for taker in (*self.takers, self.inner):
            rest = whole(self.has(day, taker), 10 * YUAN)
            self.withdraw(day, Part.HARM, self.night_or_day_us(day), taker, rest, card=self.card)
        victims = sorted({lender for _, lender, _ in self.owed})
        self.cast(victims)
        for victim in victims:
            wait = 1 + self.draw.below(5 + self.stealth)
            self.later(day.number + wait, partial(self.complains, client=victim, topic="repayment"))
        self.set_off(day, "run-on-withdrawals", Dials(max(1, self.size - 1), 2, 6), in_days=2)


INCIDENT = IncidentKind(
    "ponzi-repayment",
    Family.MORAL_HAZARD,
    Words("Old lenders paid with new lenders' money", "借新还旧的庞氏兑付"),
    Words(
        "A few accounts take in new lenders' money and repay earlier ones from it, until the operator makes off.",
        "几个关联账户以高息吸收新出借人资金，用来兑付到期的老出借人，规模越滚越大，最终操盘人卷款离开并引发挤兑。",
    ),
    PonziRepayment.usual_days,
    ("movements", "loans", "posts", "complaints"),
    PonziRepayment.begin,
)
