"""A program that sends movements over a bad line, sends again what was not answered, and keeps what was.

What it keeps is the whole of its claim: at the end the journal must say of every answered movement what was answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bulkhead.kernel.movements import NO_AMOUNT, MovementKind, Phase
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.faults.ledger import Broken, demand
from bulkhead.simulation.faults.letters import Answer, MovementsAsked, MovementsTold
from bulkhead.simulation.faults.weather import Trouble, Weather
from bulkhead.simulation.world import WorldMovement

CLIENTS = tuple(f"client:{name}" for name in ("ann", "bo", "chen", "dai", "eve", "fan"))
PATIENCE_US = 6_000_000  # then it asks again
JUMP_US_MAX = 600_000_000
LETTER_MOVEMENTS_MAX = 5
REMEMBERED = 8  # answered movements of which one is sent again now and then
_SECOND_US = 1_000_000


@dataclass(slots=True)
class Wish:
    """A movement somebody wants, until it is answered."""

    movement: WorldMovement
    sent_us: int = -PATIENCE_US
    answer: Answer | None = None
    given_us: int = 0  # when the engine gave the answer


@dataclass(slots=True)
class Customer:
    """One caller. ``to_invent``: how many movements it has yet to think of."""

    name: str
    draw: Draw
    weather: Weather
    to_invent: int
    wishes: dict[str, Wish] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)  # told that the time in it cannot be
    letters: int = 0
    repeats: int = 0  # movements sent again, answered or not
    _open_holds: list[WorldMovement] = field(default_factory=list)
    _ahead_us: int = 0  # of its clock

    @property
    def content(self) -> bool:
        """Whether it has all it wanted."""
        return not self.to_invent and all(wish.answer for wish in self.wishes.values())

    def letter(self, now_us: int) -> MovementsAsked | None:
        """What it sends now, if anything."""
        if self.weather.strikes(Trouble.CLOCK_JUMP):
            self._ahead_us += self.draw.between(-JUMP_US_MAX, JUMP_US_MAX)
        chosen = [wish for wish in self.wishes.values() if self._waits(wish, now_us)][:LETTER_MOVEMENTS_MAX]
        self.repeats += len(chosen)
        movements = [wish.movement for wish in chosen]
        new = self.draw.between(0, 2) - len(movements) if not self.draw.chance(200) else LETTER_MOVEMENTS_MAX
        for _ in range(min(self.to_invent, new, LETTER_MOVEMENTS_MAX - len(movements))):
            movements.append(self._invent(now_us))
            self.wishes[movements[-1].movement_id] = Wish(movements[-1])
        answered = [wish for wish in self.wishes.values() if wish.answer and not wish.answer.problem]
        if answered and self.to_invent and self.draw.chance(350):
            old = self.draw.pick(answered[-REMEMBERED:]).movement
            movements.append(replace(old, amount_minor=old.amount_minor + 1) if self.draw.chance(300) else old)
            self.repeats += 1
        if not movements:
            return None
        for movement in movements:
            self.wishes[movement.movement_id].sent_us = now_us
        self.letters += 1
        return MovementsAsked(self.name, self.letters, tuple(movements))

    def hear(self, told: MovementsTold) -> None:
        """Keep what it is told. Raises ``Broken`` when it has been told otherwise before."""
        for movement, answer in zip(told.asked.movements, told.answers, strict=True):
            wish = self.wishes[movement.movement_id]
            if movement != wish.movement:
                demand(
                    answer.problem in ("id", "time"),
                    f"{movement.movement_id} was taken with another amount: {answer}",
                )
            elif wish.answer is None:
                self._keep(wish, answer)
                wish.given_us = told.given_us
            elif answer.problem == "time" and told.given_us < wish.given_us:
                continue  # a clock stood wrong then, and this letter was overtaken by the better answer
            elif movement.movement_id not in self.given_up:
                demand(
                    answer == wish.answer,
                    f"{movement.movement_id} was answered {wish.answer}, and later {answer}",
                )

    def _waits(self, wish: Wish, now_us: int) -> bool:
        return wish.answer is None and now_us - wish.sent_us >= PATIENCE_US

    def _keep(self, wish: Wish, answer: Answer) -> None:
        movement = wish.movement
        wish.answer = answer
        if answer.problem == "time":
            self.given_up.add(movement.movement_id)
        elif answer.problem:
            raise Broken(f"{movement.movement_id} was sent in good order and is told: {answer.problem}")
        elif movement.phase is Phase.PLACE and answer.status == "held" and answer.outcome != "hold":
            self._open_holds.append(movement)

    def _invent(self, now_us: int) -> WorldMovement:
        self.to_invent -= 1
        number, client = len(self.wishes), self.draw.pick(CLIENTS)
        movement = WorldMovement(
            movement_id=f"{self.name}-{number}",
            event_us=now_us + self._ahead_us - self.draw.below(3 * _SECOND_US),
            amount_minor=self.draw.between(1, 60_000) * (5 if number < 4 else 1),
            kind=MovementKind.DEPOSIT,
            settled=True,
            debit_account="book:summary",
            credit_account=client,
            payee=client,
        )
        if number < 4:
            return movement  # money must come before it can go
        kinds = ((_paid_out, 15), (_passed_on, 20), (_set_aside, 40), (_charged, 5), (lambda m, d: m, 20))
        if self._open_holds and self.draw.chance(550):
            return self._end_hold(movement)
        makers: list[Make] = [make for make, _ in kinds]
        return makers[self.draw.weighted([weight for _, weight in kinds])](movement, self.draw)

    def _end_hold(self, movement: WorldMovement) -> WorldMovement:
        """Pay out of money set aside or give it back; now and then of a hold that has been ended already."""
        placed = self.draw.pick(self._open_holds)
        if self.draw.chance(600):
            self._open_holds.remove(placed)
        return replace(
            placed,
            movement_id=movement.movement_id,
            event_us=movement.event_us,
            kind=MovementKind.DISBURSEMENT,
            phase=Phase.VOID if self.draw.chance(500) else Phase.POST,
            amount_minor=max(1, placed.amount_minor // self.draw.between(1, 2)),
            expires_us=NO_AMOUNT,
        )


Make = Callable[[WorldMovement, Draw], WorldMovement]


def _asked(movement: WorldMovement, draw: Draw, kind: MovementKind, payee: str, credit: str) -> WorldMovement:
    """A request by a client; now and then by somebody else in the client's name."""
    payer = movement.payee
    return replace(
        movement,
        kind=kind,
        settled=False,
        debit_account=payer,
        credit_account=credit,
        payer=payer,
        payee=payee,
        device=f"device:{payer.partition(':')[2]}",
        instructed_by=draw.pick(CLIENTS) if draw.chance(50) else payer,
    )


def _paid_out(movement: WorldMovement, draw: Draw) -> WorldMovement:
    return _asked(movement, draw, MovementKind.WITHDRAWAL, f"bank:B/{draw.below(5)}", "book:summary")


def _passed_on(movement: WorldMovement, draw: Draw) -> WorldMovement:
    payee = draw.pick([client for client in CLIENTS if client != movement.payee])
    return _asked(movement, draw, MovementKind.TRANSFER, payee, payee)


def _charged(movement: WorldMovement, draw: Draw) -> WorldMovement:
    return _asked(movement, draw, MovementKind.FEE, "book:fee", "book:fee")


def _set_aside(movement: WorldMovement, draw: Draw) -> WorldMovement:
    payee = draw.pick([client for client in CLIENTS if client != movement.payee])
    expires_us = movement.event_us + draw.between(5, 60) * _SECOND_US if draw.chance(300) else NO_AMOUNT
    asked = _asked(movement, draw, MovementKind.BID, payee, payee)
    return replace(asked, phase=Phase.PLACE, hold=movement.movement_id, expires_us=expires_us)
