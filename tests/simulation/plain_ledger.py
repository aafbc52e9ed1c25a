"""A ledger of a few lines, written without a look at the house's own book: the oracle for worlds."""

from __future__ import annotations

from collections import defaultdict

from bulkhead.kernel.movements import Phase
from bulkhead.simulation.world import WorldMovement


class PlainLedger:
    """Balances and money set aside. Requests without the money are refused, settled movements never."""

    def __init__(self) -> None:
        self.posted: dict[str, int] = defaultdict(int)
        self.set_aside: dict[str, WorldMovement] = {}

    def free(self, account: str) -> int:
        held = sum(m.amount_minor for m in self.set_aside.values() if m.debit_account == account)
        return self.posted[account] - held

    def lapse(self, now_us: int) -> None:
        """Days turn at midnight: what has expired by then is free."""
        for hold in [h for h, m in self.set_aside.items() if m.expires_us <= now_us]:
            del self.set_aside[hold]

    def take(self, movement: WorldMovement) -> bool:
        """Whether the movement could be done; it is done then."""
        if movement.phase in (Phase.POST, Phase.VOID):
            placed = self.set_aside.pop(movement.hold, None)
            if placed is None or placed.amount_minor != movement.amount_minor:
                return False
            return movement.phase == Phase.VOID or self._move(movement)
        if not movement.settled and self.free(movement.debit_account) < movement.amount_minor:
            return False
        if movement.phase == Phase.PLACE:
            self.set_aside[movement.movement_id] = movement
            return True
        return self._move(movement)

    def _move(self, movement: WorldMovement) -> bool:
        self.posted[movement.debit_account] -= movement.amount_minor
        self.posted[movement.credit_account] += movement.amount_minor
        return True
