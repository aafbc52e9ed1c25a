"""Totals by class, and whether the money of clients is all there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock

from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.projections.account_reading import position_of
from bulkhead.runtime.projections.account_totals import ClassTotal, class_totals
from bulkhead.runtime.projections.movement_query import Reading

KEPT_S, KEPT_TIMES = 5.0, 10  # totals look at every account: kept for ten times as long as they took
KEPT_MAX = 64


@dataclass(frozen=True, slots=True)
class Segregation:
    """The book of one currency at a position."""

    currency: str
    totals: tuple[ClassTotal, ...]

    @property
    def clients_minor(self) -> int:
        """What is owed to clients."""
        return self._posted(AccountClass.CLIENT)

    @property
    def custodian_minor(self) -> int:
        """What lies at the custodian bank: the book has it as a debt to all others."""
        return -self._posted(AccountClass.SUMMARY)

    @property
    def others_minor(self) -> int:
        """What of that belongs to the platform or to nobody yet."""
        others = (AccountClass.OWN, AccountClass.FEE, AccountClass.SUSPENSE)
        return sum(self._posted(one) for one in others)

    @property
    def sum_minor(self) -> int:
        """All balances together: zero in a sound book."""
        return sum(total.posted_minor for total in self.totals)

    @property
    def held_minor(self) -> int:
        return sum(total.held_minor for total in self.totals)

    @property
    def accounts(self) -> int:
        return sum(total.accounts for total in self.totals)

    def _posted(self, of_class: AccountClass) -> int:
        return sum(total.posted_minor for total in self.totals if total.account_class == of_class)


@dataclass(frozen=True, slots=True)
class Totals:
    """The books of all currencies after the first ``at`` leaves."""

    at: int
    books: tuple[Segregation, ...]


_kept: dict[tuple[str, int | None], tuple[float, Totals]] = {}  # until when those of now are good
_lock = Lock()
_adding: dict[str, Lock] = {}


def totals_at(institution: str, reading: Reading, at: int | None) -> Totals:
    """Totals at a position, or now: those of now may be a little old, and say themselves of which position."""
    with _lock:
        adding = _adding.setdefault(institution, Lock())
    with adding:  # a second viewer waits for the first one's answer instead of adding everything again
        kept = _kept.get((institution, at))
        if kept is not None and (at is not None or time.monotonic() < kept[0]):
            return kept[1]
        began_s = time.monotonic()
        totals = _added(reading, position_of(reading, at))
        ended_s = time.monotonic()
        with _lock:
            if len(_kept) >= KEPT_MAX:
                _kept.clear()
            _kept[institution, at] = (ended_s + max(KEPT_S, KEPT_TIMES * (ended_s - began_s)), totals)
    return totals


def _added(reading: Reading, at: int) -> Totals:
    totals = class_totals(reading, at)
    currencies = dict.fromkeys(total.currency for total in totals)
    books = (
        Segregation(currency, tuple(total for total in totals if total.currency == currency))
        for currency in currencies
    )
    return Totals(at, tuple(books))
