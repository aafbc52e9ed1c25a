"""The outside world in memory: Storage, Clock, Lease and Vault for tests and simulation, with faults on demand.

They keep the same laws as the real ones in ``runtime``; ``tests/kernel/storage_laws.py`` holds both to them.
What goes wrong, and at which call, is an argument (``Faults``), so that a bad day can be had again by its seed.
"""

from __future__ import annotations

import base64
import hmac
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from bulkhead.kernel.journal import JournalBatch, JournalHead, QuarantinedRow, ReadProgress
from bulkhead.kernel.merkle import EMPTY_ROOT, HASH_BYTES
from bulkhead.kernel.protocols import Clock, JournalConflict, LeaseHeld, LeaseLost

LEASE_US = 10_000_000
TOKEN_BYTES = 10


class Fault(Enum):
    """How a writing call fails."""

    BEFORE_COMMIT = "the connection breaks and nothing is stored"
    AFTER_COMMIT = "all is stored and the connection breaks before the answer"
    LEASE_LOST = "another writer has taken the lease"


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong at which call; calls of one kind are counted from 0 over all connections."""

    appends: Mapping[int, Fault] = field(default_factory=dict)
    renewals: frozenset[int] = frozenset()  # another writer has taken the lease
    swaps: Mapping[int, Fault] = field(default_factory=dict)  # of values for tokens
    reads: Mapping[int, int] = field(default_factory=dict)  # batches given before the connection breaks
    clock_jumps_us: Mapping[int, int] = field(default_factory=dict)  # at this reading, in either direction

    @classmethod
    def seeded(cls, seed: int, *, calls: int, one_in: int) -> Faults:
        """Faults at about one in ``one_in`` of the first ``calls`` calls of each kind; a seed gives the same."""
        random = np.random.Generator(np.random.PCG64(seed))

        def some() -> list[int]:
            return [int(call) for call in np.flatnonzero(random.integers(0, one_in, calls) == 0)]

        def one_of(*faults: Fault) -> Fault:
            return faults[int(random.integers(0, len(faults)))]

        broken = (Fault.BEFORE_COMMIT, Fault.AFTER_COMMIT)
        return cls(
            appends={call: one_of(*Fault) for call in some()},
            renewals=frozenset(some()),
            swaps={call: one_of(*broken) for call in some()},
            reads={call: int(random.integers(0, 3)) for call in some()},
            clock_jumps_us={call: int(random.integers(-LEASE_US, LEASE_US)) for call in some()},
        )


@dataclass(slots=True)
class MemoryTables:
    """What is durable of one institution. It outlives connections, and a killed process with them."""

    faults: Faults = field(default_factory=Faults)
    batches: list[JournalBatch] = field(default_factory=list)
    progress: dict[bytes, ReadProgress] = field(default_factory=dict)
    quarantined: list[QuarantinedRow] = field(default_factory=list)
    epoch: int = 0
    holder: str = ""
    lease_until_us: int = 0
    values: dict[str, str] = field(default_factory=dict)  # the vault's, by name
    calls: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str) -> int:
        """The number of this call among those of its kind."""
        self.calls[kind] += 1
        return self.calls[kind] - 1

    def usurp(self) -> None:
        """Another writer takes the lease."""
        self.epoch += 1
        self.holder = "another writer"


class MemoryStorage:
    """A connection to the journal of one institution."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def append(self, batch: JournalBatch) -> None:
        """See ``Storage``. A broken connection is a ``ConnectionError``."""
        tables = self._tables
        fault = tables.faults.appends.get(tables.count("append"))
        if fault is Fault.LEASE_LOST:
            tables.usurp()
        if fault is Fault.BEFORE_COMMIT:
            raise ConnectionError(fault.value)
        self._commit(batch)
        if fault is Fault.AFTER_COMMIT:
            raise ConnectionError(fault.value)

    def head(self) -> JournalHead:
        batches = self._tables.batches
        if not batches:
            return JournalHead(0, EMPTY_ROOT)
        return JournalHead(batches[-1].next_sequence, batches[-1].root)

    def read(self, first_sequence: int) -> Iterator[JournalBatch]:
        """See ``Storage``. A broken connection is a ``ConnectionError`` between two batches."""
        tables = self._tables
        whole = tables.faults.reads.get(tables.count("read"))
        wanted = [batch for batch in tables.batches if batch.next_sequence > first_sequence]
        yield from wanted[:whole]
        if whole is not None:
            raise ConnectionError("the connection breaks in the middle of reading")

    def read_leaf(self, sequence: int) -> bytes:
        batches = self._tables.batches
        place = bisect_right(batches, sequence, key=lambda batch: batch.first_sequence) - 1
        if place < 0 or sequence >= batches[place].next_sequence:
            raise IndexError(f"the journal has no leaf {sequence}")
        return batches[place].leaves[sequence - batches[place].first_sequence]

    def progress(self, input_sha256: bytes) -> ReadProgress | None:
        return self._tables.progress.get(input_sha256)

    def _commit(self, batch: JournalBatch) -> None:
        tables, size = self._tables, self.head().size
        if batch.epoch != tables.epoch:
            raise LeaseLost(f"epoch {batch.epoch} has been superseded by {tables.epoch}, held by {tables.holder}")
        if batch.first_sequence != size:
            raise JournalConflict(f"the journal has {size} leaves; a batch began at {batch.first_sequence}")
        assert len(batch.leaf_hashes) == HASH_BYTES * len(batch.leaves), "one hash a leaf"
        if len(batch.leaves):  # progress and quarantine have their own tables, here as in the database
            tables.batches.append(replace(batch, progress=None, quarantined=()))
        if batch.progress:
            tables.progress[batch.progress.input_sha256] = batch.progress
        tables.quarantined += batch.quarantined


class MemoryClock:
    """A clock that stands still until told otherwise, or jumps where its faults say so."""

    def __init__(self, now_us: int = 0, faults: Faults | None = None) -> None:
        self._now_us = now_us
        self._jumps_us = faults.clock_jumps_us if faults else {}
        self._readings = 0

    def now_us(self) -> int:
        self._now_us += self._jumps_us.get(self._readings, 0)
        self._readings += 1
        return self._now_us

    def advance(self, by_us: int) -> None:
        """Time passes."""
        assert by_us >= 0, by_us
        self._now_us += by_us


class MemoryLease:
    """A wish to be the one writer of an institution; it lapses ``LEASE_US`` after the last sign of life."""

    def __init__(self, tables: MemoryTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock
        self._epoch = -1  # never held

    def acquire(self, holder: str) -> int:
        tables, now_us = self._tables, self._clock.now_us()
        if tables.holder and now_us < tables.lease_until_us:
            raise LeaseHeld(f"{tables.holder} holds the lease")
        tables.epoch += 1
        tables.holder = holder
        tables.lease_until_us = now_us + LEASE_US
        self._epoch = tables.epoch
        return self._epoch

    def renew(self) -> None:
        tables = self._tables
        if tables.count("renew") in tables.faults.renewals:
            tables.usurp()
        if self._epoch != tables.epoch:
            raise LeaseLost(f"epoch {self._epoch} has been superseded by {tables.epoch}, held by {tables.holder}")
        tables.lease_until_us = self._clock.now_us() + LEASE_US

    def release(self) -> None:
        if self._epoch == self._tables.epoch:
            self._tables.holder = ""


class MemoryVault:
    """Tokens are a keyed digest of the value, so that the same key gives the same journal again."""

    def __init__(self, tables: MemoryTables, key: bytes = b"a key for tests only") -> None:
        self._tables = tables
        self._key = key

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        """See ``Vault``. A broken connection is a ``ConnectionError``."""
        fault = self._tables.faults.swaps.get(self._tables.count("swap"))
        if fault is Fault.BEFORE_COMMIT:
            raise ConnectionError(fault.value)
        names = [f"{entity}:{self._token(entity, value)}" for value in values]
        self._tables.values.update(zip(names, values, strict=True))
        if fault is Fault.AFTER_COMMIT:
            raise ConnectionError(fault.value)
        return names

    def reveal(self, names: Sequence[str]) -> list[str | None]:
        return [self._tables.values.get(name) for name in names]

    def erase(self, name: str) -> None:
        """Forget the value behind a name; the name stays in the journal and means nothing any more."""
        self._tables.values.pop(name, None)

    def _token(self, entity: str, value: str) -> str:
        digest = hmac.digest(self._key, f"{entity}\0{value}".encode(), "sha256")
        return base64.b32encode(digest[:TOKEN_BYTES]).decode().lower()
