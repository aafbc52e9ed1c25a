"""The institutions' books as the console reads them: stores that stay open for as long as the process runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Lock

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.runtime.wiring import Stores, institution_codes, open_stores, opening_of
from bulkhead.web.starting import house


@dataclass(frozen=True, slots=True)
class Book:
    """One institution: its stores, for any number of threads, and what its journal opened with."""

    stores: Stores
    opening: InstitutionOpened


_books: dict[str, Book] = {}
_opening = Lock()
_open = ExitStack()


def book(institution: str) -> Book:
    """The book of an institution. Raises ``BadInput`` where there is none, or its beginning is missing or damaged."""
    with _opening:
        if institution not in _books:
            of = house()
            with (
                ExitStack() as unless_sound
            ):  # what cannot be opened keeps no connection, however often it is tried
                stores = unless_sound.enter_context(open_stores(of.settings, of.database, institution))
                try:
                    found = Book(stores, opening_of(stores))
                except JournalDamaged as damage:
                    raise BadInput(f"{damage} Run `bulkhead verify`.") from None
                _open.push(unless_sound.pop_all())
            _books[institution] = found
        return _books[institution]


def known_institutions() -> list[str]:
    """Codes of all institutions of this house, in the order they were opened."""
    return institution_codes(house().database)


def opening_or_none(institution: str) -> InstitutionOpened | None:
    """How an institution began; None where it does not exist or has not begun."""
    try:
        return book(institution).opening
    except BadInput:
        return None


def close_with_books(close: Callable[[], None]) -> None:
    """Have something closed together with the books: what else is open on their database."""
    _open.callback(close)


def close_books() -> None:
    """Close every connection: the process ends, or its database does."""
    with _opening:
        _books.clear()
        _open.close()
