"""Money that clients send: home to their cards, or to each other for a claim; slips, fees and money that bounces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import MovementKind
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US, SECOND_US
from bulkhead.simulation.fitted import quantiles
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import FEE, SUMMARY
from bulkhead.simulation.platform.habits import YUAN, daily_chance, rounded, usual_amount_minor
from bulkhead.simulation.platform.hours import around_downtime_us, personal_moments_us, spread_us
from bulkhead.simulation.platform.movement_rows import movement_rows

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

WITHDRAWAL_MINOR_MIN = 10 * YUAN
FEE_MINOR = 2 * YUAN  # from the second withdrawal in thirty days on
FREE_AFTER_DAYS = 30
SLIPS_PER_MILLION = 6_000  # ask for a digit too much first
BOUNCES_PER_MILLION = 1_500  # come back from the bank on the next day
CLAIMS_PER_MILLION = 1_500  # of lenders buy another's claim on a day
TO_THE_FEN_PER_MILLION = 20_000  # of those who want more than there is
SAME_DAY = 2  # withdrawals of real accounts are twice as frequent on the day money comes in, not on the next
SETTLING_IN_DAYS = 3  # nobody brings money to take it away at once
DAY_US = 24 * HOUR_US
_RATE, _LEVEL, _WISH, _AMOUNT, _SHARE, _AT, _SLIP, _BOUNCE, _BUYS, _SELLER, _PRICE, _BUYS_AT, _BACK_AT = range(13)


class Spending:
    """Withdrawals, transfers of claims, and what follows from them."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("spending")
        self._last_day = np.full(0, -1_000, np.int32)  # of the last withdrawal
        self._bounced: tuple[NDArray[np.int64], NDArray[np.int64]] = (np.zeros(0, np.int64), np.zeros(0, np.int64))

    def live(self, day: Day) -> None:
        self._bounce(day)
        self._buy_claims(day)
        self._withdraw(day)

    def withdraw(
        self, day: Day, who: NDArray[np.int64], amount_minor: NDArray[np.int64], at_us: NDArray[np.int64]
    ) -> None:
        """These clients send money to their cards; ``at_us`` counts from midnight, and waits for what is down."""
        people = self.platform.people
        at_us = around_downtime_us(at_us, day.conditions.down_minutes)
        rows = movement_rows(
            MovementKind.WITHDRAWAL, day.midnight_us + at_us, amount_minor, people.number[who], SUMMARY,
            payee=people.card[who], device=people.device[who],
        )  # fmt: skip
        day.movements.append(rows)

    def _withdraw(self, day: Day) -> None:
        people, chance = self.platform.people, self._chance
        settled = people.joined_day <= max(0, day.number - SETTLING_IN_DAYS)
        who = np.flatnonzero(settled & ~people.dormant & (day.left_minor >= WITHDRAWAL_MINOR_MIN))
        busy = (
            self.platform.season(day.number).withdrawals_per_mille * day.conditions.withdrawals_per_mille // 1000
        )
        busy = busy * (1440 - min(day.conditions.down_minutes, 1440)) // 1440
        likely = daily_chance("withdrawal", chance.words(who, _RATE), busy)
        likely = np.where(people.lends[who], likely, likely // 8)
        likely = np.where(self.platform.saving.paid_in_today(who), likely * SAME_DAY, likely)
        who = who[chance.happens(likely, who, day.number, _WISH)]
        amount = self._amounts(day, who)
        who, amount = who[amount > 0], amount[amount > 0]
        at_us = personal_moments_us(chance, people.night_owl[who], who, day.number, _AT)
        at_us = np.minimum(at_us, DAY_US - 2 * MINUTE_US)
        self._ask_too_much(day, who, amount, at_us)
        day.left_minor[who] -= amount
        self.withdraw(day, who, amount, at_us)
        self._charge(day, who, at_us)
        comes_back = chance.happens(BOUNCES_PER_MILLION, who, day.number, _BOUNCE)
        self._bounced = who[comes_back], amount[comes_back]

    def _amounts(self, day: Day, who: NDArray[np.int64]) -> NDArray[np.int64]:
        """As usual, and in a run all of it: what people need, or are afraid for."""
        chance, left = self._chance, day.left_minor[who]
        usual = usual_amount_minor("withdrawal", chance.words(who, _LEVEL), chance, who, day.number, _AMOUNT)
        share = quantiles("withdrawal-share").at(chance.words(who, day.number, _SHARE))
        fear = min(max(day.conditions.withdrawals_per_mille - 1000, 0), 4000) // 4
        afraid = chance.below(1000, who, day.number, _SHARE, 1) < fear
        idle = rounded("withdrawal", left * share // 1000, chance, who, day.number, _SHARE)
        much = np.where(left > 4 * usual, np.maximum(idle, usual), usual)
        # Who has less than that takes a round part of it, or waits; few empty the account to the fen.
        round_part = np.minimum(rounded("withdrawal", left, chance, who, day.number, _SHARE, 2), left)
        to_the_fen = chance.happens(TO_THE_FEN_PER_MILLION, who, day.number, _SHARE, 3)
        made = np.where(much > left, np.where(left >= much // 2, round_part, 0), much)
        return np.where(afraid | (to_the_fen & (much > left)), left, made)

    def _ask_too_much(
        self, day: Day, who: NDArray[np.int64], amount: NDArray[np.int64], at_us: NDArray[np.int64]
    ) -> None:
        """A slip of the thumb: ten times all there is. It is refused, and a minute later the right amount is asked.

        What there is includes money that comes in or is held back in the course of the day.
        """
        slip = self._chance.happens(SLIPS_PER_MILLION, who, day.number, _SLIP)
        wrong = (self.platform.free_minor[who] + 100_000 * YUAN) // YUAN * 10 * YUAN
        self.withdraw(day, who[slip], wrong[slip], np.maximum(at_us[slip] - 70 * SECOND_US, 0))

    def _charge(self, day: Day, who: NDArray[np.int64], at_us: NDArray[np.int64]) -> None:
        people = self.platform.people
        if len(self._last_day) < len(people):
            new = np.full(len(people) - len(self._last_day), -1_000, np.int32)
            self._last_day = np.concatenate([self._last_day, new])
        again = (day.number - self._last_day[who] < FREE_AFTER_DAYS) & (day.left_minor[who] >= FEE_MINOR)
        self._last_day[who] = day.number
        who, at_us = who[again], at_us[again]
        day.left_minor[who] -= FEE_MINOR
        at_us = around_downtime_us(at_us, day.conditions.down_minutes) + SECOND_US
        fee = np.full(len(who), FEE_MINOR)
        day.movements.append(
            movement_rows(MovementKind.FEE, day.midnight_us + at_us, fee, people.number[who], FEE)
        )

    def _bounce(self, day: Day) -> None:
        """The bank sends back what it could not credit."""
        who, amount = self._bounced
        people, chance = self.platform.people, self._chance
        at_us = day.midnight_us + spread_us(chance, 9 * HOUR_US, 10 * HOUR_US, who, day.number, _BACK_AT)
        day.movements.append(
            movement_rows(
                MovementKind.REFUND,
                at_us,
                amount,
                SUMMARY,
                people.number[who],
                payer=people.card[who],
                settled=True,
            )
        )

    def _buy_claims(self, day: Day) -> None:
        """Another lender's claim changes hands for its price."""
        people, chance = self.platform.people, self._chance
        lenders = np.flatnonzero(people.lends & people.active & ~people.dormant & (people.joined_day < day.number))
        wish = CLAIMS_PER_MILLION * day.conditions.bids_per_mille // 1000
        buyer = lenders[chance.happens(wish, lenders, day.number, _BUYS)]
        if not len(buyer):
            return
        seller = lenders[chance.below(len(lenders), buyer, day.number, _SELLER)]
        price = chance.between(500 * YUAN, 15_000 * YUAN, buyer, day.number, _PRICE)
        good = (seller != buyer) & (price <= day.left_minor[buyer])
        buyer, seller, price = buyer[good], seller[good], price[good]
        day.left_minor[buyer] -= price
        at_us = personal_moments_us(chance, people.night_owl[buyer], buyer, day.number, _BUYS_AT)
        at_us = day.midnight_us + around_downtime_us(at_us, day.conditions.down_minutes)
        day.movements.append(
            movement_rows(
                MovementKind.TRANSFER, at_us, price, people.number[buyer], people.number[seller],
                device=people.device[buyer],
            )
        )  # fmt: skip
