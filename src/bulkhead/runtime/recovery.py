"""Bring a machine to the end of its journal, and the projections with it."""

from __future__ import annotations

from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import JournalBatch
from bulkhead.kernel.protocols import Storage
from bulkhead.runtime.projections.projector import ProjectionFeed, ProjectionWriter, events_of
from bulkhead.runtime.snapshots import Snapshots


def recover(storage: Storage, projector: ProjectionWriter, snapshots: Snapshots) -> tuple[Machine, ProjectionFeed]:
    """The machine after the last stored leaf, and a feed that goes on where the projections end.

    Raises ``BadInput`` when the stored journal contradicts itself; ``bulkhead verify`` then says where.
    """
    head = storage.head()
    projected, names_done = projector.progress()
    machine = snapshots.newest(min(head.size, projected)) or snapshots.new_machine()
    marked, touched = projector.last_mark()
    feed = ProjectionFeed(machine, names_done, marked)
    feed.touch(touched)
    if projected > head.size:
        raise _damaged(head.size, f"it ends there, but {projected} leaves have been projected")
    for batch in storage.read(machine.sequence):
        if batch.next_sequence <= machine.sequence:
            _check_root(machine, batch)  # the batch the snapshot ended with
            continue
        if batch.first_sequence != machine.sequence:
            raise _damaged(batch.first_sequence, f"the journal goes on at {machine.sequence}")
        _fold(machine, feed, batch, projected)
        if machine.sequence > projected:
            projector.write([feed.take()])
    if machine.sequence != head.size or machine.tree.root() != head.root:
        raise _damaged(machine.sequence, "the stored head is another")
    return machine, feed


def _fold(machine: Machine, feed: ProjectionFeed, batch: JournalBatch, projected: int) -> None:
    """Fold a batch; what the projections already have is not fed again."""
    first = machine.sequence
    try:
        folded = machine.fold(batch.leaves, batch.leaf_hashes)
    except ValueError as error:
        raise _damaged(first, str(error)) from None
    _check_root(machine, batch)
    if machine.sequence <= projected:
        return
    if first < projected:  # projections are written in whole batches
        raise _damaged(first, f"the projections claim to end inside its batch, at {projected}")
    for one in folded:
        feed.add_booked(one.booked)
    for sequence, event in events_of(batch):
        feed.add_event(sequence, event)


def _check_root(machine: Machine, batch: JournalBatch) -> None:
    if machine.sequence == batch.next_sequence and machine.tree.root() != batch.root:
        raise _damaged(batch.first_sequence, "its root is not the root of its leaves")


def _damaged(sequence: int, what: str) -> BadInput:
    return BadInput(f"the stored journal is damaged at leaf {sequence}: {what}; run `bulkhead verify`")
