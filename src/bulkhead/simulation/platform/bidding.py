"""Loans from the application to the day they are paid out: bids, second thoughts, and money that moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MovementKind, Phase
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US, SECOND_US
from bulkhead.simulation.chance import MILLION
from bulkhead.simulation.fitted import quantiles, weights
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import FEE
from bulkhead.simulation.platform.habits import YUAN
from bulkhead.simulation.platform.hours import around_downtime_us, personal_moments_us, spread_us
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.platform.matching import matched
from bulkhead.simulation.platform.movement_rows import movement_rows, with_hold

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

LOAN_MINOR = (3_000 * YUAN, 200_000 * YUAN)  # the legal limit of one person on one platform
# The platforms' average terms (table platform-term), each counted to the nearest of these.
MONTHS, MONTH_WEIGHTS = np.array([1, 3, 6, 12, 18, 24]), (10, 27, 19, 5, 1, 2)
RATE_BP_MAX = 2_400  # the most the law protects
GRADES = "abcdef"
BID_MINOR_MIN = 500 * YUAN
BID_STEPS = (1, 1, 1, 2, 2, 3, 4, 5, 8, 10, 14, 20, 40)  # of 500 yuan
OPEN_DAYS = 5
APPLIES_PER_MILLION = 16_000  # of borrowers without a loan, on a day
REFERRED_PER_MILLION = 450_000
GUARANTEED_PER_MILLION = 600_000
OLD_LOANS_PER_MILLION = 620_000  # of borrowers of the first day
OLD_LENDERS = (5, 16)
AUTOMATIC_PER_MILLION = 450_000  # of lenders let a tool bid for them
BIDS_PER_MILLION = (50_000, 110_000)  # a day: by hand, by tool
REGRETS_PER_MILLION = 12_000
FEE_PER_MILLE = 12
BETWEEN_COLLECTIONS_US = 40_000
(
    _APPLIES, _AMOUNT, _TERM, _GRADE, _RATE, _REFERRED, _PARTNER, _GUARANTEED, _BIDS, _LIKED, _PICK, _AT,
    _REGRET, _REGRET_AT, _PAID_AT, _TAKES_AT, _KEEPS, _OLD, _OLD_COUNT, _OLD_LENDER, _OLD_AGE, _OLD_DUE, _TOOL,
) = range(23)  # fmt: skip


class Bidding:
    """Applications, bids, payment of full loans."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("bidding")
        self._next_hold = 0
        kinds = {
            kind: [p.number for p in platform.partners if p.kind == kind]
            for kind in ("loan-referral", "guarantor")
        }
        self._referrers, self._guarantors = (np.array(numbers or [ABSENT]) for numbers in kinds.values())
        self._lend_before_day_0()

    def live(self, day: Day) -> None:
        self._pay_out(day)
        self._apply(day)
        self._regret(day)
        self._bid(day)

    def morning(self, day_number: int) -> None:
        """Loans that were not full in time lapse, and a day later the money set aside for them is free."""
        loans = self.platform.loans
        ended = (loans.state == LoanState.OPEN) & (loans.closes_day <= day_number)
        loans.state[ended] = LoanState.LAPSED
        bids = loans.bids
        free = bids.take((loans.state[bids.loan] == LoanState.LAPSED) & (loans.closes_day[bids.loan] < day_number))
        money = self.platform.money
        money.lapse(free.lender.astype(np.int64), free.hold.astype(np.int64))
        money.forget_holds(int(bids.hold.min()) if len(bids.hold) else self._next_hold)

    def _apply(self, day: Day) -> None:
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        indebted = np.zeros(len(people), np.bool_)
        # Whoever has repaid a loan has to wait for a month: the house rule against rolling debts over.
        fresh = (loans.state == LoanState.REPAID) & (loans.due_day >= day.number)
        unfinished = (loans.state <= LoanState.LATE) | (loans.state == LoanState.DEFAULTED) | fresh
        indebted[loans.borrower[unfinished]] = True
        who = np.flatnonzero(people.borrows & people.active & ~indebted & (people.joined_day < day.number))
        who = who[chance.happens(APPLIES_PER_MILLION, who, day.number, _APPLIES)]
        loans.add_many(
            day.number,
            who,
            *self._terms(who, day.number),
            closes_day=day.number + OPEN_DAYS,
            **self._backing(who, day.number),
        )

    def _terms(self, who: NDArray[np.int64], day: int) -> tuple[NDArray[np.int64], ...]:
        """Amounts, months and rates of new loans."""
        chance = self._chance
        amount = quantiles("loan-amount").at(chance.words(who, day, _AMOUNT)) // (100 * YUAN) * 100 * YUAN
        months = MONTHS[chance.weighted(MONTH_WEIGHTS, who, day, _TERM)]
        grade = chance.weighted(weights("loan-grade")[: len(GRADES)], who, day, _GRADE)
        words = chance.words(who, day, _RATE)
        rates = np.stack([quantiles(f"loan-rate-{each}").at(words) for each in GRADES])
        return np.clip(amount, *LOAN_MINOR), months, np.minimum(rates[grade, np.arange(len(who))], RATE_BP_MAX)

    def _backing(self, who: NDArray[np.int64], day: int) -> dict[str, NDArray[np.int64]]:
        """Who referred the loan and who guarantees it."""
        chance = self._chance
        some = self._referrers[chance.below(len(self._referrers), who, day, _PARTNER)]
        backer = self._guarantors[chance.below(len(self._guarantors), who, day, _PARTNER, 1)]
        referred = chance.happens(REFERRED_PER_MILLION, who, day, _REFERRED)
        guaranteed = chance.happens(GUARANTEED_PER_MILLION, who, day, _GUARANTEED)
        return {"partner": np.where(referred, some, ABSENT), "guarantor": np.where(guaranteed, backer, ABSENT)}

    def _bid(self, day: Day) -> None:
        """Lenders set money aside, some by hand, some by a tool that is never tired."""
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        open_loans = np.flatnonzero((loans.state == LoanState.OPEN) & (loans.closes_day > day.number))
        lender, by_tool, counter = self._bidders(day)
        if not len(lender) or not len(open_loans):
            return
        steps = np.array(BID_STEPS)[chance.below(len(BID_STEPS), lender, day.number, _LIKED, counter)]
        draws = chance.below(1 << 30, lender, day.number, _PICK, counter)
        missing = loans.amount_minor[open_loans] - loans.bid_minor[open_loans]
        chosen, amount = matched(lender, steps * BID_MINOR_MIN, draws, day.left_minor, missing, BID_MINOR_MIN)
        made = chosen >= 0
        lender, by_tool, counter, amount = lender[made], by_tool[made], counter[made], amount[made]
        loan = open_loans[chosen[made]]
        by_hand_us = personal_moments_us(chance, people.night_owl[lender], lender, day.number, _AT)
        by_hand_us = around_downtime_us(
            np.minimum(by_hand_us, 23 * HOUR_US) + counter * 40 * SECOND_US, day.conditions.down_minutes
        )
        at_us = np.where(
            by_tool,
            spread_us(chance, 10 * HOUR_US, 10 * HOUR_US + 5 * MINUTE_US, lender, day.number, _AT, counter),
            by_hand_us,
        )
        hold = self._next_hold + np.arange(len(loan))
        self._next_hold += len(loan)
        rows = movement_rows(
            MovementKind.BID, day.midnight_us + at_us, amount, people.number[lender],
            people.number[loans.borrower[loan]], device=np.where(by_tool, ABSENT, people.device[lender]),
        )  # fmt: skip
        lapses_us = (
            self.platform.calendar.midnight_us(0) + (loans.closes_day[loan].astype(np.int64) + 1) * 24 * HOUR_US
        )
        day.movements.append(with_hold(rows, Phase.PLACE, hold, lapses_us))
        loans.bids.add(loan, lender, amount, hold)
        np.add.at(loans.bid_minor, loan, amount)
        full = open_loans[loans.bid_minor[open_loans] == loans.amount_minor[open_loans]]
        loans.state[full] = LoanState.FILLED

    def _bidders(self, day: Day) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
        """A row for each bid somebody would make, in an order that favours nobody."""
        people, chance = self.platform.people, self._chance
        rich = np.flatnonzero(people.lends & ~people.dormant & (day.left_minor >= BID_MINOR_MIN))
        by_hand, by_tool = (
            min(each * day.conditions.bids_per_mille // 1000, MILLION) for each in BIDS_PER_MILLION
        )
        visit = rich[chance.happens(by_hand, rich, day.number, _BIDS)]
        tool = rich[chance.happens(AUTOMATIC_PER_MILLION, rich, _TOOL)]
        tool = tool[chance.happens(by_tool, tool, day.number, _BIDS, 2)]
        who = np.concatenate([visit, tool])
        is_tool = np.arange(len(who)) >= len(visit)
        times = 1 + chance.below(3, who, day.number, _BIDS, 1)
        counter = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        counter += 3 * np.repeat(is_tool, times)  # the same person may do both on one day
        who, is_tool = np.repeat(who, times), np.repeat(is_tool, times)
        order = np.argsort(chance.words(who, day.number, _PICK, counter, 1), kind="stable")
        return who[order], is_tool[order], counter[order]

    def _regret(self, day: Day) -> None:
        """Before a loan is full, a bid can be taken back on a later day."""
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        bids = loans.bids
        open_still = (loans.state[bids.loan] == LoanState.OPEN) & people.active[bids.lender]
        unsure = chance.happens(REGRETS_PER_MILLION, bids.hold.astype(np.int64), day.number, _REGRET)
        back = bids.take(open_still & unsure)
        np.subtract.at(loans.bid_minor, back.loan, back.amount_minor)
        at_us = personal_moments_us(chance, people.night_owl[back.lender], back.hold.astype(np.int64), _REGRET_AT)
        at_us = day.midnight_us + around_downtime_us(at_us, day.conditions.down_minutes)
        rows = movement_rows(
            MovementKind.BID, at_us, back.amount_minor, people.number[back.lender],
            people.number[loans.borrower[back.loan]], device=people.device[back.lender],
        )  # fmt: skip
        day.movements.append(with_hold(rows, Phase.VOID, back.hold.astype(np.int64)))

    def _pay_out(self, day: Day) -> None:
        """Full since yesterday: lender by lender to the borrower, who pays the charge and takes the rest home."""
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        filled = np.flatnonzero(loans.state == LoanState.FILLED)
        paid = loans.bids.take(loans.state[loans.bids.loan] == LoanState.FILLED)
        if not len(filled):
            return
        loan = paid.loan.astype(np.int64)
        loans.add_shares(loan, paid.lender, paid.amount_minor)
        loans.state[filled] = LoanState.RUNNING
        loans.due_day[filled] = day.number + 30
        start_us = (
            spread_us(chance, 9 * HOUR_US, 10 * HOUR_US, filled, _PAID_AT)
            + chance.below(5, filled, _PAID_AT, 1) * HOUR_US
        )
        which, share = loans.shares_in(filled)
        within = share - loans.first_share[filled][which]
        at_us = day.midnight_us + start_us[which] + within * BETWEEN_COLLECTIONS_US
        borrower = people.number[loans.borrower[filled]]
        rows = movement_rows(
            MovementKind.DISBURSEMENT, at_us, paid.amount_minor, people.number[paid.lender], borrower[which]
        )
        day.movements.append(with_hold(rows, Phase.POST, paid.hold.astype(np.int64)))
        self._take_home(day, filled, start_us + loans.share_count[filled] * BETWEEN_COLLECTIONS_US + 2 * SECOND_US)

    def _take_home(self, day: Day, loan: NDArray[np.int64], at_us: NDArray[np.int64]) -> None:
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        borrower = loans.borrower[loan].astype(np.int64)
        fee = loans.amount_minor[loan] * FEE_PER_MILLE // 1000
        day.movements.append(
            movement_rows(MovementKind.FEE, day.midnight_us + at_us, fee, people.number[borrower], FEE)
        )
        rest = (loans.amount_minor[loan] - fee - chance.below(200 * YUAN, loan, _KEEPS)) // YUAN * YUAN
        later_us = at_us + spread_us(chance, 10 * MINUTE_US, 70 * MINUTE_US, loan, _TAKES_AT)
        free_to = people.active[borrower]
        self.platform.spending.withdraw(day, borrower[free_to], rest[free_to], later_us[free_to])

    def _lend_before_day_0(self) -> None:
        """Loans that were paid out before the world begins, so that the first month has repayments."""
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        who = np.flatnonzero(people.borrows & (people.joined_day == 0))
        who = who[chance.happens(OLD_LOANS_PER_MILLION, who, _OLD)]
        lenders = np.flatnonzero(people.lends & (people.joined_day == 0))
        if not len(lenders):
            return
        amount, months, rate = self._terms(who, -1)
        loan = loans.add_many(
            -30, who, amount, months, rate, state=int(LoanState.RUNNING), closes_day=-25, bid_minor=amount,
            paid_months=chance.below(months, who, _OLD_AGE), due_day=chance.between(1, 30, who, _OLD_DUE),
            **self._backing(who, -1),
        )  # fmt: skip
        count = chance.between(*OLD_LENDERS, who, _OLD_COUNT)
        which = np.repeat(np.arange(len(who)), count)
        lender = lenders[chance.below(len(lenders), np.arange(len(which)), _OLD_LENDER)]
        loans.add_shares(loan[which], lender, (amount // count)[which])
