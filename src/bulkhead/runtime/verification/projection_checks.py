"""The projections against the journal, row by row, as the verifier walks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from bulkhead.engine.machine import Booked, Machine
from bulkhead.kernel.events import Event, encode_event
from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.projections.copy_stream import CopyStream
from bulkhead.runtime.projections.projection_rows import (
    BALANCE_TABLE,
    MOVEMENT_TABLE,
    balance_rows,
    movement_rows,
)
from bulkhead.runtime.projections.projector import MARK_EVERY
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.verification.findings import Finding
from bulkhead.runtime.verification.run_checks import RunCheck


class ProjectionCheck:
    """Compares what is stored with what the journal gives. Projections may lag, but never differ."""

    def __init__(self, connect: Connect, institution: int) -> None:
        self.movements = 0
        self.balances = 0
        self._connect = connect
        self._institution = institution
        self._stack = ExitStack()
        self._touched: list[NDArray[np.int64]] = []
        self._marked = 0  # sequence of the last balance mark, or where there was nothing to mark
        self._last_mark = 0
        with connect() as connection:
            row = connection.execute(
                "SELECT next_sequence, names, keyed, indexed, marked FROM projection_progress WHERE institution = %s",
                [institution],
            ).fetchone()
        self._events = self._stack.enter_context(_event_rows(connect, institution))
        progress = (int(value or 0) for value in row or (0, 0, 0, 0, 0))
        self._projected, self._names, self._keyed, indexed, self._said_marked = progress
        self._runs = self._stack.enter_context(RunCheck(connect, institution, indexed))
        self._movement = self._stack.enter_context(CopyStream(connect, MOVEMENT_TABLE, institution, "sequence"))
        self._balance = self._stack.enter_context(
            CopyStream(connect, BALANCE_TABLE, institution, "sequence, account")
        )

    def __enter__(self) -> ProjectionCheck:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def check_booked(self, booked: Booked) -> None:
        """The movement and rule-hit rows of these movements."""
        if booked.first_sequence >= self._projected:
            return
        expected = movement_rows(self._institution, booked)
        _compare("movement", "sequence", expected, self._movement.take(len(expected), expected.dtype))
        self._runs.add(expected)
        self.movements += len(expected)
        for column in ("debit_account", "credit_account"):
            self._touched.append(booked.batch.rows[column].astype(np.int64))

    def check_event(self, sequence: int, event: Event, accounts: list[int]) -> None:
        """The row of an event. ``accounts``: those whose balances it may have changed."""
        self._touched.append(np.array(accounts, np.int64))
        if sequence >= self._projected:
            return
        wanted = (sequence, type(event).__name__, encode_event(event).decode())
        stored = next(self._events, None)
        if stored != wanted:
            found = f"has {stored[1]} at {stored[0]}" if stored else "lacks it"
            raise Finding(
                f"Journal leaf {sequence} is {wanted[1]}, but table event {found}, or words it otherwise."
            )

    def check_balances(self, machine: Machine, *, due: bool) -> None:
        """Balance marks at the machine's sequence: of all accounts touched since the last mark, or none.

        ``due``: there must be a mark, because events or a checkpoint ended here; so it must when the last is old.
        """
        stored = self._balance.take_upto("sequence", machine.sequence + 1)
        if len(stored):
            self._last_mark = int(stored["sequence"][-1])
        due = (due or machine.sequence - self._marked >= MARK_EVERY) and machine.sequence <= self._projected
        if not len(stored) and not due:
            return
        numbers = np.unique(np.concatenate(self._touched)) if self._touched else np.zeros(0, np.int64)
        numbers = numbers[numbers >= 0]
        records = machine.book.accounts[numbers]
        known = records["account_class"] != AccountClass.NONE
        expected = balance_rows(self._institution, numbers[known], records[known], machine.sequence)
        _compare("balance", "account", expected, stored)
        self._touched, self._marked = [], machine.sequence
        self.balances += len(stored)

    def finish(self, machine: Machine) -> None:
        """Nothing may be left over, and the names and events must be those of the journal."""
        for table, stream in (("movement", self._movement), ("balance", self._balance)):
            left = stream.take(1)
            if len(left):
                raise Finding(
                    f"Table {table} has a row at {int(left['sequence'][0])} that no journal leaf accounts for."
                )
        if self._projected > machine.sequence:
            raise Finding(f"Projections claim {self._projected} leaves, but the journal has {machine.sequence}.")
        extra = next(self._events, None)
        if extra is not None:
            raise Finding(f"Table event has a row at {extra[0]} that no journal leaf accounts for.")
        if self._said_marked != self._last_mark:
            raise Finding(f"Balances are said to be marked at {self._said_marked}, but are at {self._last_mark}.")
        self._runs.finish(self._projected)
        self._check_names(machine)
        self._check_keys()

    def _check_keys(self) -> None:
        """The table of ids against the movements, which have been found right."""
        with self._connect() as connection:
            for which, query in _KEY_FAULTS.items():
                row = connection.execute(query.encode(), {"institution": self._institution}).fetchone()
                if row is not None:
                    raise Finding(f"Table movement_key {which} the id of movement {row[0]}.")
        if self._keyed > self._projected:
            raise Finding(f"Projections claim the ids of {self._keyed} leaves, but have {self._projected}.")

    def _check_names(self, machine: Machine) -> None:
        with self._connect() as connection, connection.cursor(name="names") as cursor:
            cursor.execute(
                "SELECT number, name FROM name WHERE institution = %s ORDER BY number", [self._institution]
            )
            expected = 0
            for number, name in cursor:
                if number != expected or number >= len(machine.names) or machine.names[number] != name:
                    raise Finding(f"Table name has {name!r} as number {number}, which the journal does not.")
                expected += 1
        if expected != self._names:
            raise Finding(f"Table name ends before number {expected}, but {self._names} names were written.")


_KEY_FAULTS = {
    "lacks": """
        SELECT sequence FROM movement JOIN projection_progress USING (institution)
        LEFT JOIN movement_key k USING (institution, id_key, sequence)
        WHERE institution = %(institution)s AND sequence < keyed AND k.sequence IS NULL ORDER BY 1 LIMIT 1
    """,
    "has, though the journal does not,": """
        SELECT k.sequence FROM movement_key k LEFT JOIN movement m USING (institution, id_key, sequence)
        WHERE k.institution = %(institution)s AND m.id_key IS NULL ORDER BY 1 LIMIT 1
    """,
    "has, though it is said to end before,": """
        SELECT k.sequence FROM movement_key k JOIN projection_progress USING (institution)
        WHERE k.institution = %(institution)s AND k.sequence >= keyed ORDER BY 1 LIMIT 1
    """,
}


@contextmanager
def _event_rows(connect: Connect, institution: int) -> Iterator[Iterator[tuple[int, str, str]]]:
    with connect() as connection, connection.cursor(name="events") as cursor:
        cursor.execute(
            "SELECT sequence, type, body FROM event WHERE institution = %s ORDER BY sequence", [institution]
        )
        yield iter(cursor)


def _compare(table: str, key: str, expected: NDArray[np.void], stored: NDArray[np.void]) -> None:
    """Raise ``Finding`` for the first row that is missing, too many or different."""
    if expected.tobytes() == stored.tobytes():
        return
    for k in range(max(len(expected), len(stored))):
        if k >= len(stored):
            raise Finding(f"Table {table} lacks the row of {key} {int(expected[key][k])}.")
        if k >= len(expected):
            raise Finding(f"Table {table} has a row of {key} {int(stored[key][k])} that the journal does not.")
        if int(stored[key][k]) != int(expected[key][k]):
            wanted, found = int(expected[key][k]), int(stored[key][k])
            raise Finding(f"Table {table} has {key} {found} where the journal has {wanted}.")
        for column in (name for name in expected.dtype.names or () if not name.endswith("_bytes")):
            found, wanted = stored[column][k].tolist(), expected[column][k].tolist()
            if found != wanted:
                where = f"Table {table}, {key} {int(expected[key][k])}"
                raise Finding(f"{where}: {column} is {found}, but the journal gives {wanted}.")
    raise Finding(f"Table {table} has an empty or widened column about {key} {int(expected[key][0])}.")
