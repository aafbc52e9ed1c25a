"""What is stored in one commit: a run of leaves with their hashes, and how far the input has been read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Leaves:
    """Canonical leaves end to end: leaf ``i`` is ``data[offsets[i]:offsets[i + 1]]``."""

    data: bytes
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, leaves: list[bytes]) -> Leaves:
        offsets = np.zeros(len(leaves) + 1, np.int64)
        np.cumsum([len(leaf) for leaf in leaves], out=offsets[1:])
        return cls(b"".join(leaves), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> bytes:
        return self.data[self.offsets[index] : self.offsets[index + 1]]


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """How many rows of an input, in the order its reader yields them, are decided or in quarantine."""

    input_sha256: bytes
    rows_done: int
    first_sequence: int  # the journal's size when this input was first read
    finished: bool = False


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not become an event. ``raw`` may hold personal data: storage keeps it encrypted."""

    input_sha256: bytes
    input_name: str
    source: str
    row: int  # as a person counts it in the file, header included
    field: str  # "" when the row as a whole is at fault
    reason: str  # one sentence: what was found and what was expected
    raw: str


@dataclass(frozen=True, slots=True)
class TreeNode:
    """The root of a complete subtree: ``2**level`` leaves from ``index * 2**level`` on."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class JournalBatch:
    """Leaves ``first_sequence`` .. ``first_sequence + len(leaves) - 1`` of one institution's journal.

    ``leaf_hashes`` are 32 bytes a leaf; ``root`` is the RFC 6962 root of the tree after the last of them.
    ``epoch`` is the writer's lease; ``received_us`` is the only wall clock and stands outside the tree. A
    batch may have no leaf at all and carry only progress and quarantine.
    """

    first_sequence: int
    leaves: Leaves
    leaf_hashes: bytes
    root: bytes
    epoch: int
    received_us: int
    nodes: tuple[TreeNode, ...] = ()  # subtrees completed by these leaves, at levels 8, 16, 24 ...
    progress: ReadProgress | None = None
    quarantined: tuple[QuarantinedRow, ...] = ()

    @property
    def next_sequence(self) -> int:
        return self.first_sequence + len(self.leaves)


@dataclass(frozen=True, slots=True)
class JournalHead:
    """How many leaves a journal has and the root of their tree."""

    size: int
    root: bytes
