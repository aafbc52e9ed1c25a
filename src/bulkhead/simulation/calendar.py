"""When people do things: local days, pay days, night and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bulkhead.simulation.drawing import Draw

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

# How busy each local hour is. People look at their phone at lunch and in the evening.
DAY_PEOPLE = (2, 1, 0, 0, 0, 1, 4, 10, 20, 28, 32, 30, 36, 30, 26, 24, 24, 26, 30, 38, 44, 40, 24, 8)
NIGHT_OWLS = (30, 26, 18, 10, 6, 2, 2, 2, 4, 6, 8, 10, 14, 12, 10, 10, 10, 12, 14, 20, 26, 34, 40, 38)
OFFICE = (0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 40, 34, 10, 14, 34, 36, 30, 10, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local days of one world. Times are UTC microseconds; day 0 begins at ``start_us``, a local midnight."""

    start_us: int
    days: int
    timezone_offset_minutes: int

    @property
    def end_us(self) -> int:
        return self.midnight_us(self.days)

    def midnight_us(self, day: int) -> int:
        return self.start_us + day * DAY_US

    def day_of(self, at_us: int) -> int:
        return (at_us - self.start_us) // DAY_US

    def date_of(self, day: int) -> date:
        """The local date of a day."""
        local_us = self.midnight_us(day) + self.timezone_offset_minutes * MINUTE_US
        return date.fromordinal(date(1970, 1, 1).toordinal() + local_us // DAY_US)

    def working_day(self, day: int) -> int:
        """``day`` itself, or the Friday before it at a weekend; never before day 0."""
        return max(0, day - max(0, self.date_of(day).weekday() - 4))

    def day_with_date(self, day_of_month: int, from_day: int = 0) -> int | None:
        """The first day, from ``from_day`` on, that has this date in its month; None beyond the last day."""
        days = range(from_day, self.days)
        return next((day for day in days if self.date_of(day).day == day_of_month), None)

    def clock_us(self, day: int, hour: int, minute: int = 0) -> int:
        return self.midnight_us(day) + hour * HOUR_US + minute * MINUTE_US

    def moment_us(self, draw: Draw, day: int, hours: tuple[int, ...] = DAY_PEOPLE) -> int:
        """A moment of the day, the busy hours of ``hours`` more often."""
        return self.midnight_us(day) + draw.weighted(hours) * HOUR_US + draw.below(HOUR_US)
