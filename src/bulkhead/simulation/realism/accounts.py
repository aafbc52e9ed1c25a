"""Accounts as their holders' statements show them: the same columns for real and for simulated people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.fitting.accounts import CNY_PER_CZK_PER_MILLE
from bulkhead.simulation.fitting.berka import Movements, Purpose


class Way(IntEnum):
    """What a movement is to the holder of the account, as near as two kinds of institution can be compared."""

    PAID_IN = 0  # own money from outside, salary among it
    TAKEN_OUT = 1  # own money to outside
    TO_OTHERS = 2  # standing orders; lent, repaid or transferred
    FROM_OTHERS = 3  # borrowed, repaid to the lender, received
    CHARGED = 4
    INTEREST = 5


INCOMING = (Way.PAID_IN, Way.FROM_OTHERS, Way.INTEREST)
OWN_MONEY = (Way.PAID_IN, Way.TAKEN_OUT)


@dataclass(frozen=True, slots=True)
class Statements:
    """Rows by account and then time. Amounts are CNY minor units, positive."""

    account: NDArray[np.int64]
    day: NDArray[np.int64]  # ordinal of the proleptic calendar, local
    way: NDArray[np.int64]
    amount: NDArray[np.int64]
    balance: NDArray[np.int64]  # after the row

    def __len__(self) -> int:
        return len(self.account)

    @property
    def incoming(self) -> NDArray[np.bool_]:
        return np.isin(self.way, INCOMING)

    @property
    def date(self) -> NDArray[np.int64]:
        """int64[n]: day of the month, 1 to 31."""
        return dates_of(self.day)

    def rows(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Statements:
        return Statements(*(getattr(self, name)[which] for name in self.__slots__))

    def of(self, *ways: Way) -> Statements:
        """The rows of some ways."""
        return self.rows(np.isin(self.way, ways))


def dates_of(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: the day of the month of proleptic ordinals."""
    since_1970 = days - date(1970, 1, 1).toordinal()
    as_days = since_1970.astype("datetime64[D]")
    return np.asarray((as_days - as_days.astype("datetime64[M]")).astype(np.int64) + 1)


_WAYS = {
    Purpose.DEPOSIT: Way.PAID_IN,
    Purpose.SALARY: Way.PAID_IN,
    Purpose.WITHDRAWAL: Way.TAKEN_OUT,
    Purpose.PAYMENT: Way.TO_OTHERS,
    Purpose.FEE: Way.CHARGED,
    Purpose.INTEREST: Way.INTEREST,
}


def real_statements(movements: Movements) -> Statements:
    """The Czech bank's accounts. Amounts keep their digits: a crown stands for a yuan, as roundness is part of them.

    Where sizes are compared they are multiplied by ``SIZE_FACTOR``.
    """
    way = np.array([_WAYS[Purpose(p)] for p in range(len(Purpose))])[movements.purpose]
    return Statements(movements.account, movements.day, way, movements.amount, movements.balance)


SIZE_FACTOR = CNY_PER_CZK_PER_MILLE / 1000


def ordered(statements: Statements) -> Statements:
    """By account and day as in the Czech file: what comes in on a day stands before what goes out.

    Balances are computed anew from each account's first, so that both kinds follow one order.
    """
    order = np.lexsort((~statements.incoming, statements.day, statements.account))
    rows = statements.rows(order)
    return Statements(rows.account, rows.day, rows.way, rows.amount, _running(rows))


def _running(rows: Statements) -> NDArray[np.int64]:
    """int64[n]: each account's sum of what came in less what went out so far."""
    signed = np.where(rows.incoming, rows.amount, -rows.amount)
    total = np.cumsum(signed)
    first = np.flatnonzero(np.diff(rows.account, prepend=-1))
    before = np.zeros(len(rows), np.int64)
    before[first] = np.diff((total - signed)[first], prepend=0)
    return np.asarray(total - np.cumsum(before))
