"""Pooled funds (资金池): the platform moves clients' money to its own account under whatever name will do.

How a person sees it: ``movements`` has debits of forgotten and of rich clients that the finance desk instructed and no
client did: straight to the platform's own account, to a friend's account, as a "service fee" of thousands; then a
sweep larger than the fees ever earned, and payments to the owner's company. ``permission_use`` has the payouts
without a second pair of eyes, late in the evening; clients complain of fees.

Size: money and clients touched. Stealth: seldom straight, mostly small fees with the client named as instructing,
office hours. Speed: over how many days. ``revoke-permission`` stops it: others at the desk do not join in.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import FEE, OWN, SUMMARY
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

HOLDING = "company:river-mouth-holding"
STRAIGHT, AS_FEE, BY_FRIEND, FORGED_FEE = range(4)


class PooledFunds(Scheme):
    """The owner's finance desk; once the money is pooled, the owner spends it."""

    usual_days = 12

    def prepare(self) -> None:
        self.desk = self.employ("finance-desk")
        self.checker = self.someone("finance-check")
        self.friend = self.accounts(1, days_before=20 + 4 * self.stealth)[0]
        self.plot.actors.append(HOLDING)
        self.touched: set[int] = set()
        self.as_fees = self.pooled = 0

    def act(self, day: Day) -> None:
        self._sweep_up(day)
        if self.force("revoke-permission", day.number):
            return
        count = self.due_today(day, self.hidden_or(3, 12) * self.size)
        for victim in self._victims(day, count):
            share = self.hidden_or(700, 60) * self.draw.between(70, 130) // 100
            step = (1_000 if self.is_open() else 1) * YUAN
            amount = whole(self.has(day, victim) * min(share, 1000) // 1000, step)
            if amount > 0:
                self._help_oneself(day, victim, amount)
        if self.is_last(day):
            self.later(day.number + 1, self._sweep_up)

    def _victims(self, day: Day, count: int) -> list[int]:
        """Those who forgot their money first, a few who have much as well."""
        asleep = self.sleepers(2 * count, day.number, least_yuan=3_000)
        fit = [client for client in asleep if client not in self.touched][:count]
        fit += [c for c in self.regulars(count, day.number, least_yuan=5_000) if c not in self.touched | set(fit)]
        self.touched.update(fit[:count])
        return self.cast(fit[:count])

    def _help_oneself(self, day: Day, victim: int, amount: int) -> None:
        at_us, on = self.desk_us(day), self.number(victim)
        signed = ABSENT if self.is_open() else self.checker.number
        self.uses(day, at_us - MINUTE_US, self.desk, "custody-desk", "payout.make", on=on, approved_by=signed)
        weights = (max(1, 6 - self.stealth), 4, 2, 2 * self.stealth)
        way = self.draw.weighted(weights)
        by = self.desk.number
        if way == STRAIGHT:
            kind, credit = MovementKind.TRANSFER, OWN
        elif way == BY_FRIEND:
            kind, credit = MovementKind.TRANSFER, self.number(self.friend)
        else:
            kind, credit = MovementKind.FEE, FEE
            by = by if way == AS_FEE else on
        moved = self.pay(day, Part.HARM, at_us, kind, amount, victim, credit, instructed_by=by)
        if credit == FEE:
            self.as_fees += moved
            self.later(day.number + 2 + self.draw.below(12), partial(self._ask_about_fee, victim=victim))
        self.pooled += moved

    def _ask_about_fee(self, day: Day, victim: int) -> None:
        """Who looks at the account asks; who forgot it does not."""
        if not self.platform.people.dormant[victim] and self.draw.chance(self.hidden_or(900, 200)):
            self.complains(day, victim, "fee")

    def _sweep_up(self, day: Day) -> None:
        """Once a morning what was called fees goes to the own account, and most of the pool to the holding."""
        if self.pooled <= 0:
            return
        at_us, desk = self.moment_us(day, 9, 3), self.desk.number
        swept = min(self.as_fees, self._fees_left(day))
        if swept > 0:
            day.move(self.plot, Part.DEED, at_us, MovementKind.SWEEP, swept, FEE, OWN, instructed_by=desk)
        out_us = at_us + self.draw.between(30, 300) * MINUTE_US
        spent = whole(self.pooled * self.hidden_or(95, 60) // 100, YUAN)
        there = swept + self.platform.money.book_minor(OWN) * 8 // 10
        brought = min(spent, self.pooled - self._with_friend(day, out_us), there)
        if brought > 0:
            holding = self.platform.directory.number(HOLDING)
            day.move(
                self.plot, Part.DEED, out_us, MovementKind.OWN, brought, OWN, SUMMARY,
                payee=holding, instructed_by=desk,
            )  # fmt: skip
        self.as_fees = self.pooled = 0

    def _fees_left(self, day: Day) -> int:
        """In the fee account; on Mondays the regular sweep takes most of it, whatever it came from."""
        there = self.platform.money.book_minor(FEE)
        return there // 5 if self.platform.calendar.date_of(day.number).weekday() == 0 else there

    def _with_friend(self, day: Day, at_us: int) -> int:
        """The friend takes home what was parked there; it never reaches the own account."""
        parked = whole(self.has(day, self.friend) * 9 // 10, 10 * YUAN)
        return self.withdraw(day, Part.DEED, at_us, self.friend, parked)


INCIDENT = IncidentKind(
    "pooled-funds",
    Family.MORAL_HAZARD,
    Words("Clients' money pooled with the platform's own", "设立资金池、挪用客户资金"),
    Words(
        "The finance desk moves clients' money to the platform's own account, often as fees, and the owner spends it.",
        "平台财务以手续费、划转、归集等名目，将客户资金转入自有账户形成资金池，再支付给实际控制人的公司。",
    ),
    PooledFunds.usual_days,
    ("movements", "permission_use", "complaints"),
    PooledFunds.begin,
)
