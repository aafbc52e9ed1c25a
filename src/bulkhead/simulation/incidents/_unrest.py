"""Trouble that people notice spreads: they complain at once, post the next day, take their money out after that."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.simulation.platform.conditions import Conditions

_FADES_PER_MILLE = 550  # of yesterday's heat that is left today when nothing new happens
_SAID_FADES_PER_MILLE = 250  # once the institution has said openly what happened
HEAT_MAX = 4000


@dataclass(slots=True)
class Unrest:
    """How heated people are, day by day. 1000 is the talk of the town; heat lingers and fades."""

    today: int = 0
    yesterday: int = 0
    before: int = 0

    def stir(self, conditions: Conditions, heat: int, *, said_openly: bool = False) -> None:
        """Add today's heat and bend today's conditions. Call it once each day, with 0 when nothing is new."""
        fades = _SAID_FADES_PER_MILLE if said_openly else _FADES_PER_MILLE
        self.before, self.yesterday = self.yesterday, self.today
        self.today = min(HEAT_MAX, self.today * fades // 1000 + heat)
        conditions.complaints_per_mille += self.today * 4
        conditions.posts_per_mille += (self.today + self.yesterday * 3) // 2
        conditions.withdrawals_per_mille += self.yesterday // 2 + self.before // 2
        conditions.bids_per_mille = conditions.bids_per_mille * (4 * HEAT_MAX - self.yesterday) // (4 * HEAT_MAX)
