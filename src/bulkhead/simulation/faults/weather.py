"""What goes wrong in a fault run, and how often: another seed is another climate, in which some things never happen.

Every call that can fail asks here. Calls come in one order, because a run has one thread; so a seed gives the same
faults at the same calls.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum

from bulkhead.simulation.drawing import Draw


class Trouble(Enum):
    """One kind of fault. The value is its code in reports."""

    KILLED = "killed"  # the process, between two calls
    POWER = "power-lost"  # every process at once, and what the disk had not yet been told to keep
    POWER_AT_SNAPSHOT = "power-lost-at-snapshot"
    KILLED_BEFORE = "killed-before-commit"
    KILLED_AFTER = "killed-after-commit"
    BROKEN_BEFORE = "connection-broken-before-commit"
    BROKEN_AFTER = "connection-broken-after-commit"
    BROKEN_READING = "connection-broken-while-reading"
    DISK_FULL = "disk-full"
    TORN = "snapshot-torn"
    VANISHED = "snapshot-vanished"
    STALLED = "process-stalled"
    RIVAL = "second-writer"
    CLOCK_JUMP = "clock-jump"
    LOST = "message-lost"
    DOUBLED = "message-doubled"
    DELAYED = "message-delayed"


# At the worst, in 1,000 calls that could meet it.
_PER_MILLE_MAX = {
    Trouble.KILLED: 30,
    Trouble.POWER: 15,
    Trouble.POWER_AT_SNAPSHOT: 250,
    Trouble.KILLED_BEFORE: 40,
    Trouble.KILLED_AFTER: 40,
    Trouble.BROKEN_BEFORE: 40,
    Trouble.BROKEN_AFTER: 40,
    Trouble.BROKEN_READING: 8,
    Trouble.DISK_FULL: 40,
    Trouble.TORN: 500,
    Trouble.VANISHED: 300,
    Trouble.STALLED: 80,
    Trouble.RIVAL: 60,
    Trouble.CLOCK_JUMP: 30,
    Trouble.LOST: 200,
    Trouble.DOUBLED: 200,
    Trouble.DELAYED: 300,
}


class Weather:
    """The faults of one seed. ``met`` counts them; ``calm`` ends them."""

    def __init__(self, seed: int) -> None:
        climate = Draw(seed, "climate")
        self._per_mille = {kind: _rate(climate, worst) for kind, worst in _PER_MILLE_MAX.items()}
        self._draw = Draw(seed, "weather")
        self.met: Counter[Trouble] = Counter()
        self.calm = False

    def strikes(self, *kinds: Trouble) -> Trouble | None:
        """What goes wrong with this call, of the kinds it can meet."""
        if self.calm:
            return None
        for kind in kinds:
            if self._draw.chance(self._per_mille[kind]):
                self.met[kind] += 1
                return kind
        return None


def _rate(climate: Draw, worst: int) -> int:
    """Nothing of this kind in a third of all climates, the worst in another."""
    return (0, climate.between(1, worst), worst)[climate.below(3)]
