"""The figures the platform publishes on the first of every month, as its own books have them at midnight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulkhead.kernel.movements import MovementKind, Phase
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.platform.streams import Kind, Stream, block_of
from bulkhead.simulation.surroundings._memory import Memory
from bulkhead.simulation.surroundings.law import period_before

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

FIGURES = {
    "loans-outstanding": "minor",  # principal
    "loans-number": "loans",
    "lenders": "clients",
    "borrowers": "clients",
    "disbursed-in-month": "minor",
    "repaid-in-month": "minor",  # with interest
    "overdue-amount": "minor",  # principal of loans with an instalment overdue, those in default among them
    "overdue-loans": "loans",
    "clients-money": "minor",  # free and set aside, at the custodian
    "complaints-in-month": "complaints",
}

DISCLOSURES = Stream(
    "disclosures",
    Words("Published figures", "信息披露"),
    {
        "time": Kind.TIME,
        "period": Kind.TEXT,  # 2026-03
        "figure": Kind.TEXT,  # a key of FIGURES
        "value": Kind.NUMBER,
        "unit": Kind.TEXT,
    },
)
OUTSTANDING = (LoanState.RUNNING, LoanState.LATE, LoanState.DEFAULTED)
OVERDUE = (LoanState.LATE, LoanState.DEFAULTED)


@dataclass(slots=True)
class _Month:
    """What the month has brought so far. ``yesterday`` is done, so it is known what of it was refused."""

    yesterday: Day | None = None
    disbursed_minor: int = 0
    repaid_minor: int = 0
    complaints: int = 0

    def take_in(self, day: Day) -> None:
        amount_minor = np.where(day.refused | (day.rows["phase"] == Phase.VOID), 0, day.rows["amount_minor"])
        kind = day.rows["kind"]
        self.disbursed_minor += int(amount_minor[kind == MovementKind.DISBURSEMENT].sum())
        self.repaid_minor += int(amount_minor[kind == MovementKind.REPAYMENT].sum())
        self.complaints += sum(map(len, day.blocks.get("complaints", ())))


_MONTHS: Memory[_Month] = Memory(_Month)


def _write(platform: Platform, day: Day) -> None:
    month = _MONTHS.of(platform)
    if month.yesterday is not None:
        month.take_in(month.yesterday)
    month.yesterday = day
    today = platform.calendar.date_of(day.number)
    if today.day != 1 or day.number == 0:
        return
    values = figures(platform) | {
        "disbursed-in-month": month.disbursed_minor,
        "repaid-in-month": month.repaid_minor,
        "complaints-in-month": month.complaints,
    }
    period = period_before(today)
    day.write(
        block_of(DISCLOSURES, [(day.at(17), period, each, values[each], unit) for each, unit in FIGURES.items()])
    )
    month.disbursed_minor = month.repaid_minor = month.complaints = 0


def figures(platform: Platform) -> dict[str, int]:
    """What stands in the books now."""
    loans = platform.loans
    stands, overdue = (np.isin(loans.state, states) for states in (OUTSTANDING, OVERDUE))
    left_minor = loans.amount_minor * (loans.months - loans.paid_months) // np.maximum(loans.months, 1)
    share = loans.shares_in(np.flatnonzero(stands))[1]
    return {
        "loans-outstanding": int(left_minor[stands].sum()),
        "loans-number": int(stands.sum()),
        "lenders": len(np.unique(loans.share_lender[share])),
        "borrowers": len(np.unique(loans.borrower[stands])),
        "overdue-amount": int(left_minor[overdue].sum()),
        "overdue-loans": int(overdue.sum()),
        "clients-money": int(platform.free_minor.sum()) + int(platform.money.held.sum()),
    }


SURROUNDING = Surrounding("disclosing", (DISCLOSURES,), _write)
