"""Money that comes in: accounts opened, salaries saved, deposits in between, and what the custodian adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import MovementKind
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US
from bulkhead.simulation.chance import MILLION
from bulkhead.simulation.fitted import quantiles, weights
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.habits import YUAN, daily_chance, rounded, usual_amount_minor
from bulkhead.simulation.platform.hours import personal_moments_us, spread_us
from bulkhead.simulation.platform.movement_rows import movement_rows

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

FORMER_CUSTODIAN = "bank:former-custodian"
CUSTODIAN = "bank:custodian"
CARD_CHECK_MINOR = 1 * YUAN
CONFIRMING_DAYS = 12
SAVED_PER_MILLE = (300, 1000)  # of a salary
SAVES_PER_MILLION = 150_000  # on a pay day, of those without a standing order
INTEREST_BP = 20  # a year, on what lies there
# What the draws are for; the last counter of every one of them.
(
    _OPENING, _SMALL, _EARLY, _FIRST, _FIRST_AT, _SALARY, _PART, _SALARY_AT, _RATE, _LEVEL, _COMES, _AMOUNT, _AT,
    _HABIT, _BACK_AT, _CONFIRMS,
) = range(16)  # fmt: skip


class Saving:
    """Deposits and interest."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("saving")
        self._former = platform.directory.number(FORMER_CUSTODIAN)
        self._custodian = platform.directory.number(CUSTODIAN)
        self._paid_in: list[NDArray[np.int64]] = []  # clients, today

    def live(self, day: Day) -> None:
        self._paid_in = []
        self._open_accounts(day)
        self._confirm_cards(day)
        self._save_first(day)
        self._save_salaries(day)
        self._save_more(day)
        self._pay_interest(day)

    def deposit(
        self, day: Day, who: NDArray[np.int64], amount_minor: NDArray[np.int64], at_us: NDArray[np.int64],
        payer: NDArray[np.int32] | int | None = None,
    ) -> None:  # fmt: skip
        """Money arrives for these clients, from their cards unless told; ``at_us`` counts from midnight."""
        some = amount_minor > 0
        who, amount_minor, at_us = who[some], amount_minor[some], at_us[some]
        self._paid_in.append(who)
        people = self.platform.people
        source = people.card[who] if payer is None else payer[some] if isinstance(payer, np.ndarray) else payer
        day.movements.append(
            movement_rows(
                MovementKind.DEPOSIT, day.midnight_us + at_us, amount_minor, SUMMARY, people.number[who],
                payer=source, settled=True,
            )
        )  # fmt: skip

    def paid_in_today(self, who: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[n]: whether each of these clients has brought money today."""
        return np.isin(who, np.concatenate([np.zeros(0, np.int64), *self._paid_in]))

    def _open_accounts(self, day: Day) -> None:
        """The card is checked both ways: one yuan in, and half of it back. On day 0 all balances come over."""
        people, chance = self.platform.people, self._chance
        who = np.flatnonzero(people.joined_day == day.number)
        at_us = spread_us(chance, MINUTE_US, HOUR_US, who, _EARLY)
        if not day.number:
            self._take_over(day, who, at_us)
            return
        self.deposit(day, who, np.full(len(who), CARD_CHECK_MINOR), at_us)
        back_us = at_us + spread_us(chance, MINUTE_US, 8 * MINUTE_US, who, _BACK_AT)
        honest = people.active[who]  # of the others, whoever added them takes care
        self.platform.spending.withdraw(
            day, who[honest], np.full(honest.sum(), CARD_CHECK_MINOR // 2), back_us[honest]
        )

    def _confirm_cards(self, day: Day) -> None:
        """Whoever came over from the former custodian confirms the card in the first days, by the same half yuan."""
        people, chance = self.platform.people, self._chance
        who = np.flatnonzero((people.joined_day == 0) & ~people.dormant & (day.left_minor >= CARD_CHECK_MINOR))
        who = who[chance.between(1, CONFIRMING_DAYS, who, _CONFIRMS) == day.number]
        day.left_minor[who] -= CARD_CHECK_MINOR // 2
        at_us = personal_moments_us(chance, people.night_owl[who], who, _BACK_AT)
        self.platform.spending.withdraw(day, who, np.full(len(who), CARD_CHECK_MINOR // 2), at_us)

    def _take_over(self, day: Day, who: NDArray[np.int64], at_us: NDArray[np.int64]) -> None:
        """What lay with the former custodian."""
        people, chance = self.platform.people, self._chance
        months = np.where(people.dormant[who], 12, chance.below(4, who, _SMALL))
        usual = usual_amount_minor("deposit", chance.words(who, _LEVEL), chance, who, _OPENING)
        savings = np.where(people.lends[who], usual * months, 0)
        small = chance.between(CARD_CHECK_MINOR, 200 * YUAN, who, _OPENING)
        self.deposit(day, who, savings + small, at_us, self._former)

    def _save_first(self, day: Day) -> None:
        """Newcomers bring their first money on the day after they joined."""
        people, chance = self.platform.people, self._chance
        fresh = (people.joined_day == day.number - 1) & people.lends & people.active
        who = np.flatnonzero(fresh) if day.number > 1 else np.zeros(0, np.int64)
        amount = 2 * usual_amount_minor("deposit", chance.words(who, _LEVEL), chance, who, _FIRST)
        self.deposit(day, who, amount, personal_moments_us(chance, people.night_owl[who], who, _FIRST_AT))

    def _save_salaries(self, day: Day) -> None:
        """Part of the salary on the pay day or the Friday before it: for some by standing order, always the same."""
        people, chance = self.platform.people, self._chance
        saves = people.active & people.lends & ~people.dormant & (people.joined_day < day.number)
        paid = np.isin(people.pay_day, self.platform.office_days(day.number))
        who = np.flatnonzero(saves & paid)
        standing = self._by_standing_order(who)
        wish = SAVES_PER_MILLION * day.conditions.deposits_per_mille // 1000
        chosen = standing | chance.happens(wish, who, day.number, _SALARY)
        who, standing = who[chosen], standing[chosen]
        month = np.where(standing, -1, day.number)  # a standing order draws the same every time
        part = people.salary_minor[who] * chance.between(*SAVED_PER_MILLE, who, month, _PART) // 1000
        amount = rounded("salary", part, chance, who, month, _PART)
        self.deposit(
            day, who, amount, personal_moments_us(chance, people.night_owl[who], who, day.number, _SALARY_AT)
        )

    def _by_standing_order(self, who: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[n]: as many as among real accounts, and those who pay in least often otherwise (as there)."""
        fitted = quantiles("salary-rate").points
        part = np.uint64(2**32 * np.count_nonzero(fitted > 0) // len(fitted))
        return self._chance.words(who, _RATE) >> np.uint64(32) < part

    def _save_more(self, day: Day) -> None:
        people, chance = self.platform.people, self._chance
        here = people.active & people.lends & ~people.dormant & (people.joined_day < day.number)
        who = np.flatnonzero(here)
        busy = self.platform.season(day.number).deposits_per_mille * day.conditions.deposits_per_mille // 1000
        likely = self._with_habits(who, daily_chance("deposit", chance.words(who, _RATE), busy), day.number)
        who = who[chance.happens(likely, who, day.number, _COMES)]
        amount = usual_amount_minor("deposit", chance.words(who, _LEVEL), chance, who, day.number, _AMOUNT)
        self.deposit(day, who, amount, personal_moments_us(chance, people.night_owl[who], who, day.number, _AT))

    def _with_habits(
        self, who: NDArray[np.int64], likely: NDArray[np.int64], day_number: int
    ) -> NDArray[np.int64]:
        """int64[n] per million: a part of what people pay in comes on a day of the month of their own."""
        chance, today = self._chance, self.platform.calendar.date_of(day_number).day
        part = quantiles("deposit-habit").at(chance.words(who, _HABIT))
        date = 1 + chance.weighted(weights("deposit-day"), who, _HABIT, 1)
        factor = np.where(date == today, 1000 + 29 * part, 1000 - part)
        return np.minimum(likely * factor // 1000, MILLION)

    def _pay_interest(self, day: Day) -> None:
        """On the 21st of a quarter's last month, for the days of the quarter."""
        today = self.platform.calendar.date_of(day.number)
        if today.month % 3 or today.day != 21:
            return
        free = self.platform.free_minor
        who = np.flatnonzero(free * INTEREST_BP * 91 // (10_000 * 365) > 0)
        amount = free[who] * INTEREST_BP * 91 // (10_000 * 365)
        at_us = day.at(3, 30) + np.arange(len(who)) * 30_000
        day.movements.append(
            movement_rows(
                MovementKind.INTEREST, at_us, amount, SUMMARY, self.platform.people.number[who],
                payer=self._custodian, settled=True,
            )
        )  # fmt: skip
