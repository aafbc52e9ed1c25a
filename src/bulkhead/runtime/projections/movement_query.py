"""What may be asked of the table of movements, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow, tuple_row

from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Phase, Refusal, Status

if TYPE_CHECKING:
    from bulkhead.runtime.wiring import Stores

SEQUENCE_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """Where tables are read: an open connection, an institution's number, and how real names become tokens.

    The connection may be anybody's (a pool's, Django's): nothing here opens, commits or closes one.
    """

    connection: Connection[Any]
    institution: int
    token_of: Callable[[str, str], str] | None = None  # (entity, value) -> name, as ``vault.name_of``

    def rows(self, query: str, parameters: Mapping[str, object]) -> list[TupleRow]:
        """All rows of a statement; ``%(institution)s`` is ours."""
        # A cursor of our own: Django's bind at the client and cannot read binary.
        with Cursor(self.connection, row_factory=tuple_row) as cursor:
            cursor.execute(query.encode(), {"institution": self.institution, **parameters}, binary=True)
            return cursor.fetchall()

    def number_of(self, name: str) -> int | None:
        """The number of a name as the journal has it, or of the token that stands there for it."""
        entity, _, value = name.partition(":")
        names = [name]
        if value and self.token_of is not None:
            names.append(self.token_of(entity, value))
        found = self.rows(
            "SELECT number FROM name WHERE institution = %(institution)s AND name = ANY(%(names)s)"
            " ORDER BY name <> %(name)s LIMIT 1",
            {"names": names, "name": name},
        )
        return int(found[0][0]) if found else None

    def projected_to(self) -> int:
        """Movements before this sequence are in the tables."""
        return self.progress()[0]

    def progress(self) -> tuple[int, int, int]:
        """(next sequence, movements before which stand in runs, sequence of the last balance mark)."""
        found = self.rows(
            "SELECT next_sequence, indexed, marked FROM projection_progress WHERE institution = %(institution)s",
            {},
        )
        return found[0] if found else (0, 0, 0)


@contextmanager
def reading(stores: Stores) -> Iterator[Reading]:
    """A ``Reading`` of these stores on a connection of its own, for those who have none at hand."""
    with stores.connect() as connection:
        yield Reading(connection, stores.number, stores.vault.name_of)


@dataclass(frozen=True, slots=True)
class MovementQuery:
    """Which movements are wanted: those that meet every condition given. An empty set is no condition."""

    outcomes: frozenset[Outcome] = frozenset()
    statuses: frozenset[Status] = frozenset()
    kinds: frozenset[MovementKind] = frozenset()
    phases: frozenset[Phase] = frozenset()
    refusals: frozenset[Refusal] = frozenset()
    findings: frozenset[Finding] = frozenset()  # any of these; ``Finding.NONE`` for movements without
    rule: str = ""  # code of a rule that hit
    unknown_rule: str = ""  # code of a rule that could not be known
    party: str = ""  # in any role: payer, payee, device, instructing or either account; name or ``entity:value``
    account: str = ""  # debited or credited; a name like ``party``
    since_us: int | None = None  # effective time, both ends included
    until_us: int | None = None
    from_sequence: int | None = None  # places in the journal, both ends included
    to_sequence: int | None = None
    amount_min_minor: int | None = None  # both ends included, whatever the currency
    amount_max_minor: int | None = None
    settled: bool | None = None
    only_alarms: bool = False  # not allowed, refused, or with any finding


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement as people see it. Names are as in the journal, "" where absent; money in minor units."""

    sequence: int
    effective_us: int
    event_us: int
    amount_minor: int
    currency: str
    kind: MovementKind
    phase: Phase
    settled: bool
    payer: str
    payee: str
    device: str
    instructed_by: str
    debit_account: str
    credit_account: str
    outcome: Outcome
    status: Status
    refusal: Refusal
    findings: Finding
    rules: tuple[str, ...]  # codes that hit, of the rule set that decided
    unknown_rules: tuple[str, ...]
    debit_posted_minor: int  # balances after it
    credit_posted_minor: int
    debit_held_minor: int


@dataclass(frozen=True, slots=True)
class MovementPage:
    """A page of a search, newest first.

    ``older`` goes into ``before`` and ``newer`` into ``after`` of the next search; None where there is nothing more
    that way. ``complete`` is False when the budget ended first: everything between where the search began and
    ``searched_to`` has been looked at, and the search can go on from there.
    """

    rows: tuple[MovementRow, ...]
    older: int | None
    newer: int | None
    searched_to: int
    complete: bool
