"""One world played once: its facts, what the engine did in it, what it lost, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bulkhead.decision.rule_set import RuleSet
from bulkhead.kernel.events import TimeAdvanced
from bulkhead.kernel.movements import MovementBatch
from bulkhead.risk.facts import Facts
from bulkhead.simulation.case_studies.gathering import Gathering
from bulkhead.simulation.case_studies.guarding import Guard
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.plot import Part, Plot
from bulkhead.simulation.platform.setting import Setting
from bulkhead.simulation.platform.world import INSTITUTION, PlatformWorld
from bulkhead.simulation.scoring.decided import OpenNames


@dataclass(frozen=True, slots=True)
class Played:
    """A finished world. ``loss_minor[day]`` is all it had lost by the end of that day, whatever the engine did."""

    facts: Facts
    plots: tuple[Plot, ...]
    amounts_minor: dict[int, int]  # of each movement that is harm, by its number
    harm_days: dict[int, int]
    loss_minor: tuple[int, ...]
    first_date: str
    guard: Guard | None

    @property
    def down_minutes(self) -> int:
        return sum(plot.down_minutes for plot in self.plots)


class _Watched(Platform):
    """A platform that tells of each day before it goes on."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.gathering = Gathering(self)
        self.loss_minor: list[int] = []
        self.amounts_minor: dict[int, int] = {}
        self.harm_days: dict[int, int] = {}
        self._noted: dict[int, int] = {}  # place of a plot -> movements of harm taken over

    def days(self) -> Iterator[Day]:
        for day in super().days():
            self.gathering.take(day)
            self._note_harm(day)
            yield day

    def _note_harm(self, day: Day) -> None:
        for place, plot in enumerate(self.plots):
            harm = plot.movements[Part.HARM]
            for number in harm[self._noted.get(place, 0) :]:
                self.amounts_minor[number] = int(day.rows["amount_minor"][number - day.first_number])
                self.harm_days[number] = day.number
            self._noted[place] = len(harm)
        self.loss_minor.append(sum(plot.harm_minor + plot.loss_minor for plot in self.plots))


def play(setting: Setting, rule_set: RuleSet | None) -> Played:
    """Make the world; with a rule set the engine decides every movement of it, in memory."""
    platform = _Watched(setting)
    guard = None
    if rule_set is None:
        for _ in platform.days():
            pass
    else:
        guard = Guard.of(INSTITUTION, rule_set)
        _decide(platform, guard)
    return Played(
        platform.gathering.facts(),
        tuple(platform.plots),
        platform.amounts_minor,
        platform.harm_days,
        tuple(platform.loss_minor),
        platform.calendar.date_of(0).isoformat(),
        guard,
    )


def _decide(platform: _Watched, guard: Guard) -> None:
    """Give every movement of the world to the engine and review what it held at each midnight."""
    day = 0
    for item in PlatformWorld(platform.setting, lambda _: platform).stream(OpenNames()):
        if isinstance(item, MovementBatch):
            guard.step(item, day)
            continue
        if isinstance(item, TimeAdvanced):
            guard.review(set(platform.amounts_minor))
            day += 1
        guard.apply(item)
