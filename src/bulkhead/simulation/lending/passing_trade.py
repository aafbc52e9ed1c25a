"""What goes on in a world after its last day: small everyday business without an end, and now and then a theft.

It exists so that a demonstration has something to watch. It is drawn from a seed, told the time by whoever runs
it, and keeps no truth: measurements are made on worlds, not on this.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bulkhead.kernel.movements import MovementKind
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.world import World, WorldMovement

YUAN = 100  # minor units
SUMMARY = "book:summary"
THEFT_PER_MILLE = 12  # of the moments at which something happens
STEPS = (("deposit", 50), ("withdrawal", 30), ("transfer", 20))


@dataclass(slots=True)
class _Client:
    """What the world has shown of a person: their newest card and phone, and what they have brought since."""

    name: str
    card: str = ""
    device: str = ""
    brought_minor: int = 0


@dataclass(slots=True)
class PassingTrade:
    """Business between the people of a finished world. The same seed and times give the same movements."""

    draw: Draw
    clients: list[_Client]
    count: int = 0
    _planned: list[tuple[int, WorldMovement]] = field(default_factory=list)

    @classmethod
    def after(cls, world: World) -> PassingTrade:
        """Of the clients who had both brought money and taken some out."""
        people = {account.name: _Client(account.name) for account in world.accounts}
        for movement in world.movements:
            if movement.kind == MovementKind.DEPOSIT and movement.credit_account in people:
                people[movement.credit_account].card = movement.payer
            elif movement.kind == MovementKind.WITHDRAWAL and movement.debit_account in people:
                people[movement.debit_account].device = movement.device
        known = [person for person in people.values() if person.card and person.device]
        return cls(Draw(world.seed, "passing trade"), known)

    def at(self, now_us: int) -> list[WorldMovement]:
        """What happens at this moment, one or a few movements; times must not go back."""
        due = [movement for at_us, movement in self._planned if at_us <= now_us]
        self._planned = [(at_us, movement) for at_us, movement in self._planned if at_us > now_us]
        if self.draw.chance(THEFT_PER_MILLE):
            self._plan_theft(now_us)
        return [*(self._dated(movement, now_us) for movement in due), self._everyday(now_us)]

    def _everyday(self, now_us: int) -> WorldMovement:
        client = self.draw.pick(self.clients)
        step = STEPS[self.draw.weighted([weight for _, weight in STEPS])][0]
        if step == "deposit" or client.brought_minor < 200 * YUAN:
            amount = self.draw.amount_minor(500 * YUAN, 30_000 * YUAN, 100 * YUAN)
            client.brought_minor += amount
            return self._movement(
                now_us, MovementKind.DEPOSIT, amount, SUMMARY, client.name, payer=client.card, settled=True
            )
        amount = self.draw.amount_minor(100 * YUAN, client.brought_minor // 2, 10 * YUAN)
        client.brought_minor -= amount
        if step == "withdrawal":
            return self._request(now_us, MovementKind.WITHDRAWAL, amount, client, SUMMARY, client.card)
        other = self.draw.pick([each for each in self.clients if each is not client])
        return self._request(now_us, MovementKind.TRANSFER, amount, client, other.name, other.name)

    def _plan_theft(self, now_us: int) -> None:
        """A phone nobody has seen before takes the richest client's money to cards nobody has paid before."""
        victim = max(self.clients, key=lambda client: (client.brought_minor, client.name))
        self.count += 1
        thief = _Client(victim.name, device=f"device:stranger-{self.count}")
        at_us = now_us
        for part in range(4):
            amount = max(victim.brought_minor // 5 // YUAN, 20) * YUAN
            card = f"bank:stranger-{self.count}-{part}"
            theft = self._request(at_us, MovementKind.WITHDRAWAL, amount, thief, SUMMARY, card)
            self._planned.append((at_us, theft))
            at_us += self.draw.between(5, 25) * 1_000_000
        victim.brought_minor //= 5

    def _request(
        self, now_us: int, kind: MovementKind, amount: int, client: _Client, credit: str, payee: str
    ) -> WorldMovement:
        return self._movement(
            now_us, kind, amount, client.name, credit, payer=client.name, payee=payee, device=client.device
        )

    def _movement(
        self,
        now_us: int,
        kind: MovementKind,
        amount: int,
        debit: str,
        credit: str,
        *,
        payer: str,
        payee: str = "",
        device: str = "",
        settled: bool = False,
    ) -> WorldMovement:
        self.count += 1
        return WorldMovement(
            f"trade-{self.count}", now_us, amount, kind, settled, debit, credit, payer, payee or credit, device,
            instructed_by="" if settled else debit,
        )  # fmt: skip

    @staticmethod
    def _dated(movement: WorldMovement, now_us: int) -> WorldMovement:
        return replace(movement, event_us=now_us)
