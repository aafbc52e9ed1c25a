"""Loans: borrowers apply, lenders bid, a full loan is paid out, and is repaid month by month."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from bulkhead.simulation.calendar import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.lending.town import YUAN, Client, Town

LOAN_MINOR_MAX = 200_000 * YUAN  # the legal limit of one person on one platform
BID_MINOR_MIN = 500 * YUAN
OPEN_DAYS = 4  # days a loan takes bids; the money set aside is free again a day later
BETWEEN_COLLECTIONS_US = 400_000  # the platform collects share by share
LATE_PER_MILLE = 40


@dataclass(slots=True)
class Bid:
    """A lender's part of a loan."""

    lender: Client
    amount_minor: int
    hold: str = ""  # the id of the movement that set the money aside


@dataclass(slots=True)
class Loan:
    borrower: Client
    amount_minor: int
    months: int
    rate_per_mille: int  # a year
    closes_us: int
    bids: list[Bid] = field(default_factory=list)
    taking_bids: bool = True

    @property
    def missing_minor(self) -> int:
        return self.amount_minor - sum(bid.amount_minor for bid in self.bids)

    def instalment_minor(self, share_minor: int) -> int:
        """What one month brings on a share of the loan, principal and interest."""
        return share_minor * (12_000 + self.rate_per_mille * self.months) // 12_000 // self.months


class LoanMarket:
    """All loans of the town and what happens to them."""

    def __init__(self, town: Town, draw: Draw) -> None:
        self.town = town
        self.draw = draw
        self.open: list[Loan] = []
        self._indebted: set[str] = set()

    def start(self) -> None:
        """Loans from before the first day, already paid out, so that the month has repayments."""
        for borrower in self.town.borrowers:
            first_day = self.town.calendar.day_of(borrower.joined_us) == 0
            if first_day and self.draw.chance(550):
                self._old_loan(borrower)
        for day in range(self.town.calendar.days):
            for borrower in self.town.borrowers:
                if self.draw.chance(150):
                    now_us = self.town.calendar.moment_us(self.draw, day)
                    self.town.at(now_us, partial(self.apply, borrower))

    def apply(self, borrower: Client, now_us: int) -> None:
        """A loan opens for bids, if the borrower has an account and no other loan."""
        if borrower.name in self._indebted or borrower.name not in self.town.free_minor:
            return
        loan = self._new_loan(borrower, self.town.calendar.day_of(now_us) + OPEN_DAYS)
        self.open.append(loan)
        self.town.at(loan.closes_us, partial(self._close, loan))

    def bid(self, lender: Client, now_us: int) -> None:
        """The lender sets money aside for one open loan, as much as the lender likes, has, and is missing."""
        loans = [loan for loan in self.open if now_us < loan.closes_us]
        if not loans or lender.retired:
            return
        # A loan that is nearly full draws lenders.
        loan = min(self.draw.pick_many(loans, 3), key=lambda each: each.missing_minor)
        liked = self.draw.amount_minor(500 * YUAN, 7_000 * YUAN, 500 * YUAN)
        free = self.town.free(lender) // (100 * YUAN) * 100 * YUAN
        missing = loan.missing_minor
        amount = min(liked if missing - liked >= BID_MINOR_MIN else missing, free, missing)
        if amount < BID_MINOR_MIN:
            return
        expires_us = loan.closes_us + DAY_US
        hold = self.town.place_bid(lender, loan.borrower, amount, now_us, expires_us=expires_us)
        bid = Bid(lender, amount, hold)
        loan.bids.append(bid)
        if loan.missing_minor == 0:
            self._fill(loan, now_us)
        elif self.draw.chance(20):
            self.town.at(now_us + self.draw.between(2, 40) * MINUTE_US, partial(self._regret, loan, bid))

    def _regret(self, loan: Loan, bid: Bid, now_us: int) -> None:
        if loan.taking_bids and now_us < loan.closes_us:
            loan.bids.remove(bid)
            self.town.void_bid(bid.lender, loan.borrower, bid.amount_minor, now_us, hold=bid.hold)

    def _close(self, loan: Loan, now_us: int) -> None:
        """Not full in time: the bids lapse a day later."""
        if not loan.taking_bids:
            return
        self._stop_bids(loan)
        self._indebted.discard(loan.borrower.name)
        for bid in loan.bids:
            self.town.at(now_us + DAY_US, partial(self._lapse, bid))

    def _lapse(self, bid: Bid, now_us: int) -> None:
        self.town.expire(bid.lender.name, bid.amount_minor)

    def _fill(self, loan: Loan, now_us: int) -> None:
        """Full: paid out after a last check, then the platform takes its charge and the borrower the money."""
        self._stop_bids(loan)
        pay_out_us = now_us + self.draw.between(5 * 60, 50 * 60) * SECOND_US
        for i, bid in enumerate(loan.bids):
            self.town.at(pay_out_us + i * BETWEEN_COLLECTIONS_US, partial(self._pay_out, loan, bid))
        done_us = pay_out_us + len(loan.bids) * BETWEEN_COLLECTIONS_US
        self.town.at(done_us + 2 * SECOND_US, partial(self._charge, loan))
        self.town.at(self._waking(done_us + self.draw.between(10, 300) * MINUTE_US), partial(self._use, loan))
        self._plan_repayments(loan, self.town.calendar.day_of(done_us) + 30)

    def _pay_out(self, loan: Loan, bid: Bid, now_us: int) -> None:
        self.town.disburse(bid.lender, loan.borrower, bid.amount_minor, now_us, hold=bid.hold)

    def _charge(self, loan: Loan, now_us: int) -> None:
        self.town.fee(loan.borrower, loan.amount_minor * 12 // 1000, now_us)

    def _use(self, loan: Loan, now_us: int) -> None:
        """The borrower takes the loan to the own bank account, keeping a little."""
        amount = (self.town.free(loan.borrower) - self.draw.below(200) * YUAN) // YUAN * YUAN
        if amount > 0:
            self.town.withdraw(loan.borrower, amount, now_us)

    def _waking(self, at_us: int) -> int:
        """The same moment, or the next morning when it falls into the night."""
        day = self.town.calendar.day_of(at_us)
        hour = (at_us - self.town.calendar.midnight_us(day)) // HOUR_US
        return at_us + 8 * HOUR_US if hour < 7 or hour > 22 else at_us

    def _old_loan(self, borrower: Client) -> None:
        loan = self._new_loan(borrower, 0)
        loan.taking_bids = False
        lenders = [c for c in self.town.lenders if self.town.calendar.day_of(c.joined_us) == 0]
        chosen = self.draw.pick_many(lenders, self.draw.between(10, 26))
        share = loan.amount_minor // len(chosen)
        loan.bids = [Bid(lender, share) for lender in chosen]
        self._plan_repayments(loan, self.draw.between(2, 28))  # the money comes the day before

    def _plan_repayments(self, loan: Loan, due_day: int) -> None:
        """Month by month on the same day; the money arrives the evening before, or two days late."""
        calendar = self.town.calendar
        for day in range(due_day, calendar.days, 30):
            late = self.draw.chance(LATE_PER_MILLE)
            money_day = day + 2 if late else day - 1
            due_us = calendar.clock_us(day, 10) + self.draw.below(40 * MINUTE_US)
            self.town.at(calendar.moment_us(self.draw, money_day), partial(self._bring_money, loan))
            self.town.at(due_us, partial(self._collect, loan))
            if late:
                self.town.at(due_us + 3 * DAY_US, partial(self._collect, loan))

    def _bring_money(self, loan: Loan, now_us: int) -> None:
        due = sum(loan.instalment_minor(bid.amount_minor) for bid in loan.bids)
        gap = due - self.town.free(loan.borrower)
        if gap > 0:
            self.town.deposit(loan.borrower, -(-gap // (100 * YUAN)) * 100 * YUAN + 50 * YUAN, now_us)

    def _collect(self, loan: Loan, now_us: int) -> None:
        """Every lender's part in turn; when money is short the first attempt fails and the rest waits."""
        due = [loan.instalment_minor(bid.amount_minor) for bid in loan.bids]
        if self.town.free(loan.borrower) < sum(due):
            too_much = max(due[0], self.town.free(loan.borrower) + 1)
            self.town.repay(loan.borrower, loan.bids[0].lender, too_much, now_us)
            return
        for i, bid in enumerate(loan.bids):
            collect = partial(self.town.repay, loan.borrower, bid.lender, due[i])
            self.town.at(now_us + i * BETWEEN_COLLECTIONS_US, collect)

    def _new_loan(self, borrower: Client, closing_day: int) -> Loan:
        self._indebted.add(borrower.name)
        return Loan(
            borrower=borrower,
            amount_minor=self.draw.amount_minor(6_000 * YUAN, LOAN_MINOR_MAX, 1_000 * YUAN),
            months=self.draw.pick((3, 6, 12, 12, 24)),
            rate_per_mille=self.draw.between(70, 150),
            closes_us=self.town.calendar.midnight_us(closing_day),
        )

    def _stop_bids(self, loan: Loan) -> None:
        loan.taking_bids = False
        self.open.remove(loan)
