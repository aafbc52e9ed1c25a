"""Money that waits for people: how much, between whom, since when, until when and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from bulkhead.kernel.leaves import LEAF_MOVEMENT, decode_movement_leaf
from bulkhead.kernel.movements import Phase, Status
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.glance import movements_at
from bulkhead.runtime.lookup import find_movements
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.runtime.service.commands import HoldInReview, Holds, ListHolds
from bulkhead.runtime.wiring import Stores
from bulkhead.web.books import book
from bulkhead.web.engine import Trouble, read
from bulkhead.web.names import shown_names
from bulkhead.web.office.rule_books import titles
from bulkhead.web.page import Visit

PAGE_ROWS = 50
ASKED_FOR_MAX = 10  # of a page: each is searched for
PLACED_MAX, PLACED_MS = 20, 100


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
    rows = _movements(visit, reply.holds)
    names = shown_names(visit, {name for one in reply.holds for name in (one.payer, one.payee)})
    called = _titles(visit, rows.values())
    lines = tuple(_line(one, rows.get(one.hold), names, called) for one in reply.holds)
    return HoldsPage(lines, reply.holds[-1].hold if reply.more else "", found.live)


def hold_of(visit: Visit, hold: str) -> HoldLine | None:
    """One hold by its id: as it waits, or once it has ended as its movement tells; None where neither is known."""
    waits = _waiting(visit, hold)
    one = waits or HoldInReview(
        hold=hold, payer="", payee="", amount_minor=0, currency="", expires_us=None, proposals=()
    )
    row = _movements(visit, [one]).get(hold)
    if row is not None and waits is None:
        one = msgspec.structs.replace(
            one,
            payer=row.debit_account,
            payee=row.credit_account,
            amount_minor=row.amount_minor,
            currency=row.currency,
        )
    if row is None and waits is None:
        return None
    names = shown_names(visit, {one.payer, one.payee})
    return _line(one, row, names, _titles(visit, [row] if row else []))


def _waiting(visit: Visit, hold: str) -> HoldInReview | None:
    """The hold while it waits: lists go on behind an id, so one is asked for behind what comes just before it."""
    found = read(visit.institution, ListHolds(_just_before(hold), 1))
    reply = None if isinstance(found, Trouble) else found.reply
    if isinstance(reply, Holds) and reply.holds and reply.holds[0].hold == hold:
        return reply.holds[0]
    return None


def _just_before(text: str) -> str:
    """A text that sorts before this one, with hardly any between them."""
    return text[:-1] + chr(ord(text[-1]) - 1) + "\U0010ffff" if text and text[-1] > "\x01" else text[:-1]


def _movements(visit: Visit, holds: Sequence[HoldInReview]) -> dict[str, MovementRow]:
    """The movements that placed the holds, by hold: most bear its name, a few were asked for under another."""
    stores = book(visit.institution).stores
    sequences = find_movements(stores, [one.hold for one in holds])
    rows = movements_at(stores, list(sequences.values()))
    found = {hold: rows[sequence] for hold, sequence in sequences.items() if sequence in rows}
    asked_for = [one for one in holds if one.hold not in found and one.payer]
    for one in asked_for[:ASKED_FOR_MAX]:
        row = _placed(stores, one)
        if row is not None:
            found[one.hold] = row
    return found


def _placed(stores: Stores, one: HoldInReview) -> MovementRow | None:
    """The movement by which the payer asked for this hold, if it is among their latest such."""
    query = MovementQuery(phases=frozenset({Phase.PLACE}), statuses=frozenset({Status.HELD}), party=one.payer)
    with reading(stores) as tables:
        rows = search_movements(tables, query, limit=PLACED_MAX, budget_ms=PLACED_MS).rows
    for row in rows:
        data = stores.journal.read_leaf(row.sequence)
        if data[0] == LEAF_MOVEMENT and decode_movement_leaf(data).strings["hold"] == one.hold:
            return row
    return None


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
