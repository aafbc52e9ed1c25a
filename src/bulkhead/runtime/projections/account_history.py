"""One account through time: its balance as a line, and what holds its money."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.leaves import decode_movement_leaf
from bulkhead.kernel.movements import Phase, Status
from bulkhead.runtime.aftermath import Step, aftermath, is_end, waits_for_review
from bulkhead.runtime.projections.account_reading import AccountLine
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.runtime.wiring import Stores

POINTS_MAX = 240
LATEST = 200
HOLDS_MAX = 25

# Marks are samples of the balance, spread evenly; an event that moved money marks it as well.
_MARKS = """
    SELECT marks.posted_minor, marks.held_minor, (
        SELECT effective_us FROM movement m
        WHERE m.institution = %(institution)s AND m.sequence < marks.sequence ORDER BY m.sequence DESC LIMIT 1
    )
    FROM (
        SELECT sequence, posted_minor, held_minor,
            row_number() OVER (ORDER BY sequence) AS place, count(*) OVER () AS total
        FROM balance WHERE institution = %(institution)s AND account = %(account)s AND sequence <= %(at)s
    ) marks
    WHERE marks.place = marks.total OR marks.place %% greatest(1, marks.total / %(points)s) = 0
    ORDER BY marks.sequence
"""


@dataclass(frozen=True, slots=True)
class BalancePoint:
    """An account's balance at a moment."""

    at_us: int
    posted_minor: int
    held_minor: int | None  # None where a credit tells nothing of it


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """Points in order of time; from ``exact_from_us`` on none is missing, before it they are samples."""

    points: tuple[BalancePoint, ...]
    exact_from_us: int | None


@dataclass(frozen=True, slots=True)
class OpenHold:
    """Money of an account that is set aside."""

    sequence: int  # of the movement that placed it
    reference: str
    placed_us: int
    left_minor: int
    credit_account: str
    waits: bool  # people have to release or return it; otherwise it is the payer's own wish


def balance_line(reading: Reading, account: AccountLine, at: int) -> BalanceLine:
    """The balance of an account up to a position: samples, and each of the latest movements."""
    latest = search_movements(reading, MovementQuery(account=account.name), before=at, limit=LATEST)
    exact = [_point(row, account.name) for row in reversed(latest.rows)]
    complete = latest.older is None
    samples = [
        BalancePoint(at_us, posted, held)
        for posted, held, at_us in reading.rows(
            _MARKS, {"account": account.number, "at": at, "points": POINTS_MAX}
        )
        if at_us is not None
    ]
    from_us = exact[0].at_us if exact and not complete else None
    kept = [point for point in samples if from_us is None or point.at_us < from_us or not exact]
    points = sorted([*kept, *exact], key=lambda point: point.at_us)
    return BalanceLine(tuple(points), from_us)


def open_holds(stores: Stores, reading: Reading, account: AccountLine, at: int) -> tuple[OpenHold, ...]:
    """What holds an account's money now, newest first; at most ``HOLDS_MAX``, found among as many placings each."""
    found: list[OpenHold] = []
    left_minor, before = account.held_minor, at
    query = MovementQuery(account=account.name, statuses=frozenset({Status.HELD}))
    while left_minor > 0 and len(found) < HOLDS_MAX:
        page = search_movements(reading, query, before=before, limit=HOLDS_MAX)
        for row in page.rows:
            hold = _open_hold(stores, reading, row, at) if row.debit_account == account.name else None
            if hold is not None:
                found.append(hold)
                left_minor -= hold.left_minor
        if page.older is None or not page.complete:
            break
        before = page.older
    return tuple(found[:HOLDS_MAX])


def _point(row: MovementRow, name: str) -> BalancePoint:
    if row.debit_account == name:
        return BalancePoint(row.effective_us, row.debit_posted_minor, row.debit_held_minor)
    return BalancePoint(row.effective_us, row.credit_posted_minor, None)


def _open_hold(stores: Stores, reading: Reading, row: MovementRow, at: int) -> OpenHold | None:
    leaf = decode_movement_leaf(stores.journal.read_leaf(row.sequence))
    steps = tuple(step for step in aftermath(stores, reading, row.sequence, leaf) if step.sequence < at)
    left_minor = row.amount_minor
    for step in steps:
        if is_end(step, leaf, left_minor):
            return None
        left_minor -= _used(step)
    reference = leaf.strings["hold"] or leaf.strings["movement_id"]
    waits = waits_for_review(leaf, steps)
    return OpenHold(row.sequence, reference, row.effective_us, left_minor, row.credit_account, waits)


def _used(step: Step) -> int:
    return step.amount_minor if step.phase == Phase.POST else 0
