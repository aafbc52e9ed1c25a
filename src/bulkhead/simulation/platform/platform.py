"""The institution and its world, made one day at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.bidding import Bidding
from bulkhead.simulation.platform.changes import Changes
from bulkhead.simulation.platform.collecting import Collecting
from bulkhead.simulation.platform.conditions import Conditions
from bulkhead.simulation.platform.custodian import Custodian
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import Directory
from bulkhead.simulation.platform.kinds import Act, Surrounding
from bulkhead.simulation.platform.ledgers import Ledgers
from bulkhead.simulation.platform.loans import Loans
from bulkhead.simulation.platform.market import make_market
from bulkhead.simulation.platform.money import Money
from bulkhead.simulation.platform.numbering import note_planned, note_preparation, order_rows
from bulkhead.simulation.platform.partners import make_partners
from bulkhead.simulation.platform.people import People
from bulkhead.simulation.platform.planning import incident_kinds
from bulkhead.simulation.platform.plot import Dials, Plot
from bulkhead.simulation.platform.responses import ACTIONS
from bulkhead.simulation.platform.routine import Routine
from bulkhead.simulation.platform.saving import Saving
from bulkhead.simulation.platform.seasons import Season, seasons
from bulkhead.simulation.platform.setting import OFFSET_MINUTES, Setting
from bulkhead.simulation.platform.spending import Spending
from bulkhead.simulation.platform.staff import make_staff
from bulkhead.simulation.platform.streams import Stream
from bulkhead.simulation.platform.telling import truth_of
from bulkhead.simulation.platform.world import PlatformWorld
from bulkhead.simulation.truth import Truth


class Life(Protocol):
    """A part of everyday life. It spends ``day.left_minor`` only, and takes from there what it spends."""

    def live(self, day: Day) -> None: ...


class Ledger(Protocol):
    """Writes streams about the day's movements once these are numbered."""

    @property
    def streams(self) -> tuple[Stream, ...]: ...

    def write(self, day: Day) -> None: ...


class Platform:
    """State of a world while it is being made. ``days`` runs once; make another for another run.

    Without ``ledgers`` the streams about numbered movements stay empty, which saves a third of the time.
    """

    def __init__(self, setting: Setting, *, ledgers: bool = True) -> None:
        self.setting = setting
        self.calendar = Calendar(setting.start_us, setting.days, OFFSET_MINUTES)
        self.directory = Directory()
        self._chances: dict[str, Chance] = {}
        self._draws: dict[str, Draw] = {}
        self.people = People(self.directory, self.chance("people"), setting.clients, setting.days)
        self.staff = make_staff(setting, self.directory)
        self.partners = make_partners(setting, self.directory)
        self.market = make_market(setting)
        self.loans = Loans()
        self.money = Money()
        self.money.know(self.people.number)
        self._seasons = seasons(self.calendar, self.chance("seasons"))
        self.saving, self.spending, self.bidding = Saving(self), Spending(self), Bidding(self)
        self._life: tuple[Life, ...] = (
            Changes(self), self.saving, Collecting(self), self.bidding, self.spending, Routine(self),
        )  # fmt: skip
        self._ledgers: tuple[Ledger, ...] = (Ledgers(self), Custodian(self)) if ledgers else ()
        self.surroundings = discover("bulkhead.simulation.surroundings", "SURROUNDING", Surrounding)
        self.kinds = incident_kinds()
        self.plots: list[Plot] = []
        self._acts: list[Act] = []
        self._next_number = 1
        self._begin_incidents()

    def chance(self, name: str) -> Chance:
        """Draws for columns under this name."""
        return self._chances.setdefault(name, Chance(self.setting.seed, name))

    def draw(self, name: str) -> Draw:
        """Draws one after another under this name, going on where the last caller stopped."""
        return self._draws.setdefault(name, Draw(self.setting.seed, name))

    @property
    def free_minor(self) -> NDArray[np.int64]:
        """int64[clients]: what each can spend at the day's start."""
        self.money.know(self.people.number)
        return self.money.clients_minor

    def client_of(self, number: int) -> int:
        """The client of a directory number; -1 for any other name."""
        self.money.know(self.people.number)
        return self.money.client_of(number)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream of this world beside its movements."""
        own = (*Collecting.streams, *(stream for ledger in self._ledgers for stream in ledger.streams))
        return (*own, *(stream for each in self.surroundings.values() for stream in each.streams))

    def season(self, day_number: int) -> Season:
        """How busy a day is by the calendar and by mood."""
        return self._seasons[day_number]

    def office_days(self, day_number: int) -> tuple[int, ...]:
        """Days of the month on which something is due that offices do today: a Friday takes the weekend's along."""
        if self.calendar.date_of(day_number).weekday() > 4:
            return ()
        span = range(day_number, day_number + (3 if self.calendar.date_of(day_number).weekday() == 4 else 1))
        return tuple(self.calendar.date_of(day).day for day in span)

    def in_force(self, action: str, day_number: int) -> int:
        """Summed size of the responses of this action in force that day, each at least 1; 0 for none."""
        assert action in ACTIONS, f"{action!r} stands in no table of responses"
        return sum(max(1, r.size) for r in self.setting.responses if r.action == action and r.day <= day_number)

    def trigger(self, code: str, first_day: int, by: Plot, dials: Dials | None = None) -> Plot:
        """Set a further incident off, today or later, as the consequence of another."""
        return self._begin(code, first_day, dials, by.code)

    def days(self) -> Iterator[Day]:
        """Every day of the world, its movements in order and numbered, its records in ``blocks``."""
        for number in range(self.setting.days):
            yield self._day(number)

    def truth(self) -> Truth:
        """The incidents that have happened so far, by time."""
        return truth_of(self.plots, self.kinds)

    def world(self) -> PlatformWorld:
        """The world of this setting as the engine takes it; it makes a platform of its own for each stream."""
        return PlatformWorld(self.setting, partial(Platform, ledgers=False))

    def _day(self, number: int) -> Day:
        self.money.know(self.people.number)
        self.bidding.morning(number)
        day = Day(number, self.calendar.midnight_us(number), Conditions(), first_number=self._next_number)
        for act in self._acts:  # one that is set off today acts today, too
            act(day)
        self._respond(day)
        self._set_out_what_is_left(day)
        for life in self._life:
            life.live(day)
        for surrounding in self.surroundings.values():
            surrounding.write(self, day)
        for step in day.afterwards:
            step(day)
        self.money.know(self.people.number)
        day.places = order_rows(day)
        day.refused = self.money.post(day.rows)
        note_planned(day, day.places)
        note_preparation(day, self.plots, self.money)
        self._next_number += len(day.rows)
        for ledger in self._ledgers:
            ledger.write(day)
        return day

    def _respond(self, day: Day) -> None:
        """What people do about it meets what the incidents have made of the day."""
        for code in sorted({response.action for response in self.setting.responses}):
            action = ACTIONS[code]
            size = self.in_force(code, day.number - action.lead_days)
            if size and action.effect:
                action.effect(day.conditions, size)

    def _set_out_what_is_left(self, day: Day) -> None:
        """Honest people spend what was there in the morning, and nothing that an incident needs."""
        day.left_minor = self.free_minor.copy()
        for client, amount_minor in day.spoken_for.items():
            day.left_minor[client] -= amount_minor
        here = self.people.active & (self.people.joined_day <= day.number)
        day.left_minor = np.where(here, np.maximum(day.left_minor, 0), 0)

    def _begin_incidents(self) -> None:
        for planned in self.setting.incidents:
            self._begin(planned.code, planned.first_day, planned.dials, "")

    def _begin(self, code: str, first_day: int, dials: Dials | None, triggered_by: str) -> Plot:
        kind = self.kinds.get(code)
        if kind is None:
            raise BadInput(f"There is no incident {code[:40]!r}; there are: {', '.join(self.kinds)}.")
        number = 1 + sum(plot.code == code for plot in self.plots)
        plot = Plot(code, number, first_day, dials or kind.default, triggered_by=triggered_by)
        self.plots.append(plot)
        self._acts.append(kind.begin(self, plot))
        return plot
