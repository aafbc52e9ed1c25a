"""The engine's half of the mechanism: the shipped rules decide every movement, a person reviews what they hold.

Assumed, and stated in every result: whoever reviews a movement that is harm recognises it and rejects it; honest
movements are released. Reviews are done by the next midnight.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.engine.machine import Machine, Stepped
from bulkhead.kernel.events import Event, HoldReviewed, InstitutionOpened
from bulkhead.kernel.movements import ABSENT, MovementBatch, Outcome, Phase, Status
from bulkhead.simulation.scoring.decided import opened_machine

REVIEWER = "staff:reviewer"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stop:
    """A movement that the decision held or declined. ``number`` is the world's."""

    day: int
    number: int
    amount_minor: int
    outcome: Outcome
    rule: str


@dataclass(slots=True)
class Guard:
    """A machine with its reviewer. ``step`` batches in the world's order; ``review`` at each midnight."""

    machine: Machine
    rules: dict[str, Rule]
    movements: int = 0
    stops: list[Stop] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)  # numbers of movements that the book or the decision refused
    rejected: set[int] = field(default_factory=set)
    _held: dict[str, int] = field(default_factory=dict)  # reference of the hold -> number of the movement

    @classmethod
    def of(cls, institution: InstitutionOpened, rule_set: RuleSet) -> Guard:
        """A guard at the opening of the institution."""
        return cls(opened_machine(institution, rule_set), {rule.code: rule for rule in rule_set.rules})

    def apply(self, event: Event) -> None:
        self.machine.apply(event)

    def step(self, batch: MovementBatch, day: int) -> None:
        """Decide and book the next movements of the world."""
        stepped = self.machine.step(batch)
        assert not stepped.repeats, "a world uses an id once"
        first = self.movements + 1
        self.movements += len(batch)
        outcomes = stepped.booked.outcomes
        self.refused.update((first + np.flatnonzero(outcomes["status"] == Status.REFUSED)).tolist())
        for row in np.flatnonzero(outcomes["outcome"] != Outcome.ALLOW).tolist():
            self._stopped(stepped, batch, row, Stop(
                day, first + row, int(batch.rows["amount_minor"][row]), Outcome(outcomes["outcome"][row]),
                self._rule(stepped, row),
            ))  # fmt: skip

    def review(self, harm: set[int]) -> None:
        """End every hold that waits: what is harm is rejected, the rest released."""
        for reference in sorted(self.machine.book.holds_in_review()):
            number = self._held[reference]
            if number in harm:
                self.rejected.add(number)
            self.machine.apply(HoldReviewed(reference, number not in harm, REVIEWER, "", "reviewed"))
        self._held.clear()

    def _stopped(self, stepped: Stepped, batch: MovementBatch, row: int, stop: Stop) -> None:
        if stepped.booked.batch.rows["settled"][row]:
            return  # it has happened already: the decision is a note
        self.stops.append(stop)
        if stepped.booked.outcomes["status"][row] == Status.HELD:
            own = batch.rows["phase"][row] == Phase.SINGLE or batch.rows["hold"][row] == ABSENT
            self._held[batch.ids[row] if own else batch.holds[batch.rows["hold"][row]]] = stop.number

    def _rule(self, stepped: Stepped, row: int) -> str:
        """The weightiest rule that hit; ``UNKNOWN`` where one held because it could not be known."""
        hits = np.unpackbits(stepped.booked.hits[row], bitorder="little")
        struck = [self.rules[code] for code, hit in zip(self.machine.rule_codes, hits, strict=False) if hit]
        against = [rule for rule in struck if rule.outcome != Outcome.ALLOW]
        return max(against, key=lambda rule: rule.rank).code if against else UNKNOWN
