"""The outside world as the house sees it. ``runtime`` has the real ones, ``kernel.memory`` those for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from bulkhead.kernel.journal import JournalBatch, JournalHead, ReadProgress


class Storage(Protocol):
    """The journal of one institution. Every call is for that institution alone."""

    def append(self, batch: JournalBatch) -> None:
        """Store a batch, its progress and its quarantined rows in one commit; durable when it returns.

        Raises ``LeaseLost`` when the epoch is no longer the current one, ``JournalConflict`` when
        ``first_sequence`` is not the journal's size. After any exception nothing of the batch is stored, or,
        where the connection broke during the commit, the caller must read ``head`` to learn which.
        """

    def head(self) -> JournalHead:
        """Size and root of the stored journal; size 0 and the empty tree's root for a new one."""

    def read(self, first_sequence: int) -> Iterator[JournalBatch]:
        """Batches from the one that holds ``first_sequence`` on, in order."""

    def read_leaf(self, sequence: int) -> bytes:
        """One canonical leaf. Raises ``IndexError`` outside the journal."""

    def progress(self, input_sha256: bytes) -> ReadProgress | None:
        """How far this input has been read, or None when it never was."""


class Clock(Protocol):
    """Wall-clock time in integer UTC microseconds."""

    def now_us(self) -> int: ...


class Lease(Protocol):
    """The right to be the one writer of an institution."""

    def acquire(self, holder: str) -> int:
        """Take the lease and return its epoch, one higher than any before. Raises ``LeaseHeld``."""

    def renew(self) -> None:
        """Say that the holder lives. Raises ``LeaseLost``."""

    def release(self) -> None:
        """Give the lease back. Harmless when it is already lost."""


class Vault(Protocol):
    """Swaps personal values for tokens and gives them back to those who may see them."""

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        """One name of the form ``entity:token`` for each value; the same value has always the same token.

        Durable before it returns, so that no token can stand in the journal whose value is lost.
        """

    def reveal(self, names: Sequence[str]) -> list[str | None]:
        """The values behind names; None for those erased or never swapped."""


class LeaseHeld(Exception):
    """Another writer holds the lease. The message names it."""


class LeaseLost(Exception):
    """This writer's epoch has been superseded; it must stop without writing."""


class JournalConflict(Exception):
    """The batch does not continue the stored journal."""
