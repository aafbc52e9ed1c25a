"""The platform's own money as the stream ``treasury`` tells it, read back by the incidents that make it dearer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.streams import numbers_of, texts_of
from bulkhead.simulation.surroundings.money_market import TREASURY


@dataclass(frozen=True, slots=True)
class Position:
    """One row of the treasury. The amount is in yuan whatever its currency."""

    is_asset: bool
    currency: str
    amount_minor: int
    reprices_in_days: int  # on average

    def repriced_per_mille(self, age_days: int) -> int:
        """How much of it carries the new rate so long after a change: even over twice the average."""
        return min(1000, age_days * 500 // max(1, self.reprices_in_days))


def positions_of(day: Day) -> tuple[Position, ...]:
    """The treasury's rows of the day's last moment; none on a day on which it writes none."""
    found: list[Position] = []
    for block in day.blocks.get(TREASURY.code, ()):
        values = block.values
        times, amounts = numbers_of(values["time"]), numbers_of(values["amount_minor"])
        reprices = numbers_of(values["reprices_in_days"])
        sides, currencies = texts_of(values["side"]), texts_of(values["currency"])
        for row in np.flatnonzero(times == times.max(initial=0)).tolist():
            found.append(Position(sides[row] == "asset", currencies[row], int(amounts[row]), int(reprices[row])))
    return tuple(found)
