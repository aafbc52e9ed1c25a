"""Accounts as people look them up: a page of them, or one, with balances at any position of the journal.

Nothing here adds up all accounts but ``class_totals``. A balance at a position is the account's last mark before it
and the movements since; marks are never further apart than ``_TAIL``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg.rows import TupleRow

from bulkhead.intake.names import account_class
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import ABSENT, BATCH_ROWS_MAX, AccountClass
from bulkhead.runtime.projections.balances import AFTER_EVENTS
from bulkhead.runtime.projections.last_movement import moved_before_marks
from bulkhead.runtime.projections.movement_query import MovementQuery, Reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.runtime.projections.projector import MARK_EVERY

_TAIL = MARK_EVERY + 4 * BATCH_ROWS_MAX
_NUMBER_MAX = 2**31 - 1
_MOVED_BUDGET_MS = 80

# The balances' index begins with the account, so its accounts are found by leaping from one to the next. What is asked
# of each is a value and no EXISTS, which might become a join and lose their order.
_LEAP = """
    WITH RECURSIVE leap (account) AS (
        SELECT {next}(account) FROM balance WHERE institution = %(institution)s AND account {way} %({from_})s
        UNION ALL
        SELECT (
            SELECT {next}(b.account) FROM balance b
            WHERE b.institution = %(institution)s AND b.account {way} leap.account
        )
        FROM leap WHERE leap.account IS NOT NULL
    )
    SELECT account FROM leap WHERE account IS NOT NULL AND (
        SELECT true FROM balance b
        WHERE b.institution = %(institution)s AND b.account = leap.account AND b.sequence <= %(at)s
            AND b.account_class = ANY(%(classes)s) LIMIT 1
    ) LIMIT %(limit)s
"""
_ACCOUNTS = _LEAP.format(next="max", way="<", from_="below")
_ACCOUNTS_UP = _LEAP.format(next="min", way=">", from_="above")
_PLACES = """
    SELECT number FROM name WHERE institution = %(institution)s AND name >= 'book:' AND name < 'book;'
"""
_MARKS = """
    SELECT n.account, b.sequence, b.posted_minor, b.held_minor, b.currency, b.account_class
    FROM unnest(%(accounts)s::integer[]) n (account), LATERAL (
        SELECT * FROM balance
        WHERE institution = %(institution)s AND account = n.account AND sequence <= %(at)s
        ORDER BY sequence DESC LIMIT 1
    ) b
"""
_TAIL_COLUMNS = (
    "sequence, effective_us, debit_account, credit_account, debit_posted_minor, debit_held_minor,"
    " credit_posted_minor, currency, settled"
)
# Of each account only the movements that leave a trace: the last that debited it, the last that credited it, and the
# first settled one, which may have opened it. An account in every movement costs no more than one in a few.
_TAIL_ROWS = f"""
    WITH tail AS MATERIALIZED (
        SELECT {_TAIL_COLUMNS} FROM movement
        WHERE institution = %(institution)s AND sequence >= %(low)s AND sequence < %(at)s
            AND (debit_account = ANY(%(accounts)s) OR credit_account = ANY(%(accounts)s))
    ), sides AS (
        SELECT max(sequence) AS latest, min(sequence) FILTER (WHERE settled = 1) AS opening FROM tail
        WHERE debit_account = ANY(%(accounts)s) GROUP BY debit_account
        UNION ALL
        SELECT max(sequence), min(sequence) FILTER (WHERE settled = 1) FROM tail
        WHERE credit_account = ANY(%(accounts)s) GROUP BY credit_account
    )
    SELECT * FROM tail WHERE sequence IN (SELECT latest FROM sides UNION ALL SELECT opening FROM sides)
    ORDER BY sequence
"""
# Settled movements open clients' accounts, which have no mark until the next one is due. The house's own are marked
# in the first leaf.
_FRESH = """
    SELECT o.account FROM (
        SELECT DISTINCT account FROM movement m
        CROSS JOIN LATERAL (VALUES (m.debit_account), (m.credit_account)) s (account)
        WHERE m.institution = %(institution)s AND m.sequence >= %(low)s AND m.sequence < %(at)s AND m.settled = 1
            AND account > %(above)s AND account < %(below)s
    ) o
    JOIN name n ON n.institution = %(institution)s AND n.number = o.account AND n.name LIKE 'client:%%'
    WHERE NOT EXISTS (
        SELECT FROM balance b
        WHERE b.institution = %(institution)s AND b.account = o.account AND b.sequence <= %(at)s
    )
    ORDER BY CASE WHEN %(upward)s THEN o.account ELSE -o.account END LIMIT %(limit)s
"""


@dataclass(slots=True)
class AccountLine:
    """One account after the first ``at`` leaves. ``held_minor`` of what is posted is set aside.

    ``name`` is as in the journal. ``moved_us`` is the effective time of its last movement, booked or not; None where
    it had none, or none was found in time.
    """

    number: int
    name: str
    account_class: AccountClass
    currency: str
    posted_minor: int
    held_minor: int
    moved_us: int | None = None

    @property
    def available_minor(self) -> int:
        """What is free to use."""
        return self.posted_minor - self.held_minor


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts, those opened last first; ``older`` goes into ``before``, ``newer`` into ``after`` of the next page."""

    rows: tuple[AccountLine, ...]
    older: int | None
    newer: int | None


@dataclass(slots=True)
class _State:
    """An account on its way from its mark to the position."""

    sequence: int = 0
    posted_minor: int = 0
    held_minor: int = 0
    currency: int = 0
    of_class: int = AccountClass.NONE
    opened: bool = False
    moved_us: int | None = None


def position_of(reading: Reading, at: int | None) -> int:
    """A position that balances exist for: ``at``, or as far as the projections go. Raises ``BadInput`` beyond that.

    Holds lapse with the ``TimeAdvanced`` before them, so a position between their leaves is the one after them.
    """
    projected = reading.projected_to()
    if at is None:
        return projected
    if not 0 <= at <= projected:
        raise BadInput(f"There is no position {at:,} yet; the tables reach {projected:,}.")
    after = reading.rows(AFTER_EVENTS, {"at": at})
    return int(after[0][0]) if after else at


def position_at(reading: Reading, at_us: int) -> int:
    """The position before the first movement after a moment."""
    page = search_movements(reading, MovementQuery(since_us=at_us + 1), after=-1, limit=1)
    return page.rows[-1].sequence if page.rows else reading.projected_to()


def accounts_page(
    reading: Reading,
    at: int,
    *,
    classes: Iterable[AccountClass] = (),
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> AccountPage:
    """A page of accounts after the first ``at`` leaves, of these classes or of all."""
    wanted = frozenset(classes) or frozenset(AccountClass) - {AccountClass.NONE}
    newest_first = after is None
    numbers = _numbers(reading, at, wanted, before, after, limit + 1)
    more = len(numbers) > limit
    numbers = numbers[:limit]
    rows = _lines(reading, numbers, at)
    rows.sort(key=lambda row: -row.number)
    if newest_first:
        older = rows[-1].number if more else None
        newer = rows[0].number if before is not None and rows else None
    else:
        older = rows[-1].number if rows else None
        newer = rows[0].number if more else None
    return AccountPage(tuple(rows), older, newer)


def account_line(reading: Reading, number: int, at: int) -> AccountLine | None:
    """One account after the first ``at`` leaves; None where the number was none by then."""
    if not 0 <= number <= _NUMBER_MAX:
        return None
    found = _lines(reading, [number], at)
    return found[0] if found else None


def _numbers(
    reading: Reading, at: int, classes: frozenset[AccountClass], before: int | None, after: int | None, limit: int
) -> list[int]:
    """Account numbers from one end, at most ``limit``."""
    below, above = _NUMBER_MAX if before is None else before, -1 if after is None else after
    asked: dict[str, object] = {
        "at": at,
        "below": below,
        "above": above,
        "limit": limit,
        "classes": sorted(int(one) for one in classes),
        "low": first_unmarked(reading, at),
    }
    if AccountClass.CLIENT not in classes:  # a house has few others, among perhaps millions of its clients'
        found = [number for (number,) in reading.rows(_PLACES, asked) if above < number < below]
        kept = {line.number for line in _lines(reading, found, at, moved=False) if line.account_class in classes}
        return sorted(kept, reverse=after is None)[:limit]
    marked = [number for (number,) in reading.rows(_ACCOUNTS if after is None else _ACCOUNTS_UP, asked)]
    if len(marked) == limit:  # what is fresh beyond them belongs to another page
        asked |= {"above": marked[-1]} if after is None else {"below": marked[-1]}
    fresh = [number for (number,) in reading.rows(_FRESH, {**asked, "upward": after is not None})]
    return sorted({*marked, *fresh}, reverse=after is None)[:limit]


def first_unmarked(reading: Reading, at: int) -> int:
    """Where the movements begin that the last marks before ``at`` may lack, or that stand in no run yet."""
    _, indexed, marked = reading.progress()
    return min(marked, indexed) if marked <= at else max(0, min(at - _TAIL, indexed))


def _lines(reading: Reading, numbers: Sequence[int], at: int, *, moved: bool = True) -> list[AccountLine]:
    """The accounts of these numbers, in any order; numbers that were no accounts are left out."""
    states = _states(reading, numbers, at)
    names: dict[int, str] = dict(
        reading.rows(
            "SELECT number, name FROM name WHERE institution = %(institution)s AND number = ANY(%(numbers)s)",
            {"numbers": list(states)},
        )
    )
    found = [_line(number, names[number], state) for number, state in states.items()]
    if moved:
        _add_moved(reading, found, {number: state.sequence for number, state in states.items()}, at)
    return found


def _add_moved(reading: Reading, lines: Iterable[AccountLine], marks: dict[int, int], at: int) -> None:
    """Look up when each account moved last, for as long as a page may wait for it.

    An account is marked because something moved it, so its last movement is mostly just before its last mark.
    """
    deadline_s = time.monotonic() + _MOVED_BUDGET_MS / 1000
    unknown = {line.number: line for line in lines if line.moved_us is None}
    if not unknown:
        return
    for number, moved_us in moved_before_marks(reading, {number: marks[number] for number in unknown}).items():
        unknown.pop(number).moved_us = moved_us
    for line in unknown.values():
        left_ms = int(1000 * (deadline_s - time.monotonic()))
        if left_ms > 0:
            query = MovementQuery(account=line.name)
            page = search_movements(reading, query, before=at, limit=1, budget_ms=left_ms)
            line.moved_us = page.rows[0].effective_us if page.rows else None


def _line(number: int, name: str, state: _State) -> AccountLine:
    of_class = AccountClass(state.of_class) or account_class(name)
    currency = currency_code(state.currency)
    return AccountLine(number, name, of_class, currency, state.posted_minor, state.held_minor, state.moved_us)


def _states(reading: Reading, numbers: Sequence[int], at: int) -> dict[int, _State]:
    """Number -> state after the first ``at`` leaves, of those that were accounts by then."""
    states = {number: _State() for number in numbers}
    asked: dict[str, object] = {"accounts": list(numbers), "at": at, "low": first_unmarked(reading, at)}
    for number, sequence, posted, held, currency, of_class in reading.rows(_MARKS, asked):
        states[number] = _State(sequence, posted, held, currency, of_class, True)
    _bring_forward(states, reading.rows(_TAIL_ROWS, asked))
    return {number: state for number, state in states.items() if state.opened}


def _bring_forward(states: dict[int, _State], rows: Iterable[TupleRow]) -> None:
    """Take the balances that each movement left behind; a settled one opens the accounts it names."""
    for sequence, effective_us, debit, credit, debit_posted, debit_held, credit_posted, currency, settled in rows:
        for number in {debit, credit} - {ABSENT}:
            state = states.get(number)
            if state is None:
                continue
            state.moved_us = effective_us
            if sequence < state.sequence:
                continue
            if settled and not state.opened:
                state.opened, state.currency = True, currency
            if number == credit and state.opened:
                state.posted_minor = credit_posted
            if number == debit and state.opened:
                state.posted_minor, state.held_minor = debit_posted, debit_held
