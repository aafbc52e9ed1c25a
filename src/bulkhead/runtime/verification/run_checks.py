"""The runs behind the table of movements against the movements themselves: what they leave out, nobody would see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import zip_longest
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import TupleRow

from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.run_building import Run, RunBuilder
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.verification.findings import Finding

_QUERIES = {
    "facet_run": """
        SELECT run, facet, value, members FROM facet_run WHERE institution = %s ORDER BY run, facet, value
    """,
    "pair_run": """
        SELECT run, facet, last, part, pairs FROM pair_run WHERE institution = %s ORDER BY run, facet, last, part
    """,
}


class RunCheck:
    """Builds the runs again from movements that have been found right, and compares them with those stored."""

    def __init__(self, connect: Connect, institution: int, indexed: int) -> None:
        if indexed % facets.RUN_SEQUENCES:
            raise Finding(f"Projections claim runs up to leaf {indexed}, where none can end.")
        self._indexed = indexed
        self._builder = RunBuilder(0)
        self._stack = ExitStack()
        connection = self._stack.enter_context(connect())
        self._stored = {}
        for table, query in _QUERIES.items():
            cursor = self._stack.enter_context(connection.cursor(name=table, binary=True))
            self._stored[table] = _Rows(iter(cursor.execute(query, [institution])))

    def __enter__(self) -> RunCheck:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, rows: NDArray[np.void]) -> None:
        """Rows of ``movement`` as the journal gives them, in their order."""
        self._builder.add(rows)
        if len(rows):
            self._compare(int(rows["sequence"][-1]) + 1)

    def finish(self, next_sequence: int) -> None:
        """All movements before ``next_sequence`` have been added; nothing may be left over."""
        if self._indexed > next_sequence:
            raise Finding(f"Projections claim runs up to leaf {self._indexed}, but have {next_sequence}.")
        self._compare(next_sequence)
        for table, rows in self._stored.items():
            if rows.next is not None:
                raise Finding(
                    f"Table {table} has a row of run {rows.next[0]}, but runs are said to end before "
                    f"leaf {self._indexed}."
                )

    def _compare(self, next_sequence: int) -> None:
        for run in self._builder.take(min(next_sequence, self._indexed)):
            _compare("facet_run", run, run.members, self._stored["facet_run"].take(run.number))
            _compare("pair_run", run, run.pairs, self._stored["pair_run"].take(run.number))


class _Rows:
    """Stored rows in order of their runs."""

    def __init__(self, rows: Iterator[TupleRow]) -> None:
        self._rows = rows
        self.next = next(rows, None)

    def take(self, run: int) -> Iterator[TupleRow]:
        """The rows of this run and of any before it that have not been taken, without the run."""
        while self.next is not None and self.next[0] <= run:
            yield self.next[1:] if self.next[0] == run else self.next
            self.next = next(self._rows, None)


def _compare(table: str, run: Run, expected: tuple[tuple[Any, ...], ...], stored: Iterator[TupleRow]) -> None:
    """Raise ``Finding`` for the first row that is missing, too many or different."""
    first = run.number * facets.RUN_SEQUENCES
    where = f"of movements {first} to {first + facets.RUN_SEQUENCES - 1}"
    for wanted, found in zip_longest(expected, stored):
        if wanted == found:
            continue
        if wanted is None or (found is not None and found[:-1] < wanted[:-1]):
            raise Finding(f"Table {table} has a row {_key(found)} {where} that the journal does not.")
        if found is None or found[:-1] > wanted[:-1]:
            raise Finding(f"Table {table} lacks the row {_key(wanted)} {where}.")
        raise Finding(f"Table {table}, row {_key(wanted)} {where}: its members are not the journal's.")


def _key(row: tuple[Any, ...]) -> str:
    facet, *rest = row[:-1]
    known = facets.Facet(facet).name.lower() if facet in list(facets.Facet) else facet
    return "/".join(str(part) for part in (known, *rest))
