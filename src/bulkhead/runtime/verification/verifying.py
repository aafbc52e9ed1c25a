"""Is the stored journal whole, and do the book and the projections follow from it?

Everything is checked against the leaves themselves: their hashes, the tree they form, the balances they imply,
the projections people query, and the signed checkpoints inside and outside the database. The first difference
is named; nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from bulkhead.engine.hashing import hash_leaves, hash_pairs
from bulkhead.engine.machine import Folded, Machine
from bulkhead.kernel.journal import JournalBatch, TreeNode
from bulkhead.kernel.merkle import HASH_BYTES
from bulkhead.kernel.movements import OUTCOME
from bulkhead.runtime.projections.projector import accounts_of, events_of
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.runtime.store.keys import IDEMPOTENCY
from bulkhead.runtime.verification.checkpoint_checks import Root, check_checkpoints, outside_checkpoint
from bulkhead.runtime.verification.findings import Finding
from bulkhead.runtime.verification.projection_checks import ProjectionCheck
from bulkhead.runtime.wiring import Stores, stores_at_one_moment

OnProgress = Callable[[int, int], None]
_SYSTEM_ERROR = "58"  # SQLSTATE class: files missing or unreadable


@dataclass(slots=True)
class Verdict:
    """``fault`` is None when all is well."""

    institution: str
    size: int = 0
    root: bytes = b""
    movements: int = 0
    events: int = 0
    accounts: int = 0
    balances: int = 0
    projected: int = 0
    checkpoints: int = 0
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What programs are told: on the command line, and as the result of the console's job."""
        return {
            "institution": self.institution,
            "sound": self.fault is None,
            "fault": self.fault,
            "size": self.size,
            "root": self.root.hex(),
            "movements": self.movements,
            "events": self.events,
            "accounts": self.accounts,
            "projected": self.projected,
            "balances": self.balances,
            "checkpoints": self.checkpoints,
        }


@dataclass(slots=True)
class _Walk:
    machine: Machine
    verdict: Verdict
    nodes: Iterator[TreeNode]  # as stored
    wanted: list[Root]
    roots: dict[int, bytes] = field(default_factory=dict)
    epoch: int = 0


def verify(stores: Stores, on_progress: OnProgress, since: str | None = None) -> Verdict:
    """Walk the whole journal of an institution. ``since``: a checkpoint's note it must have grown from."""
    verdict = Verdict(stores.code)
    machine = Machine(stores.vault.checked_secret(IDEMPOTENCY))
    try:
        outside = outside_checkpoint(stores)
        with (
            stores_at_one_moment(stores) as still,  # a writer may be at work meanwhile
            ProjectionCheck(still.connect, still.number) as projections,
            closing(still.journal.nodes()) as nodes,
        ):
            walk = _Walk(machine, verdict, nodes, check_checkpoints(still, outside, since))
            head = still.journal.head()
            for batch in still.journal.read(0):
                _check_batch(walk, projections, batch)
                on_progress(machine.sequence, head.size)
            _check_roots(walk)
            _check_no_more_nodes(walk)
            projections.finish(machine)
            verdict.balances, verdict.projected = projections.balances, projections.movements
        verdict.checkpoints = len(walk.wanted)
    except (Finding, JournalDamaged) as finding:
        verdict.fault = str(finding)
    except psycopg.DatabaseError as error:
        verdict.fault = _unreadable(error)
    verdict.size, verdict.root = machine.sequence, machine.tree.root()
    verdict.accounts = sum(count for count, _, _ in machine.book.totals(len(machine.names)).values())
    return verdict


def _unreadable(error: psycopg.DatabaseError) -> str:
    """What the database says of its own files is a finding; that it does not answer is none."""
    if isinstance(error, psycopg.OperationalError) and not (error.sqlstate or "").startswith(_SYSTEM_ERROR):
        raise error
    return f"The database cannot give what it has stored: {str(error).strip().splitlines()[0]}."


def _check_batch(walk: _Walk, projections: ProjectionCheck, batch: JournalBatch) -> None:
    first = walk.machine.sequence
    if batch.first_sequence != first:
        raise Finding(f"Journal leaf {first} is missing: the next stored batch begins at {batch.first_sequence}.")
    if batch.epoch < walk.epoch:
        raise Finding(
            f"The journal batch that begins at leaf {first} is of epoch {batch.epoch} after {walk.epoch}."
        )
    walk.epoch = batch.epoch
    _check_hashes(batch)
    before = walk.machine.tree.copy()
    try:
        folded = walk.machine.fold(batch.leaves, batch.leaf_hashes)
    except ValueError as error:
        raise Finding(f"The journal batch that begins at leaf {first} is damaged: {error}.") from None
    if walk.machine.tree.root() != batch.root:
        raise Finding(
            f"The root stored with the journal batch that begins at leaf {first} is not the tree's root."
        )
    for root in walk.wanted:  # a checkpoint may have been signed in the middle of what is now one batch
        if first < root.size <= walk.machine.sequence:
            within = before.copy()
            within.append(batch.leaf_hashes[: (root.size - first) * HASH_BYTES])
            walk.roots[root.size] = within.root()
    for one in folded:
        _check_balances(one)
        projections.check_booked(one.booked)
        walk.verdict.movements += len(one.booked.batch)
    events = events_of(batch)
    for sequence, event in events:
        projections.check_event(sequence, event, accounts_of(event, walk.machine))
        walk.verdict.events += 1
    _check_nodes(walk, before.append(batch.leaf_hashes, hash_pairs))
    projections.check_balances(walk.machine, due=bool(events) or walk.machine.sequence in walk.roots)


def _check_nodes(walk: _Walk, completed: tuple[TreeNode, ...]) -> None:
    """The subtrees kept for proofs must be those that the batch completed."""
    for node in sorted(completed, key=lambda node: ((node.index + 1) << node.level, node.level)):
        stored = next(walk.nodes, None)
        if stored != node:
            raise Finding(
                f"The stored subtree {node.index} at level {node.level}, which ends at leaf "
                f"{((node.index + 1) << node.level) - 1}, is missing or is not the journal's."
            )


def _check_no_more_nodes(walk: _Walk) -> None:
    extra = next(walk.nodes, None)
    if extra is not None:
        raise Finding(
            f"There is a stored subtree {extra.index} at level {extra.level} that the journal does not have."
        )


def _check_hashes(batch: JournalBatch) -> None:
    computed = hash_leaves(batch.leaves)
    if computed == batch.leaf_hashes:
        return
    for k in range(len(batch.leaves)):
        if (
            computed[k * HASH_BYTES : (k + 1) * HASH_BYTES]
            != batch.leaf_hashes[k * HASH_BYTES : (k + 1) * HASH_BYTES]
        ):
            raise Finding(f"Journal leaf {batch.first_sequence + k} does not match its stored hash.")
    raise Finding(f"The journal batch that begins at leaf {batch.first_sequence} has hashes left over.")


def _check_balances(folded: Folded) -> None:
    """The balances a leaf states must be those the book comes to."""
    sealed, computed = folded.booked.outcomes, folded.recomputed
    if sealed.tobytes() == computed.tobytes():
        return
    for name in OUTCOME.names or ():
        wrong: NDArray[np.int64] = np.flatnonzero(sealed[name] != computed[name])
        if len(wrong):
            k = int(wrong[0])
            raise Finding(
                f"Journal leaf {folded.booked.first_sequence + k} states {name} {sealed[name][k]}, "
                f"but the book comes to {computed[name][k]}."
            )


def _check_roots(walk: _Walk) -> None:
    for root in walk.wanted:
        if root.size > walk.machine.sequence:
            raise Finding(
                f"{root.origin} was signed over {root.size} leaves, but the journal ends after "
                f"{walk.machine.sequence}: leaf {walk.machine.sequence} and what followed are missing."
            )
        if root.size and walk.roots.get(root.size) != root.root:
            raise Finding(f"The journal's first {root.size} leaves are not those {root.origin} was signed over.")
