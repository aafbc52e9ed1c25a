"""The world ``platform`` as the engine takes it: day by day, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.events import AccountOpened, Event, InstitutionOpened, TimeAdvanced
from bulkhead.kernel.money import currency_number
from bulkhead.kernel.movements import (
    ABSENT,
    BATCH_ROWS_MAX,
    NAME_COLUMNS,
    AccountClass,
    MovementBatch,
    Strings,
)
from bulkhead.kernel.protocols import Vault
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import FEE, OWN, SUMMARY, SUSPENSE
from bulkhead.simulation.platform.numbering import movement_ids, numbered_texts
from bulkhead.simulation.platform.setting import OFFSET_MINUTES, Setting
from bulkhead.simulation.truth import Truth
from bulkhead.simulation.world import tokens_of

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

CODE = "platform"
TITLE = Words("Kaitai Lending (simulated)", "开泰网贷（模拟）")
INSTITUTION = InstitutionOpened("kaitai-lending", "CNY", OFFSET_MINUTES)
HOLD_PREFIX = b"BD"
CURRENCY = currency_number(INSTITUTION.currency)
_BOOK_CLASSES = {
    SUMMARY: AccountClass.SUMMARY,
    FEE: AccountClass.FEE,
    OWN: AccountClass.OWN,
    SUSPENSE: AccountClass.SUSPENSE,
}
_CLASS_OF_BOOK = np.array([_BOOK_CLASSES[number] for number in sorted(_BOOK_CLASSES)], np.uint8)


class PlatformWorld:
    """A seeded world that is made while it is read. Two streams of one world give the same."""

    code = CODE
    title = TITLE
    institution = INSTITUTION

    def __init__(self, setting: Setting, make: Callable[[Setting], Platform]) -> None:
        self.seed = setting.seed
        self.setting = setting
        self.calendar = Calendar(setting.start_us, setting.days, OFFSET_MINUTES)
        self._make = make
        self._truth: Truth | None = None

    @property
    def truth(self) -> Truth:
        """What really happened. It is known once the world has been made to its end, which this does if need be."""
        if self._truth is None:
            platform = self._make(self.setting)
            for _ in platform.days():
                pass
            self._truth = platform.truth()
        return self._truth

    def stream(self, vault: Vault, rows_max: int = BATCH_ROWS_MAX) -> Iterator[Event | MovementBatch]:
        """Client accounts opened, midnights, and batches between them; personal names go through ``vault``.

        The institution and its book's own accounts are for the caller to open first.
        """
        platform = self._make(self.setting)
        tokens = _Tokens(vault, platform.directory.names)
        for day in platform.days():
            if day.number:
                yield TimeAdvanced(day.midnight_us)
            joined = platform.people.number[platform.people.joined_day == day.number]
            for name in tokens.of(joined):
                yield AccountOpened(name, AccountClass.CLIENT, self.institution.currency)
            yield from _batches(day, tokens, rows_max)
        yield TimeAdvanced(self.calendar.end_us)
        self._truth = platform.truth()


class _Tokens:
    """The names that may leave this room, by directory number."""

    def __init__(self, vault: Vault, names: list[str]) -> None:
        self._vault = vault
        self._names = names  # grows while the world is made
        self._tokens: dict[int, str] = {}

    def of(self, numbers: NDArray[np.int32]) -> list[str]:
        new = [number for number in numbers.tolist() if number not in self._tokens]
        if new:
            tokens = tokens_of(self._vault, [self._names[number] for number in new])
            self._tokens.update((number, tokens[self._names[number]]) for number in new)
        return [self._tokens[number] for number in numbers.tolist()]


def _batches(day: Day, tokens: _Tokens, rows_max: int) -> Iterator[MovementBatch]:
    for start in range(0, len(day.rows), rows_max):
        rows = day.rows[start : start + rows_max].copy()
        names = _name_codes(rows, tokens)
        rows["currency"] = CURRENCY
        ids = _strings(movement_ids(day.first_number + start, len(rows)))
        used, codes = np.unique(rows["hold"], return_inverse=True)
        absent = int(len(used) > 0 and used[0] == ABSENT)
        rows["hold"] = codes - absent
        holds = tuple(text.tobytes().decode() for text in hold_texts(used[absent:]))
        yield MovementBatch(rows, ids, names, holds)


def hold_texts(numbers: NDArray[np.int32]) -> NDArray[np.uint8]:
    """uint8[n, 11]: the references of holds, ``BD`` and nine digits."""
    return numbered_texts(HOLD_PREFIX, numbers.astype(np.int64))


def _name_codes(rows: NDArray[np.void], tokens: _Tokens) -> tuple[str, ...]:
    """Turn directory numbers into codes and set the accounts' classes, in place; gives the names in their order."""
    for side in ("debit", "credit"):
        number = rows[f"{side}_account"]
        book = number < len(_CLASS_OF_BOOK)
        rows[f"{side}_class"] = np.where(book, _CLASS_OF_BOOK[np.where(book, number, 0)], AccountClass.CLIENT)
    numbers = np.concatenate([rows[column] for column in NAME_COLUMNS])
    used, codes = np.unique(numbers, return_inverse=True)
    absent = int(used[0] == ABSENT)
    for column, of_column in zip(NAME_COLUMNS, np.split(codes - absent, len(NAME_COLUMNS)), strict=True):
        rows[column] = of_column
    return tuple(tokens.of(used[absent:]))


def _strings(texts: NDArray[np.uint8]) -> Strings:
    count, width = texts.shape
    return Strings(texts.reshape(-1), np.arange(count + 1, dtype=np.int64) * width)
