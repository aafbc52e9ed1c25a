"""What became of a hold after it was placed: paid out, given back, lapsed, or ended by people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bulkhead.engine.proposals import carried_out
from bulkhead.kernel.events import (
    ApprovalDecided,
    ApprovalProposed,
    Event,
    HoldExpired,
    HoldReviewed,
    decode_event,
)
from bulkhead.kernel.leaves import MovementLeaf, decode_movement_leaf
from bulkhead.kernel.movements import Outcome, Phase, Status
from bulkhead.runtime.projections.movement_query import MovementQuery, Reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.runtime.wiring import Stores

STEPS_MAX = 50

_EVENTS = """
    SELECT sequence, body FROM event
    WHERE institution = %(institution)s AND sequence > %(sequence)s
      AND (
        type IN ('HoldReviewed', 'HoldExpired', 'ApprovalProposed')
            AND (strpos(body, %(hold)s) > 0 OR strpos(body, %(nested)s) > 0)
        OR type = 'ApprovalDecided'
      )
    ORDER BY sequence LIMIT 1000
"""
# An event has no time of its own: it happened at the time the book had reached.
_TIMES = """
    SELECT s, (
        SELECT effective_us FROM movement WHERE institution = %(institution)s AND sequence <= s
        ORDER BY sequence DESC LIMIT 1
    ) FROM unnest(%(sequences)s::bigint[]) s
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a hold, by an event or by a movement that used it (``phase``, ``amount_minor``)."""

    sequence: int
    effective_us: int | None
    event: HoldReviewed | HoldExpired | ApprovalProposed | ApprovalDecided | None
    phase: Phase = Phase.SINGLE
    amount_minor: int = 0


def hold_of(leaf: MovementLeaf) -> str:
    """The reference of the hold that a movement placed or used; "" where there is none."""
    placed = leaf.fixed["status"] == Status.HELD
    return leaf.strings["hold"] or (leaf.strings["movement_id"] if placed else "")


def aftermath(stores: Stores, reading: Reading, sequence: int, leaf: MovementLeaf) -> tuple[Step, ...]:
    """What happened to the hold that this movement placed, in order, up to its end; empty where it placed none.

    At most ``STEPS_MAX`` steps. A reference that ended may be given again, so nothing after the end is told.
    """
    if leaf.fixed["status"] != Status.HELD:
        return ()
    hold = hold_of(leaf)
    found = [*_events(reading, sequence, hold), *_uses(stores, reading, sequence, leaf)]
    told = list(_until_ended(leaf, sorted(found, key=lambda step: step.sequence)))[:STEPS_MAX]
    if not told:
        return ()
    times: dict[int, int] = dict(reading.rows(_TIMES, {"sequences": [step.sequence for step in told]}))
    return tuple(
        Step(step.sequence, times.get(step.sequence), step.event, step.phase, step.amount_minor) for step in told
    )


def is_end(step: Step, leaf: MovementLeaf, left_minor: int) -> bool:
    """Whether a step ends the hold; ``left_minor`` is what of it was left before."""
    match step.event:
        case HoldExpired():
            return True
        case HoldReviewed(release=release):
            return not (release and leaf.fixed["phase"] == Phase.PLACE)
        case None:
            return step.phase == Phase.VOID or step.amount_minor >= left_minor
    return False


def waits_for_review(leaf: MovementLeaf, steps: tuple[Step, ...]) -> bool:
    """Whether people still have to release the hold or give it back."""
    decided = leaf.fixed["status"] == Status.HELD and leaf.fixed["outcome"] == Outcome.HOLD
    return decided and not any(isinstance(step.event, HoldReviewed | HoldExpired) for step in steps)


def _until_ended(leaf: MovementLeaf, steps: list[Step]) -> Iterator[Step]:
    left_minor = leaf.fixed["amount_minor"]
    for step in steps:
        yield step
        if is_end(step, leaf, left_minor):
            return
        left_minor -= step.amount_minor


def _events(reading: Reading, sequence: int, hold: str) -> Iterator[Step]:
    text = json.dumps(hold, ensure_ascii=False)
    wanted: dict[str, object] = {
        "sequence": sequence,
        "hold": text,
        "nested": json.dumps(text, ensure_ascii=False)[1:-1],  # a proposal's subject is JSON inside of JSON
    }
    proposals: set[int] = set()
    for at, body in reading.rows(_EVENTS, wanted):
        event = decode_event(body.encode())
        if isinstance(event, ApprovalProposed) and _asks_about(event, hold):
            proposals.add(event.number)
        if _is_about(event, hold, proposals):
            assert isinstance(event, HoldReviewed | HoldExpired | ApprovalProposed | ApprovalDecided)
            yield Step(int(at), None, event)


def _is_about(event: Event, hold: str, proposals: set[int]) -> bool:
    match event:
        case HoldReviewed() | HoldExpired():
            return event.hold == hold
        case ApprovalProposed() | ApprovalDecided():
            return event.number in proposals
    return False


def _asks_about(event: ApprovalProposed, hold: str) -> bool:
    carried = carried_out(event, checker="")
    return isinstance(carried, HoldReviewed) and carried.hold == hold


def _uses(stores: Stores, reading: Reading, sequence: int, leaf: MovementLeaf) -> Iterator[Step]:
    """The movements that paid out of the hold or gave it back: only their leaves say which hold it was."""
    hold = leaf.strings["hold"]
    if not hold:
        return
    query = MovementQuery(
        party=leaf.strings["debit_account"],
        phases=frozenset({Phase.POST, Phase.VOID}),
        statuses=frozenset({Status.BOOKED, Status.VOIDED}),
    )
    page = search_movements(reading, query, after=sequence, limit=STEPS_MAX)
    for row in reversed(page.rows):
        if _hold_at(stores, row.sequence) == hold:
            yield Step(row.sequence, row.effective_us, None, row.phase, row.amount_minor)


def placed_by(stores: Stores, reading: Reading, sequence: int, leaf: MovementLeaf) -> int | None:
    """The movement that placed the hold which this one pays out of or gives back.

    None where it uses none, and where the placing lies behind more than ``STEPS_MAX`` others of the account.
    """
    hold = leaf.strings["hold"]
    if not hold or leaf.fixed["phase"] not in (Phase.POST, Phase.VOID):
        return None
    query = MovementQuery(
        party=leaf.strings["debit_account"], phases=frozenset({Phase.PLACE}), statuses=frozenset({Status.HELD})
    )
    page = search_movements(reading, query, before=sequence, limit=STEPS_MAX)
    return next((row.sequence for row in page.rows if _hold_at(stores, row.sequence) == hold), None)


def _hold_at(stores: Stores, sequence: int) -> str:
    return decode_movement_leaf(stores.journal.read_leaf(sequence)).strings["hold"]
