"""The loop around the machine: step, commit, acknowledge, project; each in its own thread.

The machine runs ahead of the disk by a few batches, so nothing it gives may be shown as done before ``flush``
or the batch's own ``durable`` future says so. When a commit fails the loop is dead: the machine's state is
ahead of the journal and only recovery brings it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from bulkhead.engine.machine import Machine, Sealed, Stepped
from bulkhead.kernel.events import Event
from bulkhead.kernel.journal import JournalBatch, QuarantinedRow, ReadProgress
from bulkhead.kernel.leaves import decode_event_leaf
from bulkhead.kernel.movements import MovementBatch
from bulkhead.kernel.protocols import Clock, Storage
from bulkhead.runtime.projections.projector import Projection, ProjectionFeed, ProjectionWriter
from bulkhead.runtime.worker import NewWorker, Worker, Works

COMMITS_WAITING_MAX = 8
PROJECTIONS_WAITING_MAX = 256
PROJECTIONS_TOGETHER_MAX = 32


@dataclass(frozen=True, slots=True)
class _Commit:
    batch: JournalBatch
    projection: Projection
    durable: Future[None]


class EngineLoop:
    """The one writer of an institution. Its methods are called from one thread."""

    def __init__(
        self,
        machine: Machine,
        storage: Storage,
        projector: ProjectionWriter,
        feed: ProjectionFeed,
        clock: Clock,
        epoch: int,
        new_worker: NewWorker = Worker,
    ) -> None:
        self.machine = machine
        self._storage = storage
        self._feed = feed
        self._clock = clock
        self._epoch = epoch
        self._projector = projector
        self._projected = machine.sequence  # recovery has brought the projections here
        self._projections: Works[Projection] = new_worker(
            "project", self._project, waiting_max=PROJECTIONS_WAITING_MAX, together=PROJECTIONS_TOGETHER_MAX
        )
        self._commits: Works[_Commit] = new_worker(
            "commit",
            self._store,
            waiting_max=COMMITS_WAITING_MAX,
            drop=_tell,
        )

    def step(self, batch: MovementBatch, earlier: Mapping[str, int] | None = None) -> Stepped:
        """Decide and book a batch in memory. ``commit`` must follow before the next step."""
        stepped = self.machine.step(batch, earlier)
        self._feed.add_booked(stepped.booked)
        return stepped

    def commit(
        self,
        stepped: Stepped,
        progress: ReadProgress | None = None,
        quarantined: tuple[QuarantinedRow, ...] = (),
    ) -> Future[None]:
        """Send a step to the journal, its progress and quarantined rows in the same commit.

        The future resolves when all of it is durable. Waits while too many commits are under way.
        """
        return self._send(stepped.sealed, progress, quarantined)

    def apply(self, event: Event) -> int:
        """Take an event; durable when this returns. Gives its sequence. Raises ``BadInput``."""
        sealed = self.machine.apply(event)
        for k in range(len(sealed.leaves)):
            self._feed.add_event(sealed.first_sequence + k, decode_event_leaf(sealed.leaves[k]))
        self._send(sealed, None, ())
        self.flush()
        return sealed.first_sequence

    def flush(self) -> None:
        """Wait until all that was submitted is committed."""
        self._commits.join()

    def mark(self) -> None:
        """Commit and project all, and mark the balances here.

        Comes before every checkpoint: the verifier expects a mark there, so the mark is stored first.
        """
        self.flush()
        self._projections.put(self._feed.take(mark=True))
        self._projections.join()

    def catch_up(self, next_sequence: int) -> None:
        """Wait until the leaves before this one are projected."""
        if self._projected < next_sequence:
            self.flush()
            self._projections.join()

    def close(self) -> None:
        """Commit, project and mark all, and end the threads."""
        self.mark()
        self._commits.stop()
        self._projections.stop()
        self._projector.close()

    def abandon(self) -> None:
        """End the threads after a failure: what was submitted is committed if it still can be."""
        for worker in (self._commits, self._projections):
            with suppress(BaseException):  # the failure that brought us here is the one to tell
                worker.stop()
        self._projector.close()

    def _send(
        self, sealed: Sealed, progress: ReadProgress | None, quarantined: tuple[QuarantinedRow, ...]
    ) -> Future[None]:
        durable: Future[None] = Future()
        batch = JournalBatch(
            first_sequence=sealed.first_sequence,
            leaves=sealed.leaves,
            leaf_hashes=sealed.leaf_hashes,
            root=sealed.root,
            epoch=self._epoch,
            received_us=self._clock.now_us(),
            nodes=sealed.nodes,
            progress=progress,
            quarantined=quarantined,
        )
        self._commits.put(_Commit(batch, self._feed.take(), durable))
        return durable

    def _project(self, projections: list[Projection]) -> None:
        self._projector.write(projections)
        self._projected = projections[-1].next_sequence

    def _store(self, commits: list[_Commit]) -> None:
        for commit in commits:
            self._storage.append(commit.batch)
            self._projections.put(commit.projection)
            if not commit.durable.cancelled():
                commit.durable.set_result(None)


def _tell(commit: _Commit, failure: BaseException) -> None:
    """Whoever waits for this commit must not wait for ever; whoever gave up waiting is not told."""
    if not commit.durable.done():
        commit.durable.set_exception(failure)
