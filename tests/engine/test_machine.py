"""The machine is a function of the sequence: not of the batches, nor of where it stopped, nor of who replays it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.engine.machine import Machine, Sealed
from bulkhead.engine.snapshot import dump, restore
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccountOpened,
    Event,
    HoldExpired,
    HoldReviewed,
    InstitutionOpened,
    RuleSetPublished,
    SourceRegistered,
    TimeAdvanced,
)
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.leaves import decode_movement_leaf, encode_event_leaf, encode_movement_leaf
from bulkhead.kernel.merkle import Frontier, leaf_hashes
from bulkhead.kernel.movements import AccountClass, MovementBatch
from seeded_town import START_US, batches_of, seeded_batch

KEY = bytes(range(32))
OPENING = InstitutionOpened("main", "CNY", 480)
HOUR_US = 3_600_000_000
Step = MovementBatch | Event


@cache
def life() -> tuple[Step, ...]:
    """Movements of a few days with the events of an institution between them."""
    batch = seeded_batch(3, 900, clients=25, pace_s=400)
    return (
        OPENING,
        RuleSetPublished(1, default_rule_set().text, "ann", ""),
        SourceRegistered("movements", "as read", ("device",)),
        AccountOpened("client:late", AccountClass.CLIENT, "CNY"),
        batch.slice(0, 250),
        TimeAdvanced(int(batch.rows["event_us"][249])),
        batch.slice(250, 600),
        TimeAdvanced(int(batch.rows["event_us"][599]) + HOUR_US),
        batch.slice(600, 900),
        TimeAdvanced(START_US + 400 * 24 * HOUR_US),
    )


def live(machine: Machine, steps: tuple[Step, ...], rows_max: int) -> list[Sealed]:
    sealed = []
    for step in steps:
        if isinstance(step, MovementBatch):
            sealed += [machine.step(part).sealed for part in batches_of(step, rows_max)]
        else:
            sealed.append(machine.apply(step))
    return sealed


def leaves_of(sealed: list[Sealed]) -> list[bytes]:
    return [one.leaves[k] for one in sealed for k in range(len(one.leaves))]


@cache
def lived() -> tuple[Machine, list[Sealed]]:
    machine = Machine(KEY)
    return machine, live(machine, life(), 4096)


def state(machine: Machine) -> dict[str, object]:
    """All that a snapshot holds, without slots of holds, which nobody outside can see."""
    names, slots = len(machine.names), machine.book.hold_slots()
    return {
        "root": (machine.sequence, machine.tree.root()),
        "names": machine.names.dump(),
        "accounts": machine.book.arrays(names)["accounts"].tolist(),
        "holds": {reference: machine.book.holds[slot].tolist() for reference, slot in slots.items()},
        "time": machine.effective_us,
        "ids": sorted(machine.duplicates.arrays()["young"].tolist()),
    }


@pytest.mark.parametrize("rows_max", [1, 7, 64, 333])
def test_the_leaves_are_the_same_whatever_the_batch_sizes(rows_max: int) -> None:
    machine = Machine(KEY)
    assert leaves_of(live(machine, life(), rows_max)) == leaves_of(lived()[1])
    assert state(machine) == state(lived()[0])


@pytest.mark.parametrize("together", [1, 13, 2_000])
def test_folding_the_leaves_gives_the_state_that_made_them(together: int) -> None:
    machine, before = Machine(KEY), lived()[1]
    waiting: list[Sealed] = []
    for sealed in before:
        waiting.append(sealed)
        if len(waiting) >= together or sealed is before[-1]:
            hashes = b"".join(one.leaf_hashes for one in waiting)
            for folded in machine.fold(Leaves.of(leaves_of(waiting)), hashes):
                assert folded.recomputed.tolist() == folded.booked.outcomes.tolist()
            waiting = []
    assert state(machine) == state(lived()[0])


@pytest.mark.parametrize("stop", [3, 5, 6, 7, 9])
def test_a_restored_machine_goes_on_as_if_it_had_never_stopped(stop: int) -> None:
    machine = Machine(KEY)
    begun = live(machine, life()[:stop], 100)
    again = restore(dump(machine), KEY)
    assert state(again) == state(machine)
    rest = live(again, life()[stop:], 50)
    assert leaves_of(begun) + leaves_of(rest) == leaves_of(lived()[1])
    assert state(again) == state(lived()[0])


def test_the_key_places_ids_and_nothing_else() -> None:
    other = Machine(bytes(32))
    assert leaves_of(live(other, life(), 500)) == leaves_of(lived()[1])


def test_every_leaf_reads_back_by_the_kernels_reference_and_the_tree_is_rfc_6962() -> None:
    machine, sealed = lived()
    leaves = leaves_of(sealed)
    movements = [leaf for leaf in leaves if leaf[0] == 1]
    assert len(movements) == 900
    assert [encode_movement_leaf(decode_movement_leaf(leaf)) for leaf in movements] == movements
    tree = Frontier()
    tree.append(leaf_hashes(Leaves.of(leaves)))
    assert tree.root() == machine.tree.root()


def test_a_repeat_gets_the_first_answer_and_leaves_no_trace() -> None:
    machine, _ = lived()
    restored = restore(dump(machine), KEY)
    batch = next(step for step in life() if isinstance(step, MovementBatch))
    stepped = restored.step(batch)
    assert len(stepped.sealed.leaves) == 0
    assert [repeat.sequence for repeat in stepped.repeats] == list(range(4, 4 + len(batch)))
    assert all(repeat.same for repeat in stepped.repeats)
    other = MovementBatch(batch.rows.copy(), batch.ids, batch.names, batch.holds)
    other.rows["amount_minor"][3] += 1
    assert [repeat.row for repeat in restored.step(other).repeats if not repeat.same] == [3]
    assert state(restored) == state(machine)


WRONG: dict[str, Event] = {
    "a second opening": OPENING,
    "a rule set out of turn": RuleSetPublished(3, default_rule_set().text, "ann", ""),
    "a rule set that is none": RuleSetPublished(2, "rules = 7", "ann", ""),
    "an account that is open": AccountOpened("book:fee", AccountClass.FEE, "CNY"),
    "an account of no class": AccountOpened("client:new", 77, "CNY"),
    "an account without a name": AccountOpened("", AccountClass.CLIENT, "CNY"),
    "an account with too long a name": AccountOpened("x" * 129, AccountClass.CLIENT, "CNY"),
    "an unknown currency": AccountOpened("client:new", AccountClass.CLIENT, "XYZ"),
    "a time that never comes": TimeAdvanced(10**30),
    "a hold nobody reviews": HoldReviewed("no-hold", True, "ann", "bo", "fine"),
    "a lapse nobody asked for": HoldExpired("loan-1", "client:1", 5),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_event_that_contradicts_the_state_is_refused_and_changes_nothing(what: str) -> None:
    machine = restore(dump(lived()[0]), KEY)
    with pytest.raises(BadInput):
        machine.apply(WRONG[what])
    assert state(machine) == state(lived()[0])
    leaves = Leaves.of([encode_event_leaf(WRONG[what])])
    with pytest.raises(ValueError, match="cannot have happened here"):
        machine.fold(leaves, leaf_hashes(leaves))


def test_nothing_comes_before_the_opening() -> None:
    machine = Machine(KEY)
    with pytest.raises(BadInput, match="begins with InstitutionOpened"):
        machine.apply(TimeAdvanced(START_US))
    assert machine.sequence == 0


def test_a_lapse_that_is_left_out_or_changed_is_noticed() -> None:
    sealed = next(one for one in lived()[1] if len(one.leaves) > 1 and one.leaves[1][:2] == b"\x02\x01")
    stop = lived()[1].index(sealed)
    for forge in ("left out", "changed"):
        machine = Machine(KEY)
        for one in lived()[1][:stop]:
            machine.fold(one.leaves, one.leaf_hashes)
        leaves = [sealed.leaves[k] for k in range(len(sealed.leaves))]
        if forge == "left out":
            leaves.pop()
        else:
            leaves[1] = encode_event_leaf(HoldExpired("another", "client:1", 5))
        with pytest.raises(ValueError, match=r"missing at the batch's end|stands where"):
            machine.fold(Leaves.of(leaves), leaf_hashes(Leaves.of(leaves)))


def test_names_are_numbered_by_first_appearance_in_the_sequence() -> None:
    machine, _ = lived()
    seen: list[str] = list(machine.names.dump()[:5])
    assert seen == ["book:summary", "book:fee", "book:own", "book:suspense", "client:late"]
    columns = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")
    for step in life():
        if isinstance(step, MovementBatch):
            for name in (step.names[row[c]] for row in step.rows for c in columns if row[c] >= 0):
                seen += [] if name in seen else [name]
    assert machine.names.dump() == seen
    assert [machine.names.find(name) for name in seen] == list(range(len(seen)))
    assert np.all(machine.names.hashes(tuple(seen)) != 0)
