"""What must hold after a fault run, told from the stored journal and from what callers were answered.

Three ways lead to the same books: the leaves folded back in, the same movements decided again from nothing by one
machine that nobody disturbed, and a plain ledger. The engine that lived through the faults must agree with all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bulkhead.engine.leaf_codec import decode_movements, movement_runs
from bulkhead.engine.machine import Machine
from bulkhead.engine.snapshot import dump
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import AccountOpened, Event, FourEyesDemanded, HoldReviewed, RuleSetPublished
from bulkhead.kernel.journal import JournalBatch, JournalHead, Leaves
from bulkhead.kernel.leaves import LEAF_EVENT, MovementLeaf, decode_event_leaf, decode_movement_leaf
from bulkhead.kernel.merkle import HASH_BYTES, Frontier, leaf_hashes
from bulkhead.kernel.movements import Outcome, Refusal, Status
from bulkhead.simulation.faults.customers import Customer
from bulkhead.simulation.faults.ledger import Broken, Ledger, demand
from bulkhead.simulation.faults.letters import Answer, OfficeTold

Entry = MovementLeaf | Event
NewMachine = Callable[[], Machine]
_EVENT_OF = {
    "open-accounts": AccountOpened,
    "publish-rules": RuleSetPublished,
    "review-hold": HoldReviewed,
    "demand-four-eyes": FourEyesDemanded,
}


def whole(batches: Sequence[JournalBatch], head: JournalHead) -> Leaves:
    """All leaves of the journal. Raises ``Broken`` where batches do not join, or epochs or roots are wrong."""
    sequence, epoch = 0, 0
    for batch in batches:
        demand(batch.first_sequence == sequence, f"batch {batch.first_sequence} does not follow leaf {sequence}")
        demand(batch.epoch >= epoch, f"epoch {batch.epoch} at leaf {sequence} comes after epoch {epoch}")
        sequence, epoch = batch.next_sequence, batch.epoch
    leaves = Leaves.of([batch.leaves[k] for batch in batches for k in range(len(batch.leaves))])
    demand(head.size == len(leaves), f"the head counts {head.size} leaves, the journal has {len(leaves)}")
    if batches:
        hashes, tree = leaf_hashes(leaves), Frontier()
        demand(b"".join(batch.leaf_hashes for batch in batches) == hashes, "a leaf's stored hash is another")
        for batch in batches:
            tree.append(hashes[HASH_BYTES * batch.first_sequence : HASH_BYTES * batch.next_sequence])
            demand(tree.root() == batch.root, f"the root after leaf {batch.next_sequence} is another")
        demand(tree.root() == head.root, "the head has another root")
    return leaves


def entries(leaves: Leaves) -> list[Entry]:
    """The journal decoded a leaf at a time by the plain reference decoder."""
    found: list[Entry] = []
    for k in range(len(leaves)):
        leaf = leaves[k]
        found.append(decode_event_leaf(leaf) if leaf[0] == LEAF_EVENT else decode_movement_leaf(leaf))
    return found


def judge_promises(journal: Sequence[Entry], customers: Sequence[Customer]) -> None:
    """Every answered movement stands in the journal exactly once, as it was answered."""
    places: dict[str, int] = {}
    for sequence, entry in enumerate(journal):
        if isinstance(entry, MovementLeaf):
            movement_id = entry.strings["movement_id"]
            demand(
                movement_id not in places,
                f"{movement_id} stands at leaves {places.get(movement_id)} and {sequence}",
            )
            places[movement_id] = sequence
    for customer in customers:
        for movement_id, wish in customer.wishes.items():
            demand(wish.answer is not None, f"{movement_id} was never answered")
            if wish.answer is not None and not wish.answer.problem:
                demand(movement_id in places, f"{movement_id} was acknowledged and is lost")
                found = _answer_of(journal, places[movement_id], wish.answer)
                demand(found == wish.answer, f"{movement_id} was answered {wish.answer}, the journal says {found}")
    asked = {movement_id for customer in customers for movement_id in customer.wishes}
    demand(places.keys() <= asked, "the journal has movements that nobody asked for")


def judge_office(journal: Sequence[Entry], told: Sequence[OfficeTold]) -> None:
    """What the office was told it did stands at the leaf it was told."""
    for one in told:
        expected = _EVENT_OF.get(one.asked.errand)
        if one.sequence is None or expected is None:
            continue
        there = 0 <= one.sequence < len(journal) and isinstance(journal[one.sequence], expected)
        demand(there, f"{one.asked.errand} was done at leaf {one.sequence}, where no {expected.__name__} stands")
    numbers = [entry.number for entry in journal if isinstance(entry, RuleSetPublished)]
    demand(numbers == list(range(1, len(numbers) + 1)), f"rule sets are numbered {numbers}")


def judge_books(journal: Sequence[Entry], machine: Machine) -> None:
    """The living machine has the balances and holds of a plain ledger, and they sum to zero."""
    ledger = Ledger()
    for entry in journal:
        if isinstance(entry, MovementLeaf):
            ledger.take_movement(entry)
        else:
            ledger.take_event(entry)
    accounts = machine.book.accounts
    for number in range(len(machine.names)):
        name = machine.names[number]
        found = int(accounts[number]["posted_minor"]), int(accounts[number]["held_minor"])
        expected = ledger.posted_minor[name], ledger.held_minor[name]
        demand(found == expected, f"{name} has {found} in the engine, {expected} by the ledger")
    demand(set(machine.book.hold_slots()) == set(ledger.holds), "the engine has other open holds than the ledger")
    total_minor = sum(ledger.posted_minor.values())
    demand(total_minor == 0, f"all accounts together have {total_minor}")


def judge_lives(leaves: Leaves, machine: Machine, new_machine: NewMachine) -> None:
    """Folding the journal, and deciding all of it again in one life, both lead to where the engine is."""
    folded = new_machine()
    try:
        folded.fold(leaves, leaf_hashes(leaves))
    except ValueError as error:
        raise Broken(f"the journal cannot be folded: {error}") from None
    _demand_same(folded, machine, "the fold of the journal")
    again = new_machine()
    try:
        redone = _decide_again(again, leaves)
    except BadInput as error:
        raise Broken(f"the journal cannot be decided again: {error}") from None
    fork = next((k for k, leaf in enumerate(redone) if leaf != leaves[k]), len(redone))
    demand(fork == len(leaves), f"one undisturbed machine decides otherwise at leaf {fork}")
    _demand_same(again, machine, "the undisturbed machine")


def judge_projections(machine: Machine, names: Sequence[str], sequences: Sequence[int]) -> None:
    """Every leaf and every name is projected once, in order."""
    demand(list(sequences) == list(range(machine.sequence)), "the projections do not have each leaf once")
    demand(list(names) == machine.names.dump(), "the projections have other names than the engine")


def judge_marks(machine: Machine, balances: Mapping[int, tuple[int, int]]) -> None:
    """The last marked balance of every account is the engine's."""
    accounts = machine.book.accounts
    for number in range(len(machine.names)):
        if machine.book.is_account(number):
            expected = int(accounts[number]["posted_minor"]), int(accounts[number]["held_minor"])
            found = balances.get(number, (0, 0))
            demand(found == expected, f"{machine.names[number]} is projected at {found}, has {expected}")


def _answer_of(journal: Sequence[Entry], sequence: int, told: Answer) -> Answer:
    """What the leaf would answer; which rules hit is taken from the telling where their number agrees."""
    leaf = journal[sequence]
    assert isinstance(leaf, MovementLeaf), "its place is that of a movement"
    fixed, refusal = leaf.fixed, Refusal(leaf.fixed["refusal"])
    rules = told.rules if sum(leaf.hits) == len(told.rules) else ("?",) * sum(leaf.hits)
    outcome, status = Outcome(fixed["outcome"]).name.lower(), Status(fixed["status"]).name.lower()
    return Answer(sequence, outcome, status, refusal.name.lower() if refusal else "", rules)


def _decide_again(machine: Machine, leaves: Leaves) -> list[bytes]:
    """Step and apply what the leaves say was asked; what followed from an event follows by itself."""
    data = np.frombuffer(leaves.data, np.uint8)
    redone: list[bytes] = []
    for start, stop, is_movements in movement_runs(data, leaves.offsets):
        if stop <= machine.sequence:
            continue  # the consequence of an event, sealed with it
        if is_movements:
            sealed = machine.step(decode_movements(data, leaves.offsets[start : stop + 1]).batch).sealed
        else:
            sealed = machine.apply(decode_event_leaf(leaves[start]))
        redone += [sealed.leaves[k] for k in range(len(sealed.leaves))]
        demand(machine.sequence <= len(leaves), "one undisturbed machine goes on where the journal ends")
    return redone


def _demand_same(one: Machine, machine: Machine, what: str) -> None:
    """Whether two machines are in the same state, as far as it decides what comes next."""
    found, expected = dump(one), dump(machine)
    for part in ("tree", "book.accounts"):
        demand(np.array_equal(found[part], expected[part]), f"{what} differs from the living engine in {part}")
    for name, value in _facts(one).items():
        demand(value == _facts(machine)[name], f"{what} differs from the living engine in its {name}")


def _facts(machine: Machine) -> dict[str, object]:
    """What a machine knows besides balances and the tree; slots of holds are its own affair."""
    holds = {reference: machine.book.holds[slot].tolist() for reference, slot in machine.book.hold_slots().items()}
    return {
        "names": machine.names.dump(),
        "holds": holds,
        "time": machine.effective_us,
        "rule sets": machine.rule_set_events,
        "sources": machine.sources,
        "proposals": (machine.proposals.count, machine.proposals.open),
        "four eyes": machine.four_eyes,
        "staff": machine.staff,
    }
