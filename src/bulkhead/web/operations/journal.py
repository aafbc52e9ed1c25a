"""The journal: its head, signed checkpoints, events, single leaves with their proof, and its verification."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.events import EVENT_TYPES
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.journal_reading import (
    CheckpointRow,
    Commit,
    EventRow,
    checkpoint_rows,
    commit_of,
    leaf_row,
    note_key,
    outside_note,
)
from bulkhead.web.api.errors import NOT_FOUND, ApiError
from bulkhead.web.api.event_shapes import EventOut, event_out
from bulkhead.web.api.job_shapes import JobOut, job_out
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.paging import cursor_of, next_of
from bulkhead.web.api.shapes import Asked, Before, Limit, Moment, Sequence, moment, moment_or_none
from bulkhead.web.books import book
from bulkhead.web.components.filters import Unusable
from bulkhead.web.components.table import Query as TableQuery
from bulkhead.web.journal.event_table import EVENTS_TABLE
from bulkhead.web.journal.event_view import event_names, summary_of, who_of
from bulkhead.web.journal.signed_note import signed_note
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import VERIFY
from bulkhead.web.tasks.queueing import begin

NOTE_CHARS_MAX = 20_000


class CommitOut(Schema):
    """What was written at once."""

    first_sequence: int
    leaves: int
    epoch: int
    received: Moment


class CheckpointOut(Schema):
    """One signed note. ``matches``: the journal had that root at that size; null where no commit ended there."""

    size: int
    digest: str
    note: str
    root: str | None
    fault: str
    matches: bool | None
    received: Moment | None


class OutsideOut(Schema):
    """The copy kept outside the database."""

    note: str
    stored: bool
    fault: str


class HeadOut(Schema):
    """Where the journal stands. ``root`` is the RFC 6962 tree head over ``size`` leaves."""

    institution: str
    size: int
    root: str
    key: str = Field(description="The public key that signs checkpoints.")
    commit: CommitOut | None
    outside: OutsideOut


class CheckpointsAsked(Asked):
    """How many."""

    limit: Limit = 50


class CheckpointsOut(Schema):
    """The latest, newest first; their signatures are checked now."""

    checkpoints: list[CheckpointOut]


class EventsAsked(Asked):
    """Which events."""

    type: list[Annotated[str, Field(max_length=40)]] = Field(default=[], max_length=20)
    from_sequence: Sequence | None = None
    to_sequence: Sequence | None = None
    before: Before = None
    limit: Limit = 50


class EventLine(Schema):
    """One event in a list; its leaf has all of it."""

    sequence: int
    type: str
    who: str
    summary: str
    received: Moment | None


class EventsOut(Schema):
    """A page of them, newest first."""

    events: list[EventLine]
    next: int | None


class LeafProof(Schema):
    """The inclusion proof of a leaf: RFC 6962, SHA-256, hashes in hexadecimal."""

    leaf_hash: str
    path: list[str]
    size: int
    root: str
    holds: bool


class LeafOut(Schema):
    """One leaf, decoded and proved: an event, or a movement, which ``decisions/<sequence>`` has whole."""

    sequence: int
    bytes: int
    event: EventOut | None
    movement: bool
    effective: Moment | None
    commit: CommitOut | None
    proof: LeafProof


class VerifyIn(Asked):
    """``since``: a signed checkpoint that the journal must have grown from; without one all is verified alone."""

    since: str | None = Field(default=None, max_length=NOTE_CHARS_MAX)


def head(visit: Visit) -> HeadOut:
    """The journal's head, what signs it, and the checkpoint outside the database."""
    stores = book(visit.institution).stores
    now, outside = stores.journal.head(), outside_note(stores)
    return HeadOut(
        institution=visit.institution,
        size=now.size,
        root=now.root.hex(),
        key=str(note_key(stores)),
        commit=_commit(commit_of(stores, now.size - 1)) if now.size else None,
        outside=OutsideOut(note=outside.note, stored=outside.stored, fault=outside.fault),
    )


def checkpoints(visit: Visit, asked: Query[CheckpointsAsked]) -> CheckpointsOut:
    """Signed notes, newest first."""
    rows = checkpoint_rows(book(visit.institution).stores, asked.limit)
    return CheckpointsOut(checkpoints=[_checkpoint(row) for row in rows])


def events(visit: Visit, asked: Query[EventsAsked]) -> EventsOut:
    """What is in the journal besides movements."""
    for kind in asked.type:
        if kind not in EVENT_TYPES:
            raise Unusable(Words(f"There is no event {kind!r}.", f"不存在事件类型 {kind!r}。"))
    values: dict[str, Any] = {"type": frozenset(asked.type), "leaf": (asked.from_sequence, asked.to_sequence)}
    found = EVENTS_TABLE.rows_of(visit, TableQuery(values), cursor_of(asked.before), asked.limit)
    names = event_names(visit, (row.event for row in found.rows))
    return EventsOut(
        events=[_line(visit, row, names) for row in found.rows],
        next=next_of(found),
    )


def leaf(visit: Visit, sequence: Sequence) -> LeafOut:
    """One leaf and the proof that it is in the journal."""
    row = leaf_row(book(visit.institution).stores, sequence)
    if row is None:
        raise ApiError(NOT_FOUND)
    proof = row.proof
    return LeafOut(
        sequence=row.sequence,
        bytes=row.bytes,
        event=None if row.event is None else event_out(visit, row.event),
        movement=row.movement is not None,
        effective=None if row.movement is None else moment(row.movement.fixed["effective_us"]),
        commit=_commit(row.commit),
        proof=LeafProof(
            leaf_hash=proof.leaf_hash.hex(),
            path=[node.hex() for node in proof.path],
            size=proof.head.size,
            root=proof.head.root.hex(),
            holds=proof.holds,
        ),
    )


def verify(visit: Visit, wanted: VerifyIn) -> JobOut:
    """Start the job that walks the whole journal; ``jobs/<number>`` tells how far it is."""
    if wanted.since is None:
        return job_out(visit, begin(visit.account, visit.institution, VERIFY))
    return job_out(visit, begin(visit.account, visit.institution, VERIFY, since=signed_note(visit, wanted.since)))


def _commit(commit: Commit | None) -> CommitOut | None:
    if commit is None:
        return None
    return CommitOut(
        first_sequence=commit.first_sequence,
        leaves=commit.leaves,
        epoch=commit.epoch,
        received=moment(commit.received_us),
    )


def _checkpoint(row: CheckpointRow) -> CheckpointOut:
    return CheckpointOut(
        size=row.size,
        digest=row.digest,
        note=row.note,
        root=None if row.root is None else row.root.hex(),
        fault=row.fault,
        matches=row.matches,
        received=moment_or_none(row.received_us),
    )


def _line(visit: Visit, row: EventRow, names: dict[str, str]) -> EventLine:
    return EventLine(
        sequence=row.sequence,
        type=row.type,
        who=who_of(row.event, names),
        summary=summary_of(visit, row.event, names),
        received=moment_or_none(row.received_us),
    )


_SEE = Right.SEE_JOURNAL
OPERATIONS = Operations(
    "journal",
    Words("Journal", "日志账"),
    (
        Operation("journal", "journal", Words("The journal's head", "日志账头"), _SEE, head),
        Operation(
            "checkpoints", "journal/checkpoints", Words("Signed checkpoints", "签名检查点"), _SEE, checkpoints
        ),
        Operation("events", "journal/events", Words("Events of the journal", "日志事件"), _SEE, events),
        Operation(
            "leaf", "journal/<int:sequence>", Words("One leaf with its proof", "单条日志记录及其证明"), _SEE, leaf
        ),
        Operation(
            "verify", "journal/verify", Words("Start a verification", "发起校验"), Right.VERIFY, verify, "POST"
        ),
    ),
)
