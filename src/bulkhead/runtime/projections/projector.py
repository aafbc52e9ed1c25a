"""Writes projections behind the journal: a feed gathers what the machine did, a projector copies it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import psycopg
from numpy.typing import NDArray

from bulkhead.custody.accounts import ACCOUNT
from bulkhead.engine.event_effects import BOOK_ACCOUNTS
from bulkhead.engine.machine import Booked, Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import AccountOpened, Event, HoldExpired, HoldReviewed, InstitutionOpened, encode_event
from bulkhead.kernel.journal import JournalBatch
from bulkhead.kernel.leaves import LEAF_EVENT, decode_event_leaf
from bulkhead.kernel.movements import AccountClass
from bulkhead.kernel.protocols import LeaseLost
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.projection_rows import (
    BALANCE_TABLE,
    COPY_HEADER,
    COPY_TRAILER,
    KEY_TABLE,
    MOVEMENT_TABLE,
    Table,
    balance_rows,
    key_rows,
    movement_rows,
    stored_movement_rows,
)
from bulkhead.runtime.projections.run_building import RunBuilder

# A balance at any journal position is the last mark before it plus the movements between: never more than these.
MARK_EVERY = 65_536
# The machine knows its latest 2**19 ids by itself; until they leave it, nobody need find them by the index.
KEYS_TOGETHER = 1 << 19


@dataclass(frozen=True, slots=True)
class Projection:
    """What one run of leaves adds to the projections. ``balances``: account numbers and their records."""

    next_sequence: int
    booked: tuple[Booked, ...]
    events: tuple[tuple[int, Event], ...]
    first_name: int
    names: tuple[str, ...]
    balances: tuple[NDArray[np.int64], NDArray[np.void]]
    complete: bool  # nothing may be left for later: the writer is about to rest


@dataclass(slots=True)
class ProjectionFeed:
    """Collects what the machine did since the last ``take``. Lives in the machine's own thread."""

    machine: Machine
    names_done: int
    marked: int  # sequence of the last balance mark
    _booked: list[Booked] = field(default_factory=list)
    _events: list[tuple[int, Event]] = field(default_factory=list)
    _touched: list[NDArray[np.int32]] = field(default_factory=list)

    def add_booked(self, booked: Booked) -> None:
        """Movements that were booked, held or refused."""
        self._booked.append(booked)
        self._touched += [booked.batch.rows["debit_account"].copy(), booked.batch.rows["credit_account"].copy()]

    def add_event(self, sequence: int, event: Event) -> None:
        """An event that was taken; those that move balances are marked at the next ``take``."""
        self._events.append((sequence, event))
        self.touch(accounts_of(event, self.machine))

    def touch(self, accounts: list[int]) -> None:
        """Accounts to put into the next balance mark."""
        self._touched.append(np.array(accounts, np.int32))

    def take(self, *, mark: bool = False) -> Projection:
        """All that was added. Balances are marked when asked, after events, or when the last mark is old."""
        next_sequence = self.machine.sequence
        names = tuple(self.machine.names[n] for n in range(self.names_done, len(self.machine.names)))
        balances = np.zeros(0, np.int64), np.zeros(0, ACCOUNT)
        if self._touched and (mark or self._events or next_sequence - self.marked >= MARK_EVERY):
            numbers = np.unique(np.concatenate(self._touched)).astype(np.int64)
            numbers = numbers[numbers >= 0]
            records = self.machine.book.accounts[numbers]
            known = records["account_class"] != AccountClass.NONE
            balances = numbers[known], records[known]
            self._touched, self.marked = [], next_sequence
        projection = Projection(
            next_sequence, tuple(self._booked), tuple(self._events), self.names_done, names, balances, mark
        )
        self.names_done = len(self.machine.names)
        self._booked, self._events = [], []
        return projection


def accounts_of(event: Event, machine: Machine) -> list[int]:
    """Numbers of the accounts whose balances an event, just taken by the machine, may have changed."""
    match event:
        case InstitutionOpened():
            return [machine.names.find(name) for name in BOOK_ACCOUNTS]
        case AccountOpened(name=name) | HoldExpired(account=name):
            return [machine.names.find(name)]
        case HoldReviewed():
            return list(machine.last_released)
    return []


def events_of(batch: JournalBatch) -> list[tuple[int, Event]]:
    """(sequence, event) of the event leaves of a batch."""
    kinds = np.frombuffer(batch.leaves.data, np.uint8)[batch.leaves.offsets[:-1]]
    found = np.flatnonzero(kinds == LEAF_EVENT).tolist()
    return [(batch.first_sequence + k, decode_event_leaf(batch.leaves[k])) for k in found]


class ProjectionWriter(Protocol):
    """Where projections are kept: ``Projector`` in PostgreSQL, or a simulator's."""

    def progress(self) -> tuple[int, int]:
        """(next sequence, names written)."""

    def last_mark(self) -> tuple[int, list[int]]:
        """Sequence of the last balance mark and the accounts that were touched since."""

    def write(self, projections: list[Projection]) -> None:
        """Write a run of projections, all of it or nothing."""

    def close(self) -> None: ...


def _keys_of(booked: Booked) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys = np.ascontiguousarray(booked.keys[:, 0]).view(np.int64)
    return keys, booked.first_sequence + np.arange(len(keys))


class Projector:
    """Writes projections of one institution through a connection of its own."""

    def __init__(self, connection: psycopg.Connection, institution: int) -> None:
        self._connection = connection
        self._institution = institution
        # Projections follow from the journal; losing the last few in a crash only means writing them again.
        connection.execute("SET synchronous_commit = off")
        connection.execute(
            "INSERT INTO projection_progress VALUES (%s, 0, 0, 0) ON CONFLICT DO NOTHING", [institution]
        )
        connection.commit()
        self._written, _ = self.progress()
        self._unkeyed = self._read_unkeyed()
        self._runs = RunBuilder(0)

    def progress(self) -> tuple[int, int]:
        """(next sequence, names written)."""
        row = self._connection.execute(
            "SELECT next_sequence, names FROM projection_progress WHERE institution = %s", [self._institution]
        ).fetchone()
        self._connection.commit()
        assert row is not None
        return int(row[0]), int(row[1])

    def last_mark(self) -> tuple[int, list[int]]:
        """Sequence of the last balance mark and the accounts that were touched since."""
        row = self._connection.execute(
            "SELECT coalesce(max(sequence), 0) FROM balance WHERE institution = %s", [self._institution]
        ).fetchone()
        assert row is not None
        accounts = self._connection.execute(
            "SELECT debit_account FROM movement WHERE institution = %s AND sequence >= %s"
            " UNION SELECT credit_account FROM movement WHERE institution = %s AND sequence >= %s",
            [self._institution, row[0], self._institution, row[0]],
        ).fetchall()
        self._connection.commit()
        return int(row[0]), [int(account) for (account,) in accounts]

    def resume_runs(self) -> None:
        """Read the run an earlier writer had not filled; comes before the first ``write``.

        Whole runs that are missing, since an earlier version wrote the movements, are written now. Raises
        ``BadInput`` when what is stored of runs contradicts itself.
        """
        row = self._connection.execute(
            "SELECT indexed, next_sequence FROM projection_progress WHERE institution = %s", [self._institution]
        ).fetchone()
        assert row is not None
        indexed, next_sequence = row
        if indexed % facets.RUN_SEQUENCES or indexed > next_sequence:
            raise BadInput(f"The projections cannot have runs up to leaf {indexed}. Run `bulkhead verify`.")
        self._runs = RunBuilder(indexed)
        for first in range(indexed, next_sequence, facets.RUN_SEQUENCES):
            stop = min(next_sequence, first + facets.RUN_SEQUENCES)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for rows in stored_movement_rows(self._connection, self._institution, first, stop):
                    self._runs.add(rows)
                self._copy_runs(cursor, stop)
        self._connection.commit()

    def write(self, projections: list[Projection]) -> None:
        """Write a run of projections in one transaction.

        Raises ``LeaseLost`` when another projector has written since this one began: a writer that stood still and
        was superseded may have projections left, and those without a row would clash with nothing.
        """
        last = projections[-1]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._advance(cursor, last)
            booked = [b for p in projections for b in p.booked]
            movements = [movement_rows(self._institution, b) for b in booked]
            self._copy(cursor, MOVEMENT_TABLE, movements)
            for rows in movements:
                self._runs.add(rows)
            self._copy_runs(cursor, last.next_sequence)
            self._copy_keys(cursor, booked, last.next_sequence, at_once=last.complete)
            marks = [balance_rows(self._institution, *p.balances, p.next_sequence) for p in projections]
            self._copy(cursor, BALANCE_TABLE, marks)
            self._copy_names(cursor, projections)
            self._copy_events(cursor, projections)
            marked = [p.next_sequence for p, rows in zip(projections, marks, strict=True) if len(rows)]
            if marked:
                cursor.execute(
                    "UPDATE projection_progress SET marked = greatest(marked, %s) WHERE institution = %s",
                    [marked[-1], self._institution],
                )
        self._written = last.next_sequence

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _advance(self, cursor: psycopg.Cursor, last: Projection) -> None:
        """Move the progress on from where this projector knows it to be; its row keeps others waiting."""
        cursor.execute(
            "UPDATE projection_progress SET next_sequence = %s, names = %s"
            " WHERE institution = %s AND next_sequence = %s",
            [last.next_sequence, last.first_name + len(last.names), self._institution, self._written],
        )
        if cursor.rowcount != 1:
            raise LeaseLost(f"Another writer has written the projections since leaf {self._written}.")

    def _copy(self, cursor: psycopg.Cursor, table: Table, parts: list[NDArray[np.void]]) -> None:
        if not any(len(part) for part in parts):
            return
        statement = f"COPY {table.name} ({table.column_list}) FROM STDIN (FORMAT binary)"
        with cursor.copy(statement.encode()) as copy:
            copy.write(COPY_HEADER)
            for part in parts:
                copy.write(part.tobytes())
            copy.write(COPY_TRAILER)

    def _copy_runs(self, cursor: psycopg.Cursor, next_sequence: int) -> None:
        """Write the runs that are whole now."""
        runs = list(self._runs.take(next_sequence))
        if not runs:
            return
        for columns, rows in (
            (
                "facet_run (institution, run, facet, value, members)",
                [r.facet_copy(self._institution) for r in runs],
            ),
            (
                "pair_run (institution, run, facet, last, part, pairs)",
                [r.pair_copy(self._institution) for r in runs],
            ),
        ):
            with cursor.copy(f"COPY {columns} FROM STDIN (FORMAT binary)".encode()) as copy:
                for part in (COPY_HEADER, *rows, COPY_TRAILER):
                    copy.write(part)
        cursor.execute(
            "UPDATE projection_progress SET indexed = %s WHERE institution = %s",
            [self._runs.next_run * facets.RUN_SEQUENCES, self._institution],
        )

    def _copy_keys(
        self, cursor: psycopg.Cursor, booked: list[Booked], next_sequence: int, *, at_once: bool
    ) -> None:
        """Keep the keys of these movements until there are many, then write them sorted."""
        self._unkeyed += [_keys_of(each) for each in booked]
        waiting = sum(len(keys) for keys, _ in self._unkeyed)
        if waiting < KEYS_TOGETHER and not (at_once and waiting):
            return
        keys, sequences = (np.concatenate(column) for column in zip(*self._unkeyed, strict=True))
        self._copy(cursor, KEY_TABLE, [key_rows(self._institution, keys, sequences)])
        cursor.execute(
            "UPDATE projection_progress SET keyed = %s WHERE institution = %s", [next_sequence, self._institution]
        )
        self._unkeyed = []

    def _read_unkeyed(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Keys and sequences that an earlier writer had not come to write."""
        rows = self._connection.execute(
            "SELECT id_key, sequence FROM movement JOIN projection_progress USING (institution)"
            " WHERE institution = %s AND sequence >= keyed",
            [self._institution],
        ).fetchall()
        self._connection.commit()
        found = np.array(rows, np.int64).reshape(-1, 2)
        return [(found[:, 0], found[:, 1])] if len(found) else []

    def _copy_names(self, cursor: psycopg.Cursor, projections: list[Projection]) -> None:
        if not any(p.names for p in projections):
            return
        with cursor.copy("COPY name (institution, number, name) FROM STDIN") as copy:
            for projection in projections:
                for k, name in enumerate(projection.names):
                    copy.write_row((self._institution, projection.first_name + k, name))

    def _copy_events(self, cursor: psycopg.Cursor, projections: list[Projection]) -> None:
        if not any(p.events for p in projections):
            return
        with cursor.copy("COPY event (institution, sequence, type, body) FROM STDIN") as copy:
            for projection in projections:
                for sequence, event in projection.events:
                    body = encode_event(event).decode()
                    copy.write_row((self._institution, sequence, type(event).__name__, body))
