"""The projections in memory, under the laws of ``Projector``: whole writes only, no row twice, progress with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bulkhead.kernel.protocols import LeaseLost
from bulkhead.runtime.projections.projector import Projection


class RowsTwice(Exception):
    """Rows that stand there already, as a database's unique index says it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one write added, and the progress before it."""

    next_sequence: int
    names_done: int
    leaves: tuple[int, ...]
    ids: tuple[str, ...]
    names: tuple[int, ...]
    balances: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class ProjectionTables:
    """What is stored. ``leaves`` holds the sequences of movements and events that have a row."""

    next_sequence: int = 0
    names_done: int = 0
    leaves: set[int] = field(default_factory=set)
    ids: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    touched: dict[int, tuple[int, int]] = field(default_factory=dict)  # sequence -> accounts of its movement
    balances: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)  # (account, sequence)
    unsafe: list[Written] = field(default_factory=list)  # since the disk was last told to keep all

    def lose_unsafe(self) -> None:
        """Power is lost: projections are written without waiting for the disk."""
        for written in reversed(self.unsafe):
            self.next_sequence, self.names_done = written.next_sequence, written.names_done
            self.leaves.difference_update(written.leaves)
            for key in written.ids:
                del self.ids[key]
            for number in written.names:
                del self.names[number]
            for sequence in written.leaves:
                self.touched.pop(sequence, None)  # events touch nothing
            for place in written.balances:
                del self.balances[place]
        self.unsafe = []

    def last_balances(self) -> dict[int, tuple[int, int]]:
        """(posted, held) of each account at its last mark."""
        return {account: self.balances[account, sequence] for account, sequence in sorted(self.balances)}


class MemoryProjector:
    """See ``Projector``."""

    def __init__(self, tables: ProjectionTables) -> None:
        self._tables = tables
        self._written = tables.next_sequence

    def progress(self) -> tuple[int, int]:
        return self._tables.next_sequence, self._tables.names_done

    def last_mark(self) -> tuple[int, list[int]]:
        marked = max((sequence for _, sequence in self._tables.balances), default=0)
        accounts = {
            account for sequence, pair in self._tables.touched.items() if sequence >= marked for account in pair
        }
        return marked, sorted(accounts)

    def write(self, projections: list[Projection]) -> None:
        """See ``ProjectionWriter``."""
        self.check_first()
        tables, last = self._tables, projections[-1]
        events = [sequence for p in projections for sequence, _ in p.events]
        booked = [b for p in projections for b in p.booked]
        movements = [b.first_sequence + k for b in booked for k in range(len(b.batch))]
        names = {p.first_name + k: name for p in projections for k, name in enumerate(p.names)}
        balances = {
            (int(number), p.next_sequence): (int(record["posted_minor"]), int(record["held_minor"]))
            for p in projections
            for number, record in zip(*p.balances, strict=True)
        }
        _refuse_twins("leaf", tables.leaves, [*movements, *events])
        _refuse_twins("name", tables.names, names)
        _refuse_twins("balance", tables.balances, balances)
        tables.leaves.update(movements, events)
        ids = {b.batch.ids[k]: b.first_sequence + k for b in booked for k in range(len(b.batch))}
        tables.unsafe.append(
            Written(
                tables.next_sequence,
                tables.names_done,
                (*movements, *events),
                tuple(ids),
                tuple(names),
                tuple(balances),
            )
        )
        tables.ids |= ids
        for b in booked:
            pairs = zip(
                b.batch.rows["debit_account"].tolist(), b.batch.rows["credit_account"].tolist(), strict=True
            )
            tables.touched |= {b.first_sequence + k: pair for k, pair in enumerate(pairs)}
        tables.names |= names
        tables.balances |= balances
        tables.next_sequence, tables.names_done = last.next_sequence, last.first_name + len(last.names)
        self._written = last.next_sequence

    def check_first(self) -> None:
        """Raises ``LeaseLost`` when somebody else has written since this projector has."""
        if self._tables.next_sequence != self._written:
            raise LeaseLost("another writer has written the projections since")

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        """Id -> journal leaf, for those that are projected."""
        return {one: self._tables.ids[one] for one in ids if one in self._tables.ids}

    def close(self) -> None:
        """There is no connection to close."""


def _refuse_twins(what: str, there: Iterable[object], new: Iterable[object]) -> None:
    found, twins = list(new), set(new) & set(there)
    if twins or len(set(found)) != len(found):
        raise RowsTwice(f"{what} {min(twins, key=str, default='twice in one write')} is there already")
