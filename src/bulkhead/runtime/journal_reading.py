"""The journal as auditors read it: its commits, its events, its signed checkpoints, and one leaf with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bulkhead.kernel.checkpoints import NoteKey, origin_of
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import Event, decode_event
from bulkhead.kernel.leaves import LEAF_MOVEMENT, MovementLeaf, decode_event_leaf, decode_movement_leaf
from bulkhead.runtime.explaining import Proof, proof_of
from bulkhead.runtime.verification.checkpoint_checks import Root, open_note, outside_checkpoint
from bulkhead.runtime.verification.findings import Finding
from bulkhead.runtime.wiring import Stores

EVENTS_MAX = 500
_COMMIT = """
    SELECT first_sequence, leaf_count, epoch, received_us FROM journal_batch
    WHERE institution = %s AND first_sequence <= %s ORDER BY first_sequence DESC LIMIT 1
"""
_EVENTS = """
    SELECT e.sequence, e.type, e.body, b.received_us FROM event e
    LEFT JOIN LATERAL (
        SELECT received_us FROM journal_batch WHERE institution = e.institution AND first_sequence <= e.sequence
        ORDER BY first_sequence DESC LIMIT 1
    ) b ON true
    WHERE e.institution = %(institution)s AND e.sequence < %(before)s AND e.sequence >= %(from)s
      AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s::text[]))
    ORDER BY e.sequence {} LIMIT %(limit)s
"""
_COUNT = """
    SELECT count(*) FROM event WHERE institution = %(institution)s AND sequence < %(before)s
      AND sequence >= %(from)s AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
"""
_END = 2**62


@dataclass(frozen=True, slots=True)
class Commit:
    """What was written at once. ``received_us`` is the writer's clock, ``epoch`` its lease."""

    first_sequence: int
    leaves: int
    epoch: int
    received_us: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the journal; ``event`` is None where the projection holds what cannot be read."""

    sequence: int
    type: str
    event: Event | None
    received_us: int | None


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One signed note. ``root`` is None when its signature does not hold, and ``fault`` says why.

    ``matches``: whether the stored journal had that root at that size; None where no commit ended there.
    """

    size: int
    digest: str  # tells notes of one size apart
    note: str
    root: bytes | None
    fault: str
    matches: bool | None
    received_us: int | None  # when the last leaf it covers came in


@dataclass(frozen=True, slots=True)
class OutsideNote:
    """The note beside the database. ``note`` is "" where there is none; ``fault`` says what is wrong with it."""

    note: str
    root: Root | None
    stored: bool  # the database has the same
    fault: str = ""


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One leaf, decoded and proved. Exactly one of ``event`` and ``movement`` is there."""

    sequence: int
    bytes: int
    event: Event | None
    movement: MovementLeaf | None
    commit: Commit | None
    proof: Proof


def commit_of(stores: Stores, sequence: int) -> Commit | None:
    """The commit that holds a leaf; None where there is none."""
    with stores.connect() as connection:
        row = connection.execute(_COMMIT, [stores.number, sequence]).fetchone()
    commit = Commit(*row) if row else None
    return commit if commit is not None and sequence < commit.first_sequence + commit.leaves else None


def journal_events(
    stores: Stores,
    types: Sequence[str] = (),
    *,
    before: int | None = None,
    first: int = 0,
    limit: int = 50,
    oldest_first: bool = False,
) -> list[EventRow]:
    """Events of these types (all when empty) at leaves from ``first`` to below ``before``, newest first."""
    query = _EVENTS.format("ASC" if oldest_first else "DESC")
    with stores.connect() as connection:
        rows = connection.execute(
            query.encode(), _parameters(stores, types, before, first) | {"limit": max(1, min(limit, EVENTS_MAX))}
        ).fetchall()
    return [EventRow(sequence, kind, _event(body), received_us) for sequence, kind, body, received_us in rows]


def count_events(stores: Stores, types: Sequence[str] = (), *, before: int | None = None, first: int = 0) -> int:
    """How many ``journal_events`` there are."""
    with stores.connect() as connection:
        row = connection.execute(_COUNT, _parameters(stores, types, before, first)).fetchone()
    return int(row[0]) if row else 0


def _parameters(stores: Stores, types: Sequence[str], before: int | None, first: int) -> dict[str, Any]:
    return {
        "institution": stores.number,
        "types": list(types) or None,
        "before": _END if before is None else before,
        "from": first,
    }


def checkpoint_rows(stores: Stores, limit: int = 100, *, size: int | None = None) -> list[CheckpointRow]:
    """The latest stored notes, newest first, or those over ``size`` leaves; their signatures are checked now."""
    key = note_key(stores)
    notes = [one for one in reversed(stores.journal.checkpoints()) if size is None or one[0] == size]
    return [_checkpoint(stores, key, of_size, note) for of_size, note in notes[:limit]]


def note_key(stores: Stores) -> NoteKey:
    """The public key whose signatures count for this institution."""
    return NoteKey(origin_of(stores.code), stores.keys.signing_key(stores.code).public_key)


def outside_note(stores: Stores) -> OutsideNote:
    """The copy kept outside the database, checked now and compared with the stored ones."""
    try:
        outside = outside_checkpoint(stores)
    except (Finding, BadInput) as problem:
        return OutsideNote("", None, stored=False, fault=str(problem))
    if outside is None:
        return OutsideNote("", None, stored=False)
    stored = outside.note in {note for _, note in stores.journal.checkpoints()}
    return OutsideNote(outside.note, outside.root, stored)


def leaf_row(stores: Stores, sequence: int) -> LeafRow | None:
    """One leaf with its proof; None where the journal has none. Raises ``JournalDamaged``."""
    if not 0 <= sequence < stores.journal.head().size:
        return None
    data = stores.journal.read_leaf(sequence)
    movement = decode_movement_leaf(data) if data[0] == LEAF_MOVEMENT else None
    event = decode_event_leaf(data) if movement is None else None
    return LeafRow(
        sequence, len(data), event, movement, commit_of(stores, sequence), proof_of(stores, sequence, data)
    )


def _checkpoint(stores: Stores, key: NoteKey, size: int, note: str) -> CheckpointRow:
    digest = sha256(note.encode()).hexdigest()[:16]
    received_us = commit.received_us if size and (commit := commit_of(stores, size - 1)) else None
    try:
        signed = open_note(note, key, f"The checkpoint stored at size {size}")
    except Finding as found:
        return CheckpointRow(size, digest, note, None, str(found), None, received_us)
    root = stores.journal.root_at(size)
    fault = (
        "" if signed.size == size else f"It is stored at size {size}, but was signed over {signed.size} leaves."
    )
    return CheckpointRow(
        size, digest, note, signed.root, fault, None if root is None else root == signed.root, received_us
    )


def _event(body: str) -> Event | None:
    try:
        return decode_event(body.encode())
    except ValueError:
        return None
