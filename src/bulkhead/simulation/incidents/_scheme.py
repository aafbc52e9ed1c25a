"""What the incidents with money are made of: a purse that never spends what is not there, steps for later days,
accounts opened in advance, and the rows that log-ins, staff and victims leave behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.simulation.calendar import DAY_US, HOUR_US, MINUTE_US, OFFICE, SECOND_US
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import Use, day_moment_us, use
from bulkhead.simulation.lending.people import new_card, new_device
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.plot import Part, Plot
from bulkhead.simulation.platform.streams import block_of
from bulkhead.simulation.surroundings.logins import CARRIERS, LOGINS, METHOD_WEIGHTS, METHODS, NETWORKS, PLACES
from bulkhead.simulation.surroundings.voices import COMPLAINTS

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform
    from bulkhead.simulation.platform.staff import Staff

Step = Callable[[Day], None]

LAST_MINUTE_US = DAY_US - MINUTE_US
ABROAD = ("KH/hosting", "MM/hosting", "PH/proxy")
ELSEWHERE = ("CN-35/mobile", "CN-46/telecom", "CN-53/mobile")
ON_STANDING_ORDER = (MovementKind.REPAYMENT, MovementKind.FEE)  # nobody logs in for these
_ANSWER_DAYS = 15


class Scheme(Mishap):
    """One incident that moves money itself. ``prepare`` and ``act`` may plan ``later`` steps, before its first
    day (accounts that need an ordinary history) as well as after its last (complaints)."""

    def __init__(self, platform: Platform, plot: Plot) -> None:
        self._steps: dict[int, list[Step]] = {}
        self._brought: dict[int, int] = {}  # client -> what this incident has brought it today
        self._logged: set[tuple[int, int, int]] = set()  # client, device, hour
        super().__init__(platform, plot)

    def morning(self, day: Day) -> None:
        self._brought, self._logged = {}, set()
        for step in self._steps.pop(day.number, []):
            step(day)
        super().morning(day)

    def later(self, day_number: int, step: Step) -> None:
        """Call ``step`` on a morning to come; never, when the world has ended by then."""
        self._steps.setdefault(max(0, day_number), []).append(step)

    # who

    def number(self, client: int) -> int:
        """The directory number of a client."""
        return int(self.platform.people.number[client])

    def name(self, client: int) -> str:
        return self.platform.directory.names[self.number(client)]

    def cast(self, clients: list[int], *, doers: bool = False) -> list[int]:
        """Write clients down as actors; ``doers`` are those whose every movement belongs to the incident."""
        self.plot.actors.extend(self.name(client) for client in clients)
        if doers:
            self.plot.doers.update(clients)
        return clients

    def employ(self, role: str) -> Staff:
        """Somebody of this desk takes part."""
        staff = self.someone(role)
        self.plot.actors.append(staff.name)
        return staff

    def stranger_card(self) -> int:
        """A bank account outside that no client of the platform owns; its directory number."""
        return self.platform.directory.number(new_card(self.draw))

    def stranger_device(self) -> int:
        return self.platform.directory.number(new_device(self.draw))

    def regulars(self, count: int, day: int, *, least_yuan: int = 0, history_days: int = 10) -> list[int]:
        """Up to ``count`` active lenders with a history and so much free, those in no incident first of all."""
        people = self.platform.people
        fit = people.active & people.lends & ~people.dormant & (people.joined_day <= max(0, day - history_days))
        fit &= self.platform.free_minor >= least_yuan * YUAN
        taken = {client for plot in self.platform.plots for client in plot.doers}
        return self.draw.pick_many([c for c in np.flatnonzero(fit).tolist() if c not in taken], count)

    def sleepers(self, count: int, day: int, *, least_yuan: int = 0) -> list[int]:
        """Up to ``count`` clients who forgot their money; regular ones where too few did."""
        people = self.platform.people
        fit = people.dormant & people.active & (self.platform.free_minor >= least_yuan * YUAN)
        found = self.draw.pick_many(np.flatnonzero(fit).tolist(), count)
        return found + self.regulars(count - len(found), day, least_yuan=least_yuan)

    def accounts(
        self, count: int, *, days_before: int, devices: int = 0, borrows: bool = False, used: bool = True
    ) -> list[int]:
        """Accounts opened for the purpose over the time before the first day; ``used`` a little like anybody's.

        ``devices``: they are worked from so many phones; 0 for one each.
        """
        people, first = self.platform.people, self.plot.first_day
        # What another incident sets off begins in the middle of the world: nobody opened accounts before that.
        earliest = first if self.plot.triggered_by else 0
        phones = [self.stranger_device() for _ in range(devices)]
        made = []
        for place in range(count):
            joined = max(earliest, first - days_before + self.draw.below(max(1, days_before * 2 // 3)))
            client = people.add(joined, lends=not borrows, borrows=borrows)
            if phones:
                people.device[client] = phones[place % devices]
            made.append(client)
            if used:
                self._live_ordinarily(client, joined)
        return self.cast(made, doers=True)

    def _live_ordinarily(self, client: int, joined: int) -> None:
        """A little money in soon after joining, now and then some of it out again; no more once it has begun."""
        if joined + 1 >= self.plot.first_day:
            return
        amount = self.draw.between(12, 60) * 100 * YUAN
        self.later(joined + 1, lambda day: self._bring_own(day, client, amount))
        for back in range(joined + 4, self.plot.first_day, 6 + self.draw.below(7)):
            self.later(back, lambda day: self._take_own(day, client))

    def _bring_own(self, day: Day, client: int, amount: int) -> None:
        self.deposit(day, Part.PREPARATION, day_moment_us(self.draw, day), client, amount)

    def _take_own(self, day: Day, client: int) -> None:
        amount = whole(self.has(day, client) * self.draw.between(5, 25) // 100, 10 * YUAN)
        self.withdraw(day, Part.PREPARATION, day_moment_us(self.draw, day), client, amount)

    # money

    def has(self, day: Day, client: int) -> int:
        """What this incident can still move out of an account today, minor units."""
        # What it brought today was not there in the morning; what anybody takes out is spoken for.
        there = int(self.platform.free_minor[client]) + self._brought.get(client, 0)
        return max(0, there - day.spoken_for.get(client, 0))

    def _bring(self, client: int, amount: int) -> None:
        self._brought[client] = self._brought.get(client, 0) + amount

    def deposit(self, day: Day, part: Part, at_us: int, client: int, amount: int, *, card: int = ABSENT) -> None:
        """Money arrives from a bank account, the client's own unless told."""
        payer = card if card != ABSENT else int(self.platform.people.card[client])
        if amount > 0:
            at_us = inside(day, at_us)
            self._bring(client, amount)
            day.move(
                self.plot, part, at_us, MovementKind.DEPOSIT, amount, SUMMARY, self.number(client),
                payer=payer, settled=True,
            )  # fmt: skip

    def withdraw(
        self,
        day: Day,
        part: Part,
        at_us: int,
        client: int,
        amount: int,
        *,
        card: int = ABSENT,
        device: int = ABSENT,
    ) -> int:
        """Money leaves to a bank account, the client's own unless told; gives how much did."""
        payee = card if card != ABSENT else int(self.platform.people.card[client])
        return self.pay(
            day, part, at_us, MovementKind.WITHDRAWAL, amount, client, SUMMARY, payee=payee, device=device
        )

    def transfer(
        self, day: Day, part: Part, at_us: int, payer: int, payee: int, amount: int, *,
        device: int = ABSENT, kind: MovementKind = MovementKind.TRANSFER, instructed_by: int = ABSENT,
    ) -> int:  # fmt: skip
        """Money goes from one client to another; gives how much did."""
        credit = self.number(payee)
        moved = self.pay(day, part, at_us, kind, amount, payer, credit, device=device, instructed_by=instructed_by)
        self._bring(payee, moved)
        return moved

    def pay(
        self, day: Day, part: Part, at_us: int, kind: MovementKind, amount: int, payer: int, credit: int, *,
        payee: int = ABSENT, device: int = ABSENT, instructed_by: int = ABSENT,
    ) -> int:  # fmt: skip
        """A client's account pays what it can of an amount; gives what. On the client's phone, unless told or
        unless somebody else instructs it."""
        amount = min(amount, self.has(day, payer))
        if amount <= 0:
            return 0
        day.spoken_for[payer] = day.spoken_for.get(payer, 0) + amount
        at_us = inside(day, at_us)
        if instructed_by == ABSENT and kind not in ON_STANDING_ORDER:
            device = device if device != ABSENT else int(self.platform.people.device[payer])
            self._log_in_before(day, part, at_us, payer, device)
        day.move(
            self.plot, part, at_us, kind, amount, self.number(payer), credit,
            payee=payee, device=device, instructed_by=instructed_by,
        )  # fmt: skip
        return amount

    # when

    def due_today(self, day: Day, total: int) -> int:
        """Today's part of so many things spread evenly over the course."""
        gone, before = self.course.gone_per_mille(day.number), self.course.gone_per_mille(day.number - 1)
        return total * gone // 1000 - total * before // 1000

    def is_open(self) -> bool:
        """Whether the next deed happens without care: always at stealth 1, never at 10."""
        return self.draw.below(9) >= self.stealth - 1

    def hidden_or(self, open_value: int, hidden_value: int) -> int:
        """A figure between what a careless (stealth 1) and a careful (10) doer would choose."""
        return open_value + (hidden_value - open_value) * (self.stealth - 1) // 9

    def hurried(self, slow: int, fast: int) -> int:
        """A figure between that of speed 1 and that of speed 10."""
        return slow + (fast - slow) * (self.speed - 1) // 9

    def night_or_day_us(self, day: Day) -> int:
        """The dead of night for the careless, waking hours for the careful."""
        return self.moment_us(day, 1, 4) if self.is_open() else self.moment_us(day, 9, 12)

    def desk_us(self, day: Day) -> int:
        """Late in the evening for careless staff, office hours for careful ones."""
        if self.is_open():
            return self.moment_us(day, 20, 3)
        return day.midnight_us + self.draw.weighted(OFFICE) * HOUR_US + self.draw.below(HOUR_US)

    # traces

    def log_in(
        self, day: Day, at_us: int, client: int, *, device: int, known: bool, method: str, network: str = "",
        success: bool = True,
    ) -> None:  # fmt: skip
        """A log-in that is part of the deed; from the client's own place unless told."""
        at_us = inside(day, at_us)
        self._logged.update((client, device, hour_of(day, at_us) + later) for later in (0, 1, 2, 3))
        network = network or self.home_network(client)
        day.note(LOGINS, self.plot, [(at_us, self.number(client), device, "app", network, method, success, known)])

    def _log_in_before(self, day: Day, part: Part, at_us: int, client: int, device: int) -> None:
        """Whoever instructs has logged in that hour; on the day of the deed this is a trace of it."""
        mark = (client, device, hour_of(day, at_us))
        if mark in self._logged:
            return
        self._logged.add(mark)
        then_us = max(day.midnight_us, at_us - self.draw.between(30, 12 * 60) * SECOND_US)
        method = METHODS[self.draw.weighted(METHOD_WEIGHTS)]
        row = (then_us, self.number(client), device, "app", self.home_network(client), method, True, True)
        if part is Part.PREPARATION:
            day.write(block_of(LOGINS, [row]))
        else:
            day.note(LOGINS, self.plot, [row])

    def home_network(self, client: int) -> str:
        """Where the log-ins of everyday life come from for this client, by the mobile network."""
        chance = self.platform.chance("surroundings.logins")
        place = int(chance.weighted(tuple(PLACES.values()), client, 12)[0])
        carrier = int(chance.weighted((55, 26, 19), client, 15)[0])
        return NETWORKS[place * len(CARRIERS) + carrier]

    def uses(
        self, day: Day, at_us: int, staff: Staff, system: str, permission: str, *,
        on: int = ABSENT, approved_by: int = ABSENT, records: int = 1, terminal: str = "",
    ) -> None:  # fmt: skip
        """A member of staff uses a permission. ``on`` and ``approved_by`` are directory numbers."""
        terminal = terminal or f"office-{staff.seat:03d}"
        row = Use(inside(day, at_us), staff.number, system, permission, records, on, approved_by, terminal)
        use(self, day, [row])

    def complains(self, day: Day, client: int, topic: str) -> None:
        """This client complains today; the careful doer's victims seldom go to the regulator."""
        at_us = day_moment_us(self.draw, day)
        answered_us = at_us + self.draw.between(2 * HOUR_US, 9 * DAY_US)
        channel = "regulator" if self.is_open() and self.draw.chance(200) else self.draw.pick(("hotline", "app"))
        row = (at_us, self.number(client), topic, channel, at_us + _ANSWER_DAYS * DAY_US, answered_us)
        day.note(COMPLAINTS, self.plot, [row])


def inside(day: Day, at_us: int) -> int:
    """The moment itself, or the day's last minute when it would lie in the next day."""
    return min(at_us, day.midnight_us + LAST_MINUTE_US)


def hour_of(day: Day, at_us: int) -> int:
    """The local hour of a moment of this day."""
    return (at_us - day.midnight_us) // HOUR_US


def whole(amount: int, step: int = 100 * YUAN) -> int:
    """An amount rounded down to a multiple of ``step`` minor units."""
    return amount // step * step


def round_to(amount: int, piece: int) -> int:
    """How many pieces of this size come nearest to an amount."""
    return (amount + piece // 2) // piece


def pieces_of(scheme: Scheme, total: int, count: int, *, uneven_per_mille: int, step: int = YUAN) -> list[int]:
    """``total`` in ``count`` pieces that differ by up to so much from even; the last ones take what is left."""
    pieces, left = [], total
    for place in range(count, 1, -1):
        swing = scheme.draw.between(-uneven_per_mille, uneven_per_mille)
        piece = max(0, min(left, whole(left // place * (1000 + swing) // 1000, step)))
        pieces.append(piece)
        left -= piece
    return [piece for piece in (*pieces, left) if piece > 0]
