"""The Czech bank's accounts as plain columns: what moved, when, how much, and what was left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.fitting.reading import columns_of, numbers

SOURCE = "PKDD'99 discovery challenge, Czech bank (Berka)"


class Purpose(IntEnum):
    """What a movement of the bank is for, as near to a movement of a lending platform as it comes."""

    DEPOSIT = 0  # cash paid in
    SALARY = 1  # collection from another bank: one sum on one day of every month
    WITHDRAWAL = 2  # cash or card
    PAYMENT = 3  # standing order to another bank
    FEE = 4  # for the statement, or for a balance below zero
    INTEREST = 5


@dataclass(frozen=True, slots=True)
class Movements:
    """Rows by account and then time; within a day money comes in before it goes out.

    Amounts are in hundredths of a crown and positive; ``balance`` is what the bank states after the row.
    """

    account: NDArray[np.int64]
    day: NDArray[np.int64]  # ordinal of the proleptic calendar
    date: NDArray[np.int64]  # day of the month, 1 to 31
    purpose: NDArray[np.int64]
    amount: NDArray[np.int64]
    balance: NDArray[np.int64]

    @property
    def incoming(self) -> NDArray[np.bool_]:
        return np.isin(self.purpose, (Purpose.DEPOSIT, Purpose.SALARY, Purpose.INTEREST))

    def of(self, *purposes: Purpose) -> Movements:
        """The rows of some purposes."""
        return self.rows(np.isin(self.purpose, purposes))

    def rows(self, which: NDArray[np.bool_]) -> Movements:
        return Movements(*(getattr(self, name)[which] for name in self.__slots__))


def movements_of(data: Path) -> Movements:
    """All transactions. Raises ``BadInput`` where the file is missing."""
    raw = columns_of(data / "berka/trans_30200.csv", delimiter=";")
    days = [date(1900 + int(text[:2]), int(text[2:4]), int(text[4:])) for text in raw["date"]]
    columns = (
        np.array(raw["account_id"], np.int64),
        np.array([day.toordinal() for day in days], np.int64),
        np.array([day.day for day in days], np.int64),
        np.array([_purpose(o, k) for o, k in zip(raw["operation"], raw["k_symbol"], strict=True)], np.int64),
        np.rint(100 * numbers(raw["amount"])).astype(np.int64),
        np.rint(100 * numbers(raw["balance"])).astype(np.int64),
    )
    outgoing = np.isin(columns[3], (Purpose.WITHDRAWAL, Purpose.PAYMENT, Purpose.FEE))
    order = np.lexsort((outgoing, columns[1], columns[0]))
    return Movements(*(column[order] for column in columns))


def _purpose(operation: str, symbol: str) -> Purpose:
    if symbol in ("payment for statement", "sanction interest if negative balance"):
        return Purpose.FEE
    if symbol == "interest credited":
        return Purpose.INTEREST
    return {
        "credit in cash": Purpose.DEPOSIT,
        "collection from another bank": Purpose.SALARY,
        "withdrawal in cash": Purpose.WITHDRAWAL,
        "credit card withdrawal": Purpose.WITHDRAWAL,
        "remittance to another bank": Purpose.PAYMENT,
    }[operation]
