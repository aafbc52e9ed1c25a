"""Money that waits for people: how much, between whom, since when, until when and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.glance import movements_at
from bulkhead.runtime.lookup import find_movements
from bulkhead.runtime.projections.movement_query import MovementRow
from bulkhead.runtime.service.commands import HoldInReview, Holds, ListHolds
from bulkhead.web.books import book
from bulkhead.web.engine import Trouble, read
from bulkhead.web.names import shown_names
from bulkhead.web.office.rule_books import titles
from bulkhead.web.page import Visit

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Why:
    """A rule that held it: it hit, or could not be known."""

    code: str
    title: Words
    known: bool


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold. ``sequence`` and ``since_us`` are None while its movement is not projected yet."""

    hold: str
    sequence: int | None
    amount_minor: int
    currency: str
    payer: str
    payee: str
    since_us: int | None
    expires_us: int | None
    why: tuple[Why, ...]
    proposals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldsPage:
    """A page of holds in order of their ids. ``next``: the ``after`` of the page behind it, "" at the end."""

    lines: tuple[HoldLine, ...]
    next: str = ""
    live: bool = True
    trouble: Words | None = None


def holds_page(visit: Visit, after: str) -> HoldsPage:
    """The holds that wait for people behind ``after``."""
    found = read(visit.institution, ListHolds(after, PAGE_ROWS))
    if isinstance(found, Trouble):
        return HoldsPage((), live=False, trouble=found.words)
    reply = found.reply
    assert isinstance(reply, Holds)
    rows = _movements(visit, [one.hold for one in reply.holds])
    names = shown_names(visit, {name for one in reply.holds for name in (one.payer, one.payee)})
    called = _titles(visit, rows.values())
    lines = tuple(_line(one, rows.get(one.hold), names, called) for one in reply.holds)
    return HoldsPage(lines, reply.holds[-1].hold if reply.more else "", found.live)


def hold_of(visit: Visit, hold: str) -> HoldLine | None:
    """One hold by its id, ended or not, as its movement tells; None where there is no such movement."""
    row = _movements(visit, [hold]).get(hold)
    if row is None:
        return None
    names = shown_names(visit, {row.debit_account, row.credit_account})
    one = HoldInReview(
        hold=hold,
        payer=row.debit_account,
        payee=row.credit_account,
        amount_minor=row.amount_minor,
        currency=row.currency,
        expires_us=None,
        proposals=(),
    )
    return _line(one, row, names, _titles(visit, [row]))


def _movements(visit: Visit, ids: Sequence[str]) -> dict[str, MovementRow]:
    stores = book(visit.institution).stores
    sequences = find_movements(stores, ids)
    rows = movements_at(stores, list(sequences.values()))
    return {hold: rows[sequence] for hold, sequence in sequences.items() if sequence in rows}


def _titles(visit: Visit, rows: Iterable[MovementRow]) -> dict[str, Words]:
    codes = frozenset(code for row in rows for code in (*row.rules, *row.unknown_rules))
    return titles(visit.institution, codes) if codes else {}


def _line(one: HoldInReview, row: MovementRow | None, names: dict[str, str], called: dict[str, Words]) -> HoldLine:
    why: tuple[Why, ...] = ()
    if row is not None:
        hit = [Why(code, called[code], known=True) for code in row.rules]
        why = (*hit, *(Why(code, called[code], known=False) for code in row.unknown_rules))
    return HoldLine(
        hold=one.hold,
        sequence=row.sequence if row else None,
        amount_minor=one.amount_minor,
        currency=one.currency,
        payer=names[one.payer],
        payee=names[one.payee],
        since_us=row.effective_us if row else None,
        expires_us=one.expires_us,
        why=why,
        proposals=one.proposals,
    )
