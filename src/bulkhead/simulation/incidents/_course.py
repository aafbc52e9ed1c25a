"""How an incident runs its course: how long, how far along, how strong on a day. Integers throughout."""

from __future__ import annotations

from dataclasses import dataclass

# Per mille of a kind's usual days at speeds 1 to 10: five times as long, or within the day.
_PACE_PER_MILLE = (5000, 3500, 2400, 1600, 1000, 700, 450, 280, 140, 30)
YEAR_DAYS = 365


def span_days(usual_days: int, speed: int) -> int:
    """Days that an incident of ``usual_days`` takes at this speed (1 to 10), at least one."""
    return max(1, usual_days * _PACE_PER_MILLE[speed - 1] // 1000)


@dataclass(frozen=True, slots=True)
class Course:
    """The days of one incident, from ``first_day`` on."""

    first_day: int
    days: int

    def runs_on(self, day: int) -> bool:
        return 0 <= day - self.first_day < self.days

    def over_on(self, day: int) -> bool:
        return day >= self.first_day + self.days

    def age(self, day: int) -> int:
        """Whole days since the first one; 0 on it and before."""
        return max(0, day - self.first_day)

    def gone_per_mille(self, day: int) -> int:
        """How much of the course lies behind once this day is over: 0 before it, 1000 from its last day on."""
        return min(1000, max(0, day - self.first_day + 1) * 1000 // self.days)

    def level(self, day: int, peak: int, *, late_per_mille: int = 0) -> int:
        """A rise from 0 to ``peak`` over the course, held from then on.

        ``late_per_mille`` bends it: at 0 it rises evenly, at 1000 with the square, so that little shows early.
        """
        even = self.gone_per_mille(day)
        bent = (even * (1000 - late_per_mille) + even * even // 1000 * late_per_mille) // 1000
        return peak * bent // 1000

    def falls_on(self, day: int, every_days: int) -> bool:
        """Whether this day is one of each ``every_days`` days of the course; its first is one."""
        return self.runs_on(day) and self.age(day) % max(1, every_days) == 0


def hidden_per_mille(stealth: int) -> int:
    """Stealth 1 to 10 as a share: 0 hides nothing, 1000 as much as can be hidden."""
    return (stealth - 1) * 1000 // 9


def shown(count: int, stealth: int) -> int:
    """What remains to be seen of ``count`` tell-tale rows: all at stealth 1, a tenth of them, rounded up, at 10."""
    return -(-count * (1000 - hidden_per_mille(stealth) * 9 // 10) // 1000)


def interest_minor(amount_minor: int, basis_points: int, days: int = 1) -> int:
    """Interest on an amount for some days, a year having 365; rounded down."""
    return amount_minor * basis_points * days // (10_000 * YEAR_DAYS)
