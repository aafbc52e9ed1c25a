"""All loans of the institution as columns, the bids for them, and the lenders' shares in them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT

Whole = NDArray[np.int64] | NDArray[np.int32] | int


class LoanState(IntEnum):
    """Where a loan stands."""

    OPEN = 0  # takes bids
    FILLED = 1  # paid out the next day
    RUNNING = 2
    LATE = 3  # an instalment is overdue
    REPAID = 4
    DEFAULTED = 5
    LAPSED = 6  # not full in time


@dataclass(slots=True)
class LoanColumns:
    """Row ``l`` is loan ``l``, for ever; arrays of one length."""

    borrower: NDArray[np.int32]  # client
    amount_minor: NDArray[np.int64]
    months: NDArray[np.int32]
    rate_bp: NDArray[np.int32]  # a year
    state: NDArray[np.int8]  # LoanState
    opened_day: NDArray[np.int32]
    closes_day: NDArray[np.int32]  # takes bids before this day
    bid_minor: NDArray[np.int64]  # set aside by lenders so far
    paid_months: NDArray[np.int32]  # instalments collected
    due_day: NDArray[np.int32]  # when the next one is collected, or tried again
    late_since: NDArray[np.int32]  # day of the first missed instalment, -1 for none
    pays: NDArray[np.bool_]  # False: the borrower brings no money any more
    partner: NDArray[np.int32]  # directory number of the company that referred it, -1 for none
    guarantor: NDArray[np.int32]  # directory number of the company that pays when the borrower does not, -1
    first_share: NDArray[np.int64]  # row of its first share, once it is paid out
    share_count: NDArray[np.int32]


@dataclass(slots=True)
class Bids:
    """Money that lenders have set aside for loans that are not paid out yet; arrays of one length."""

    loan: NDArray[np.int32]
    lender: NDArray[np.int32]  # client
    amount_minor: NDArray[np.int64]
    hold: NDArray[np.int32]  # number of the hold

    def add(self, loan: Whole, lender: Whole, amount_minor: Whole, hold: Whole) -> None:
        self.loan = np.concatenate([self.loan, np.atleast_1d(loan).astype(np.int32)])
        self.lender = np.concatenate([self.lender, np.atleast_1d(lender).astype(np.int32)])
        self.amount_minor = np.concatenate([self.amount_minor, np.atleast_1d(amount_minor).astype(np.int64)])
        self.hold = np.concatenate([self.hold, np.atleast_1d(hold).astype(np.int32)])

    def take(self, chosen: NDArray[np.bool_]) -> Bids:
        """Take these out and give them, in order of their loans."""
        order = np.argsort(self.loan[chosen], kind="stable")
        columns = [getattr(self, field.name) for field in fields(self)]
        for field, values in zip(fields(self), columns, strict=True):
            setattr(self, field.name, values[~chosen])
        return Bids(*(values[chosen][order] for values in columns))


class Loans(LoanColumns):
    """The table, which grows. ``share_lender`` and ``share_minor`` hold the shares of each loan side by side."""

    def __init__(self) -> None:
        kinds: tuple[Any, ...] = (np.int8, np.int32, np.int64, np.bool_)
        names = {kind.__name__.rstrip("_"): kind for kind in kinds}
        types = {
            f.name: names[str(f.type).partition("np.")[2].rstrip("]").rstrip("_")] for f in fields(LoanColumns)
        }
        super().__init__(**{name: np.zeros(0, kind) for name, kind in types.items()})
        self.bids = Bids(
            np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int32)
        )
        self.silent_guarantors: set[int] = set()  # directory numbers of those that no longer pay
        self._lender = np.zeros(1024, np.int32)
        self._share_minor = np.zeros(1024, np.int64)
        self._shares = 0

    def __len__(self) -> int:
        return len(self.borrower)

    @property
    def share_lender(self) -> NDArray[np.int32]:
        """int32[shares]: clients; a view."""
        return self._lender[: self._shares]

    @property
    def share_minor(self) -> NDArray[np.int64]:
        """int64[shares]: what each lent; a view."""
        return self._share_minor[: self._shares]

    def add(
        self, day: int, borrower: int, amount_minor: int, months: int, rate_bp: int, *,
        open_days: int = 4, partner: int = ABSENT, guarantor: int = ABSENT, pays: bool = True,
    ) -> int:  # fmt: skip
        """A loan opens for bids on this day; lenders will fill it as any other. Gives its row."""
        return int(
            self.add_many(
                day, borrower, amount_minor, months, rate_bp,
                closes_day=day + open_days, partner=partner, guarantor=guarantor, pays=int(pays),
            )[0]
        )  # fmt: skip

    def add_many(self, day: int, borrower: Whole, *terms: Whole, **more: Whole) -> NDArray[np.int64]:
        """Several loans; ``terms`` are amount_minor, months, rate_bp, ``more`` further columns. Gives their rows."""
        amount_minor, months, rate_bp = terms
        given: dict[str, Whole] = {
            "borrower": borrower, "amount_minor": amount_minor, "months": months, "rate_bp": rate_bp,
            "opened_day": day, "due_day": ABSENT, "late_since": ABSENT, "pays": 1,
            "partner": ABSENT, "guarantor": ABSENT, "first_share": ABSENT, **more,
        }  # fmt: skip
        first, count = len(self), np.size(borrower)
        for column in (field.name for field in fields(LoanColumns)):
            values = getattr(self, column)
            new = np.broadcast_to(np.asarray(given.get(column, 0)), count).astype(values.dtype)
            setattr(self, column, np.concatenate([values, new]))
        return np.arange(first, len(self))

    def add_shares(self, loan: NDArray[np.int64], lender: Whole, amount_minor: Whole) -> None:
        """Lenders' shares in loans that had none. ``loan`` must be in order: the shares of one side by side."""
        assert (np.diff(loan) >= 0).all()
        rows, first, count = np.unique(loan, return_index=True, return_counts=True)
        assert (self.share_count[rows] == 0).all(), "a loan gets all its shares at once"
        self.first_share[rows] = self._shares + first
        self.share_count[rows] = count
        end = self._shares + len(loan)
        while end > len(self._lender):
            self._lender = np.concatenate([self._lender, np.zeros_like(self._lender)])
            self._share_minor = np.concatenate([self._share_minor, np.zeros_like(self._share_minor)])
        self._lender[self._shares : end] = lender
        self._share_minor[self._shares : end] = amount_minor
        self._shares = end

    def shares_of(self, loan: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Lenders (clients) and their amounts in one loan: bids before it is paid out, shares after."""
        if self.share_count[loan]:
            rows = slice(int(self.first_share[loan]), int(self.first_share[loan] + self.share_count[loan]))
            return self._lender[rows], self._share_minor[rows]
        mine = self.bids.loan == loan
        return self.bids.lender[mine], self.bids.amount_minor[mine]

    def shares_in(self, loan: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For several paid-out loans: int64[shares], which of ``loan`` each belongs to, and its row as a share."""
        count = self.share_count[loan].astype(np.int64)
        which = np.repeat(np.arange(len(loan)), count)
        within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        return which, self.first_share[loan][which] + within

    def of(self, borrower: int) -> NDArray[np.int64]:
        """Rows of a borrower's loans, oldest first."""
        return np.flatnonzero(self.borrower == borrower)

    def instalment_minor(self, loan: NDArray[np.int64], share_minor: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[n]: what one month brings on shares of loans, principal and interest in equal parts."""
        months = self.months[loan].astype(np.int64)
        return share_minor * (120_000 + self.rate_bp[loan] * months) // 120_000 // months
