"""What every incident is made of that takes no client's money itself: its course, its chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bulkhead.simulation.calendar import HOUR_US
from bulkhead.simulation.incidents._course import Course, span_days
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Act
from bulkhead.simulation.platform.plot import Dials, Plot

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform
    from bulkhead.simulation.platform.staff import Staff

# What the platform earns on one client on one day: about 220 yuan a year.
INCOME_DAY_MINOR = 60
BUSY_MINUTES = 720  # of a day, in which nearly all of it is earned
YUAN = 100  # minor units


class Mishap:
    """One incident while it happens. A kind says in ``act`` what it does on each day of its course.

    ``usual_days`` is its length at the usual speed, ``after_days`` how long ``act`` is still called once it is over.
    """

    usual_days: ClassVar[int]
    after_days: ClassVar[int] = 0

    def __init__(self, platform: Platform, plot: Plot) -> None:
        self.platform = platform
        self.plot = plot
        self.size, self.stealth, self.speed = plot.dials.size, plot.dials.stealth, plot.dials.speed
        self.course = Course(plot.first_day, span_days(self.usual_days, self.speed))
        self.draw = platform.draw(f"{plot.code}/{plot.number}")
        self.prepare()

    @classmethod
    def begin(cls, platform: Platform, plot: Plot) -> Act:
        """What an ``IncidentKind`` calls to begin it."""
        return cls(platform, plot).morning

    def prepare(self) -> None:
        """Choose who takes part, once, when it is begun."""

    def act(self, day: Day) -> None:
        """One day of the course or of the days after it."""
        raise AssertionError(type(self))

    def morning(self, day: Day) -> None:
        """Called every day; acts when it is its time."""
        if self.course.first_day <= day.number < self.course.first_day + self.course.days + self.after_days:
            self.act(day)

    @property
    def clients(self) -> int:
        return self.platform.setting.clients

    def force(self, action: str, day: int) -> int:
        """The dose of a response in force on a day; 0 for none and for days before the world."""
        return self.platform.in_force(action, day) if day >= 0 else 0

    def dose_per_mille(self, action: str, day: int, *, lead_days: int = 0, full_days: int = 1) -> int:
        """A dose told per mille, as far as it works on ``day``, at most 1000.

        It does nothing for ``lead_days`` after it was given; then it grows evenly and is whole after ``full_days``.
        """
        steps = (self.force(action, day - lead_days - back) for back in range(full_days))
        return min(1000, sum(steps) // full_days)

    def income_minor(self, minutes: int) -> int:
        """What the platform would have earned in so many busy minutes."""
        return self.clients * INCOME_DAY_MINOR * minutes // BUSY_MINUTES

    def is_last(self, day: Day) -> bool:
        return day.number == self.course.first_day + self.course.days - 1

    def moment_us(self, day: Day, from_hour: int, hours: int) -> int:
        """A moment of the day in the ``hours`` after ``from_hour``."""
        return day.at(from_hour) + self.draw.below(hours * HOUR_US)

    def someone(self, role: str) -> Staff:
        """A member of staff who sits at this desk all the time."""
        here = [each for each in self.platform.staff if each.role == role]
        return self.draw.pick([each for each in here if each.settled] or here)

    def some_clients(self, count: int, day: int, least_minor: int = 0, *, borrowers: bool = False) -> list[int]:
        """Up to ``count`` different active clients who joined before ``day`` and have ``least_minor`` free."""
        people = self.platform.people
        fit = people.active & ~people.dormant & (people.joined_day < day)
        if borrowers:
            fit &= people.borrows
        fit &= self.platform.free_minor >= least_minor
        return [int(client) for client in self.draw.pick_many(np.flatnonzero(fit).tolist(), count)]

    def set_off(self, day: Day, code: str, dials: Dials, *, in_days: int = 1) -> None:
        """Begin another incident tomorrow or later because of this one; the truth names this one as its cause."""
        self.platform.trigger(code, day.number + in_days, self.plot, dials)
