"""Loans taken by an incident: they stand on the market like any other, honest lenders fill them, and then the money
goes where it was meant to go from the beginning."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bulkhead.kernel.movements import ABSENT
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.loans import LoanState

Use = Callable[[Day, int], None]  # what is done with the proceeds, on the morning they are seen, by which client

LOAN_YUAN_MIN = 4_000
WHOLE_MARKET_CLIENTS = 2_000  # from so many on lenders fill any loan
OPEN_DAYS = 8
_WAIT_DAYS_MAX = 20
_TRIES_MAX = 3
_ARRIVED_PER_MILLE = 800  # of the loan, after charges


class Borrowing(Scheme):
    """An incident with borrowers of its own."""

    def borrow(
        self, day: Day, client: int, yuan: int, *, months: int, rate_bp: int, then: Use, partner: int = ABSENT,
        paid_months: int = 0, tries: int = _TRIES_MAX,
    ) -> None:  # fmt: skip
        """A loan opens for bids. ``paid_months`` instalments are paid for appearance's sake, then none.

        In a small world it is smaller: nobody lists what its lenders cannot fill.
        """
        listed = max(LOAN_YUAN_MIN, yuan * min(self.clients, WHOLE_MARKET_CLIENTS) // WHOLE_MARKET_CLIENTS)
        loan = self.platform.loans.add(
            day.number, client, listed // 100 * 100 * YUAN, months, rate_bp,
            open_days=OPEN_DAYS, partner=partner, pays=paid_months > 0,
        )  # fmt: skip
        again = partial(
            self.borrow, client=client, yuan=yuan // 2, months=months, rate_bp=rate_bp, then=then,
            partner=partner, paid_months=paid_months, tries=tries - 1,
        )  # fmt: skip
        self.later(day.number + 1, partial(self._watch, loan=loan, then=then, again=again, tries=tries))
        if paid_months:
            self.later(day.number + 10 + 30 * paid_months, partial(self._stop_paying, loan=loan))

    def _watch(self, day: Day, loan: int, then: Use, again: Callable[[Day], None], tries: int) -> None:
        """Every morning until the money is there; a loan that nobody filled is asked for again, smaller."""
        loans = self.platform.loans
        client, state = int(loans.borrower[loan]), LoanState(loans.state[loan])
        if state == LoanState.LAPSED:
            if tries > 1:
                again(day)
            return
        arrived = self.has(day, client) >= int(loans.amount_minor[loan]) * _ARRIVED_PER_MILLE // 1000
        if state in (LoanState.RUNNING, LoanState.LATE) and arrived:
            then(day, client)
            # From here on everyday life brings the instalments, as long as they are to be paid.
            self.platform.people.active[client] = bool(loans.pays[loan])
        elif day.number <= int(loans.opened_day[loan]) + _WAIT_DAYS_MAX:
            self.later(day.number + 1, partial(self._watch, loan=loan, then=then, again=again, tries=tries))

    def _stop_paying(self, day: Day, loan: int) -> None:
        self.platform.loans.pays[loan] = False
        self.platform.people.active[int(self.platform.loans.borrower[loan])] = False
