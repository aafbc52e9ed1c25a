"""Lenders and their money: it arrives with the salary and when they feel like it, and some goes home again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import MovementKind
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.hours import personal_moments_us, spread_us
from bulkhead.simulation.platform.movement_rows import movement_rows

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

YUAN = 100  # minor units
HOUR_US = 3_600_000_000
FORMER_CUSTODIAN = "bank:former-custodian"
CARD_CHECK_MINOR = 1 * YUAN


class Saving:
    """Opening of accounts, deposits and withdrawals."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("saving")
        self._former = platform.directory.number(FORMER_CUSTODIAN)

    def live(self, day: Day) -> None:
        self._open_accounts(day)
        self._save_salaries(day)
        self._withdraw(day)

    def _open_accounts(self, day: Day) -> None:
        """On day 0 balances come over from the former custodian; later the card is checked with one yuan."""
        people, chance = self.platform.people, self._chance
        who = np.flatnonzero(people.joined_day == day.number)
        if day.number == 0:
            savings = np.where(people.lends[who], chance.between(50, 1500, who, 1) * 100 * YUAN, 0)
            amount = savings + chance.between(1, 200, who, 2) * YUAN
            payer = np.full(len(who), self._former, np.int32)
        else:
            amount, payer = np.full(len(who), CARD_CHECK_MINOR), people.card[who]
        at_us = day.midnight_us + spread_us(chance, HOUR_US // 60, HOUR_US, who, 3)
        self._deposit(day, who, amount, at_us, payer)

    def _save_salaries(self, day: Day) -> None:
        people, calendar, chance = self.platform.people, self.platform.calendar, self._chance
        today = calendar.date_of(day.number)
        paid = people.active & people.lends & ~people.dormant & (people.joined_day < day.number)
        who = np.flatnonzero(paid & (people.pay_day == today.day))
        part = people.salary_minor[who] * chance.between(2, 8, who, day.number, 4) // 10
        amount = part * day.conditions.deposits_per_mille // 1000 // (100 * YUAN) * 100 * YUAN
        who, amount = who[amount > 0], amount[amount > 0]
        at_us = day.midnight_us + personal_moments_us(chance, people.night_owl[who], who, day.number, 5)
        self._deposit(day, who, amount, at_us, people.card[who])

    def _withdraw(self, day: Day) -> None:
        people, chance = self.platform.people, self._chance
        wish = np.minimum(people.visits_per_mille * day.conditions.withdrawals_per_mille // 8, 1_000_000)
        keen = chance.happens(wish.astype(np.int64), np.arange(len(people)), day.number, 6)
        who = np.flatnonzero(keen & ~people.dormant & (day.left_minor >= 300 * YUAN))
        share = chance.between(5, 80, who, day.number, 7)
        amount = day.left_minor[who] * share // 100 // (10 * YUAN) * 10 * YUAN
        who, amount = who[amount > 0], amount[amount > 0]
        day.left_minor[who] -= amount
        at_us = day.midnight_us + personal_moments_us(chance, people.night_owl[who], who, day.number, 8)
        rows = movement_rows(
            MovementKind.WITHDRAWAL, at_us, amount, people.number[who], SUMMARY,
            payee=people.card[who], device=people.device[who],
        )  # fmt: skip
        day.movements.append(rows)

    def _deposit(
        self, day: Day, who: NDArray[np.int64], amount: NDArray[np.int64], at_us: NDArray[np.int64],
        payer: NDArray[np.int32],
    ) -> None:  # fmt: skip
        numbers = self.platform.people.number[who]
        day.movements.append(
            movement_rows(MovementKind.DEPOSIT, at_us, amount, SUMMARY, numbers, payer=payer, settled=True)
        )
