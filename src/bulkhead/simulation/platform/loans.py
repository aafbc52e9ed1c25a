"""All loans of the institution as columns, and the lenders' shares in them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT


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


class Loans(LoanColumns):
    """The table, which grows. ``share_…`` are columns of the lenders' shares, oldest first."""

    def __init__(self) -> None:
        empty = {"int8": np.int8, "int32": np.int32, "int64": np.int64, "bool_": np.bool_}
        types = {
            field.name: next(t for name, t in empty.items() if name in str(field.type))
            for field in fields(LoanColumns)
        }
        super().__init__(**{name: np.zeros(0, kind) for name, kind in types.items()})
        self.share_loan = np.zeros(0, np.int32)
        self.share_lender = np.zeros(0, np.int32)  # client
        self.share_minor = np.zeros(0, np.int64)
        self.share_hold = np.zeros(0, np.int32)  # number of the hold that set it aside, -1 for loans from before

    def __len__(self) -> int:
        return len(self.borrower)

    def add(
        self, day: int, borrower: int, amount_minor: int, months: int, rate_bp: int, *,
        state: LoanState = LoanState.OPEN, open_days: int = 4, due_day: int = ABSENT, partner: int = ABSENT,
    ) -> int:  # fmt: skip
        """A loan opens for bids on this day (or stands as ``state`` says); gives its row."""
        return int(
            self.add_many(
                day, np.array([borrower]), np.array([amount_minor]), np.array([months]), np.array([rate_bp]),
                state=state, open_days=open_days, due_day=np.array([due_day]), partner=np.array([partner]),
            )[0]
        )  # fmt: skip

    def add_many(
        self, day: int, borrower: NDArray[np.int64], amount_minor: NDArray[np.int64], months: NDArray[np.int64],
        rate_bp: NDArray[np.int64], *, state: LoanState, open_days: int, due_day: NDArray[np.int64],
        partner: NDArray[np.int64],
    ) -> NDArray[np.int64]:  # fmt: skip
        """Several loans; gives their rows."""
        given: dict[str, NDArray[np.int64] | int] = {
            "borrower": borrower, "amount_minor": amount_minor, "months": months, "rate_bp": rate_bp,
            "state": int(state), "opened_day": day, "closes_day": day + open_days, "due_day": due_day,
            "late_since": ABSENT, "pays": 1, "partner": partner,
        }  # fmt: skip
        first = len(self)
        for column in (field.name for field in fields(LoanColumns)):
            values = getattr(self, column)
            new = np.broadcast_to(np.asarray(given.get(column, 0)), len(borrower)).astype(values.dtype)
            setattr(self, column, np.concatenate([values, new]))
        return np.arange(first, len(self))

    def add_shares(
        self, loan: NDArray[np.int64], lender: NDArray[np.int64], amount_minor: NDArray[np.int64],
        hold: NDArray[np.int64],
    ) -> None:  # fmt: skip
        """Lenders' shares in loans: money set aside (``hold``), or already lent (-1)."""
        self.share_loan = np.concatenate([self.share_loan, loan.astype(np.int32)])
        self.share_lender = np.concatenate([self.share_lender, lender.astype(np.int32)])
        self.share_minor = np.concatenate([self.share_minor, amount_minor.astype(np.int64)])
        self.share_hold = np.concatenate([self.share_hold, hold.astype(np.int32)])

    def shares_of(self, loan: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Lenders (clients) and their amounts in one loan."""
        mine = self.share_loan == loan
        return self.share_lender[mine], self.share_minor[mine]

    def of(self, borrower: int) -> NDArray[np.int64]:
        """Rows of a borrower's loans, oldest first."""
        return np.flatnonzero(self.borrower == borrower)
