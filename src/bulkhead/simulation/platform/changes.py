"""New phones and new bank cards; now and then both at once, as when a bag is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.calendar import HOUR_US
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.habits import YUAN
from bulkhead.simulation.platform.hours import spread_us

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

NEW_PHONE_PER_MILLION = 950  # of clients on a day: about one in three a year
NEW_CARD_PER_MILLION = 260
LOST_BAG_PER_MILLION = 12
POCKET_MINOR = 800 * YUAN
_PHONE, _CARD, _BAG, _AT = range(4)


class Changes:
    """Honest changes, some of which look like a takeover."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("changes")

    def live(self, day: Day) -> None:
        people, chance = self.platform.people, self._chance
        here = np.flatnonzero(people.active & (people.joined_day < day.number) & ~people.dormant)
        bag = here[chance.happens(LOST_BAG_PER_MILLION, here, day.number, _BAG)]
        phone = here[chance.happens(NEW_PHONE_PER_MILLION, here, day.number, _PHONE)]
        card = here[chance.happens(NEW_CARD_PER_MILLION, here, day.number, _CARD)]
        for client in np.union1d(phone, bag).tolist():
            people.new_device(client)
        for client in np.union1d(card, bag).tolist():
            people.new_card(client)
        self._pocket_money(day, bag[day.left_minor[bag] >= YUAN])

    def _pocket_money(self, day: Day, who: NDArray[np.int64]) -> None:
        """The new card is tried at once."""
        amount = np.minimum(day.left_minor[who], POCKET_MINOR) // YUAN * YUAN
        day.left_minor[who] -= amount
        at_us = spread_us(self._chance, 11 * HOUR_US, 12 * HOUR_US, who, day.number, _AT)
        self.platform.spending.withdraw(day, who, amount, at_us)
