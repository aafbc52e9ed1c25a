"""One movement, explained: what was decided and why, what the book did, and the proof of its leaf."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from bulkhead.decision.deciding import Decider
from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.kernel.events import InstitutionOpened, RuleSetPublished, SourceRegistered, decode_event
from bulkhead.kernel.journal import JournalHead
from bulkhead.kernel.leaves import LEAF_MOVEMENT, MovementLeaf, decode_movement_leaf
from bulkhead.kernel.merkle import inclusion_proof, leaf_hash, verify_inclusion
from bulkhead.kernel.movements import Status
from bulkhead.kernel.reasons import Reason
from bulkhead.runtime.evidence import EvidenceRow, evidence_rows
from bulkhead.runtime.lookup import find_movements
from bulkhead.runtime.wiring import Stores


class NoSuchMovement(Exception):
    """The institution has no movement of this id or at this leaf."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg: ``amount_minor`` is negative for the account debited. All legs of a movement sum to zero."""

    account: str
    amount_minor: int
    posted_minor: int  # balance after it


@dataclass(frozen=True, slots=True)
class Proof:
    """That the leaf is number ``sequence`` of the journal with this head (RFC 6962 inclusion)."""

    leaf_hash: bytes
    path: tuple[bytes, ...]
    head: JournalHead
    holds: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything ``bulkhead explain`` shows."""

    sequence: int
    leaf: MovementLeaf
    reason: Reason | None  # None: no rule set was in force
    features: dict[str, float | None]  # None: could not be known
    evidence: tuple[EvidenceRow, ...]
    postings: tuple[Posting, ...]
    proof: Proof


def explain(stores: Stores, movement: str) -> Explanation:
    """Explain a movement by its id, or by ``#sequence``. Raises ``NoSuchMovement``."""
    sequence = _sequence_of(stores, movement)
    data = stores.journal.read_leaf(sequence)
    leaf = decode_movement_leaf(data)
    decider = decider_at(stores, sequence)
    names = decider.rule_set.features if decider else ()
    return Explanation(
        sequence=sequence,
        leaf=leaf,
        reason=decider.explain(leaf) if decider else None,
        features={n: None if isnan(v) else v for n, v in zip(names, leaf.features, strict=True)},
        evidence=evidence_rows(stores, sequence, leaf),
        postings=postings_of(leaf),
        proof=proof_of(stores, sequence, data),
    )


def postings_of(leaf: MovementLeaf) -> tuple[Posting, ...]:
    """The two legs of a booked movement; none for one that was held, refused or voided."""
    if leaf.fixed["status"] != Status.BOOKED:
        return ()
    amount_minor = leaf.fixed["amount_minor"]
    return (
        Posting(leaf.strings["debit_account"], -amount_minor, leaf.fixed["debit_posted_minor"]),
        Posting(leaf.strings["credit_account"], amount_minor, leaf.fixed["credit_posted_minor"]),
    )


def decider_at(stores: Stores, sequence: int) -> Decider | None:
    """The rules that were in force at a journal position, with the sources known by then."""
    opening: InstitutionOpened | None = None
    rules: RuleSetPublished | None = None
    provides: set[str] = set()
    with stores.connect() as connection:
        rows = connection.execute(
            "SELECT body FROM event WHERE institution = %s AND sequence < %s"
            " AND type IN ('InstitutionOpened', 'RuleSetPublished', 'SourceRegistered') ORDER BY sequence",
            [stores.number, sequence],
        ).fetchall()
    for (body,) in rows:
        match decode_event(body.encode()):
            case InstitutionOpened() as event:
                opening = event
            case RuleSetPublished() as event:
                rules = event
            case SourceRegistered() as event:
                provides |= set(event.provides)
    if opening is None or rules is None:
        return None
    return Decider(parse_rule_set(rules.text), opening.timezone_offset_minutes, frozenset(provides))


def _sequence_of(stores: Stores, movement: str) -> int:
    if movement.startswith("#") and movement[1:].isdecimal():
        sequence = int(movement[1:])
        if sequence < stores.journal.head().size and stores.journal.read_leaf(sequence)[0] == LEAF_MOVEMENT:
            return sequence
    else:
        found = find_movements(stores, [movement])
        if found:
            return found[movement]
    raise NoSuchMovement(movement)


def proof_of(stores: Stores, sequence: int, data: bytes) -> Proof:
    """The proof of a leaf with these bytes against the journal as it is now."""
    head = stores.journal.head()
    path = inclusion_proof(sequence, head.size, stores.journal.subtree)
    hashed = leaf_hash(data)
    return Proof(hashed, path, head, verify_inclusion(hashed, sequence, head.size, path, head.root))
