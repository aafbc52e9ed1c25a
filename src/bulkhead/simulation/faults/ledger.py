"""The book once more, as plainly as it can be told: one leaf after another, numbers in dictionaries.

It shares no code with ``custody`` and judges it: every balance that a leaf states must be the one found here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bulkhead.kernel.events import Event, HoldExpired, HoldReviewed
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.movements import AccountClass, Outcome, Phase, Status


class Broken(Exception):
    """Something that must always hold does not. The message says what."""


def demand(holds: bool, what: str) -> None:
    """Raise ``Broken`` unless it holds."""
    if not holds:
        raise Broken(what)


@dataclass(slots=True)
class SetAside:
    """Money of a hold that is not ended."""

    debit: str
    credit: str
    remaining_minor: int
    requested: bool  # by whoever placed it; else the decision did
    in_review: bool


@dataclass(slots=True)
class Ledger:
    """Balances by account name, and open holds by reference."""

    posted_minor: Counter[str] = field(default_factory=Counter)
    held_minor: Counter[str] = field(default_factory=Counter)
    holds: dict[str, SetAside] = field(default_factory=dict)

    def take_movement(self, leaf: MovementLeaf) -> None:
        """Carry out what a leaf says. Raises ``Broken`` when it cannot be so."""
        fixed, name = leaf.fixed, leaf.strings
        what = f"movement {name['movement_id']}"
        if fixed["settled"]:
            self._move(name["debit_account"], name["credit_account"], fixed["amount_minor"])
        else:
            self._carry_out(leaf, what)
        debit, credit = name["debit_account"], name["credit_account"]
        if debit:
            found = (self.posted_minor[debit], self.held_minor[debit])
            said = (fixed["debit_posted_minor"], fixed["debit_held_minor"])
            demand(found == said, f"{what} leaves its payer {said} by its leaf, {found} by the ledger")
        if credit:
            demand(
                self.posted_minor[credit] == fixed["credit_posted_minor"],
                f"{what} leaves its payee {fixed['credit_posted_minor']} by its leaf, "
                f"{self.posted_minor[credit]} by the ledger",
            )

    def take_event(self, event: Event) -> None:
        """Carry out an event that moves money. Raises ``Broken`` when it cannot be so."""
        if isinstance(event, HoldExpired):
            demand(event.hold in self.holds, f"hold {event.hold} lapsed twice, or never was")
            hold = self.holds.pop(event.hold)
            demand(hold.remaining_minor == event.amount_minor, f"hold {event.hold} lapsed with another amount")
            self.held_minor[hold.debit] -= hold.remaining_minor
        elif isinstance(event, HoldReviewed):
            demand(
                event.hold in self.holds and self.holds[event.hold].in_review, f"{event.hold} was not in review"
            )
            self._review(event)

    def _review(self, event: HoldReviewed) -> None:
        hold = self.holds[event.hold]
        if event.release and hold.requested:
            hold.in_review = False
            return
        if event.release:
            self._move(hold.debit, hold.credit, hold.remaining_minor)
        self.held_minor[hold.debit] -= hold.remaining_minor
        del self.holds[event.hold]

    def _carry_out(self, leaf: MovementLeaf, what: str) -> None:
        fixed, name = leaf.fixed, leaf.strings
        reference, debit = name["hold"] or name["movement_id"], name["debit_account"]
        if fixed["status"] == Status.REFUSED:
            return
        if fixed["phase"] in (Phase.POST, Phase.VOID):
            demand(reference in self.holds, f"{what} uses hold {reference}, which is not open")
            self._use(self.holds[reference], leaf, reference)
            return
        if fixed["status"] == Status.HELD:
            demand(reference not in self.holds, f"{what} places hold {reference} a second time")
            placed, in_review = fixed["phase"] == Phase.PLACE, fixed["outcome"] == Outcome.HOLD
            credit = name["credit_account"]
            self.holds[reference] = SetAside(debit, credit, fixed["amount_minor"], placed, in_review)
            self.held_minor[debit] += fixed["amount_minor"]
        else:
            self._move(debit, name["credit_account"], fixed["amount_minor"])
        if fixed["debit_class"] == AccountClass.CLIENT:
            free_minor = self.posted_minor[debit] - self.held_minor[debit]
            demand(free_minor >= 0, f"{what} was requested and takes {debit} below zero, to {free_minor}")

    def _use(self, hold: SetAside, leaf: MovementLeaf, reference: str) -> None:
        amount_minor = leaf.fixed["amount_minor"]
        if leaf.fixed["phase"] == Phase.VOID:
            amount_minor = hold.remaining_minor
        else:
            self._move(hold.debit, hold.credit, amount_minor)
        demand(amount_minor <= hold.remaining_minor, f"more was paid out of hold {reference} than was in it")
        self.held_minor[hold.debit] -= amount_minor
        hold.remaining_minor -= amount_minor
        if not hold.remaining_minor:
            del self.holds[reference]

    def _move(self, debit: str, credit: str, amount_minor: int) -> None:
        self.posted_minor[debit] -= amount_minor
        self.posted_minor[credit] += amount_minor
