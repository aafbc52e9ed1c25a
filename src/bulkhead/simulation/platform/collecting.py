"""Repayments: money comes the day before, every lender gets a part, some borrowers are late, a few never pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US
from bulkhead.simulation.chance import MILLION
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.habits import YUAN
from bulkhead.simulation.platform.hours import personal_moments_us, spread_us
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.platform.movement_rows import movement_rows
from bulkhead.simulation.platform.streams import Block, Kind, Numbered, Stream

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

REPAYMENTS = Stream(
    "repayments",
    Words("Instalments collected and attempts that failed", "还款扣收记录"),
    {
        "time": Kind.TIME, "loan": Kind.TEXT, "instalment": Kind.NUMBER, "due_minor": Kind.MINOR,
        "paid_minor": Kind.MINOR, "days_late": Kind.NUMBER, "lenders": Kind.NUMBER, "early": Kind.FLAG,
    },
)  # fmt: skip
LATE_PER_MILLION = 40_000  # of instalments
LATE_DAYS = (1, 25)
STOPS_PER_MILLION = 4_000  # of borrowers pay no more, at an instalment
PREPAYS_PER_MILLION = 9_000  # pay all that is left, at an instalment
GIVEN_UP_AFTER_DAYS = 90
MONTH_DAYS = 30
BETWEEN_COLLECTIONS_US = 20_000
_STOPS, _LATE, _LATE_DAYS, _PREPAYS, _BRINGS_AT, _TAKEN_AT, _MORE, _BACKED_AT = range(8)


class Collecting:
    """Instalments of running loans."""

    streams = (REPAYMENTS,)

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("collecting")

    def live(self, day: Day) -> None:
        self._stop_paying(day)
        self._collect(day)
        self._bring_money(day)
        self._give_up(day)

    def _stop_paying(self, day: Day) -> None:
        """Some borrowers find, the day before an instalment, that they cannot pay any more."""
        loans = self.platform.loans
        near = np.flatnonzero((loans.state == LoanState.RUNNING) & (loans.due_day == day.number + 1) & loans.pays)
        likely = min(STOPS_PER_MILLION * day.conditions.defaults_per_mille // 1000, MILLION)
        loans.pays[near[self._chance.happens(likely, near, loans.paid_months[near], _STOPS)]] = False

    def _bring_money(self, day: Day) -> None:
        """What is lacking for tomorrow's instalment, or for one that is late by now, and a little more."""
        people, loans, chance = self.platform.people, self.platform.loans, self._chance
        willing = loans.pays & people.active[loans.borrower]
        tomorrow = np.flatnonzero(willing & (loans.state == LoanState.RUNNING) & (loans.due_day == day.number + 1))
        late = np.flatnonzero(willing & (loans.state == LoanState.LATE))
        tomorrow = tomorrow[~chance.happens(LATE_PER_MILLION, tomorrow, loans.paid_months[tomorrow], _LATE)]
        waited = chance.between(*LATE_DAYS, late, loans.paid_months[late], _LATE_DAYS)
        loan = np.concatenate([tomorrow, late[loans.late_since[late] + waited == day.number]])
        borrower = loans.borrower[loan].astype(np.int64)
        due = self._due_minor(loan)
        gap = due - day.left_minor[borrower]
        day.left_minor[borrower] = np.maximum(-gap, 0)  # what is there is kept for it
        amount = np.where(gap > 0, -(-gap // (100 * YUAN)) * 100 * YUAN, 0) + 50 * YUAN * (gap > 0)
        at_us = personal_moments_us(chance, people.night_owl[borrower], loan, day.number, _BRINGS_AT)
        self.platform.saving.deposit(day, borrower, amount, at_us)

    def _collect(self, day: Day) -> None:
        """Every lender's part in turn; when money is short the first attempt fails and the rest waits."""
        loans = self.platform.loans
        state = loans.state
        loan = np.flatnonzero(
            ((state == LoanState.RUNNING) | (state == LoanState.LATE)) & (loans.due_day == day.number)
        )
        due = self._due_minor(loan)
        borrower = loans.borrower[loan].astype(np.int64)
        enough = day.left_minor[borrower] >= due
        at_us = spread_us(self._chance, 9 * HOUR_US, 10 * HOUR_US, loan, day.number, _TAKEN_AT)
        self._record(day, loan, due, enough, at_us)
        self._take(day, loan[enough], at_us[enough])
        self._fail(day, loan[~enough], at_us[~enough])
        day.left_minor[borrower[enough]] -= due[enough]

    def _record(
        self, day: Day, loan: NDArray[np.int64], due: NDArray[np.int64], paid: NDArray[np.bool_],
        at_us: NDArray[np.int64],
    ) -> None:  # fmt: skip
        loans = self.platform.loans
        late = loans.late_since[loan].astype(np.int64)
        day.write(
            Block(
                REPAYMENTS,
                {
                    "time": day.midnight_us + at_us,
                    "loan": Numbered(b"LN", loan),
                    "instalment": loans.paid_months[loan].astype(np.int64) + 1,
                    "due_minor": due,
                    "paid_minor": np.where(paid, due, 0),
                    "days_late": np.where(late == ABSENT, 0, day.number - late),
                    "lenders": loans.share_count[loan].astype(np.int64),
                    "early": self._prepays(loan),
                },
            )
        )

    def _take(self, day: Day, loan: NDArray[np.int64], at_us: NDArray[np.int64]) -> None:
        loans, people = self.platform.loans, self.platform.people
        which, part = self._parts(loan)
        lender = loans.share_lender[loans.shares_in(loan)[1]]
        start = np.searchsorted(which, np.arange(len(loan)))
        moment_us = at_us[which] + (np.arange(len(which)) - start[which]) * BETWEEN_COLLECTIONS_US
        some = part > 0
        day.movements.append(
            movement_rows(
                MovementKind.REPAYMENT, day.midnight_us + moment_us[some], part[some],
                people.number[loans.borrower[loan][which[some]]], people.number[lender[some]],
            )
        )  # fmt: skip
        loans.paid_months[loan] = np.where(self._prepays(loan), loans.months[loan], loans.paid_months[loan] + 1)
        late = loans.late_since[loan]
        loans.due_day[loan] = np.where(late == ABSENT, day.number, late) + MONTH_DAYS
        loans.due_day[loan] = np.maximum(loans.due_day[loan], day.number + 2)
        loans.late_since[loan] = ABSENT
        done = loans.paid_months[loan] >= loans.months[loan]
        loans.state[loan] = np.where(done, LoanState.REPAID, LoanState.RUNNING)

    def _fail(self, day: Day, loan: NDArray[np.int64], at_us: NDArray[np.int64]) -> None:
        """One attempt on the first lender's part, for more than there is; the next after three days, then rarer."""
        loans, people = self.platform.loans, self.platform.people
        borrower = loans.borrower[loan].astype(np.int64)
        lender = loans.share_lender[loans.first_share[loan]]
        amount = np.maximum(self._due_minor(loan), self.platform.free_minor[borrower] + 1_000 * YUAN)
        rows = movement_rows(
            MovementKind.REPAYMENT, day.midnight_us + at_us, amount, people.number[borrower], people.number[lender]
        )
        day.movements.append(rows)
        first = loans.late_since[loan] == ABSENT
        loans.late_since[loan] = np.where(first, day.number, loans.late_since[loan])
        loans.due_day[loan] = day.number + 3 + (day.number - loans.late_since[loan]) // 2
        loans.state[loan] = LoanState.LATE

    def _give_up(self, day: Day) -> None:
        """After ninety days a loan is in default; its guarantor, if any, makes lenders whole for the principal."""
        loans, people = self.platform.loans, self.platform.people
        hopeless = (loans.state == LoanState.LATE) & (loans.late_since + GIVEN_UP_AFTER_DAYS <= day.number)
        loan = np.flatnonzero(hopeless)
        loans.state[loan] = LoanState.DEFAULTED
        backed = (loans.guarantor[loan] != ABSENT) & ~np.isin(
            loans.guarantor[loan], sorted(loans.silent_guarantors)
        )
        loan = loan[backed]
        which, share = loans.shares_in(loan)
        left = loans.months[loan] - loans.paid_months[loan]
        amount = loans.share_minor[share] * left[which] // loans.months[loan][which]
        at_us = day.midnight_us + spread_us(
            self._chance, 14 * HOUR_US, 14 * HOUR_US + 30 * MINUTE_US, share, _BACKED_AT
        )
        some = amount > 0
        day.movements.append(
            movement_rows(
                MovementKind.DEPOSIT, at_us[some], amount[some], SUMMARY,
                people.number[loans.share_lender[share[some]]],
                payer=loans.guarantor[loan][which[some]], settled=True,
            )
        )  # fmt: skip

    def _parts(self, loan: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For the shares of these loans: which loan each belongs to, and what is due on it."""
        loans = self.platform.loans
        which, share = loans.shares_in(loan)
        amount = loans.share_minor[share]
        rate, months = loans.rate_bp[loan][which], loans.months[loan][which].astype(np.int64)
        left = months - loans.paid_months[loan][which]
        usual = amount * (120_000 + rate * months) // 120_000 // months
        whole = amount * left // months + amount * rate // 120_000
        return which, np.where(self._prepays(loan)[which], whole, usual)

    def _due_minor(self, loan: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: what is due on each loan, all lenders together."""
        which, part = self._parts(loan)
        return np.bincount(which, weights=part, minlength=len(loan)).astype(np.int64)

    def _prepays(self, loan: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self._chance.happens(PREPAYS_PER_MILLION, loan, self.platform.loans.paid_months[loan], _PREPAYS)
