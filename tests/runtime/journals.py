"""Seeded journals for the tests of this room, and silent writers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from bulkhead.kernel.journal import JournalBatch, Leaves, QuarantinedRow, ReadProgress
from bulkhead.kernel.merkle import Frontier, leaf_hashes
from bulkhead.runtime.store.lease import EXPIRES_S
from bulkhead.runtime.store.session import Connect, open_connection


def seeded_leaves(seed: int, count: int, leaf_bytes: int = 60) -> list[bytes]:
    """Leaves of about this many bytes, half of them compressible; one in ten is empty."""
    draws = np.random.default_rng(seed)
    lengths = draws.integers(leaf_bytes // 2, leaf_bytes * 3 // 2, count) * (draws.random(count) > 0.1)
    return [draws.bytes(int(length) // 2) + b"=" * (int(length) - int(length) // 2) for length in lengths]


def seeded_batches(
    seed: int,
    sizes: Iterable[int],
    *,
    epoch: int = 1,
    frontier: Frontier | None = None,
    progress: ReadProgress | None = None,
    quarantined: tuple[QuarantinedRow, ...] = (),
    leaf_bytes: int = 60,
) -> Iterator[JournalBatch]:
    """Batches of these sizes that continue ``frontier`` (by default the empty tree)."""
    tree = Frontier() if frontier is None else frontier
    for number, size in enumerate(sizes):
        first = tree.size
        leaves = Leaves.of(seeded_leaves(seed + number, size, leaf_bytes))
        hashes = leaf_hashes(leaves)
        nodes = tree.append(hashes)
        yield JournalBatch(
            first, leaves, hashes, tree.root(), epoch, 1_000_000 + number, nodes, progress, quarantined
        )


def silence_holder(connect: Connect, institution: int) -> None:
    """Let the last heartbeat of the lease's holder be as long ago as a lease lasts."""
    with open_connection(connect) as connection:
        connection.execute(
            "UPDATE lease SET heartbeat_at = heartbeat_at - make_interval(secs => %s) WHERE institution = %s",
            [EXPIRES_S, institution],
        )
