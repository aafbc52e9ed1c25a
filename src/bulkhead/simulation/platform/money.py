"""What everybody can spend: a plain book that follows the world's own movements, refused ones included.

It is the world without the mechanism: only money that is not there stops a movement. Who may touch which
account is for the engine to judge.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled
from bulkhead.kernel.movements import ABSENT, Phase
from bulkhead.simulation.platform.directory import BOOK, SUMMARY

_PLACE, _POST, _VOID = int(Phase.PLACE), int(Phase.POST), int(Phase.VOID)
_SUMMARY = SUMMARY
_ROOM = 1024


class Money:
    """Spendable minor units: of the book's own accounts by their numbers, of clients after them."""

    def __init__(self) -> None:
        self._free = np.zeros(_ROOM, np.int64)
        self._place = np.full(_ROOM, ABSENT, np.int32)  # directory number -> place in ``_free``
        self._place[: len(BOOK)] = range(len(BOOK))
        self._known = 0  # clients
        self.held = np.zeros(_ROOM, np.int64)  # by hold number less ``first_hold``
        self.first_hold = 0

    def know(self, numbers: NDArray[np.int32]) -> None:
        """Take in clients not seen before. ``numbers``: the directory numbers of all clients in order."""
        new = numbers[self._known :]
        if not len(new):
            return
        self._free = _grown(self._free, len(BOOK) + len(numbers), 0)
        self._place = _grown(self._place, int(new.max()) + 1, ABSENT)
        self._place[new] = len(BOOK) + np.arange(self._known, len(numbers))
        self._known = len(numbers)

    @property
    def clients_minor(self) -> NDArray[np.int64]:
        """int64[clients], a view."""
        return self._free[len(BOOK) : len(BOOK) + self._known]

    def book_minor(self, account: int) -> int:
        """Of one of the book's own accounts."""
        return int(self._free[account])

    def client_of(self, number: int) -> int:
        """The client of a directory number; -1 for any other name."""
        place = int(self._place[number]) if number < len(self._place) else ABSENT
        return place - len(BOOK) if place >= len(BOOK) else ABSENT

    def clients_of(self, numbers: NDArray[np.int32]) -> NDArray[np.int64]:
        """int64[n]: clients behind directory numbers, -1 for other names."""
        inside = (numbers >= 0) & (numbers < len(self._place))
        place = self._place[np.where(inside, numbers, 0)].astype(np.int64) - len(BOOK)
        return np.where(inside & (place >= 0), place, ABSENT)

    def lapse(self, client: NDArray[np.int64], hold: NDArray[np.int64]) -> None:
        """What is left of these holds is free again for their clients."""
        np.add.at(self.clients_minor, client, self.held[hold - self.first_hold])
        self.held[hold - self.first_hold] = 0

    def forget_holds(self, before: int) -> None:
        """No hold of a lower number is open any more."""
        if before - self.first_hold > len(self.held) // 2:
            self.held = self.held[before - self.first_hold :].copy()
            self.first_hold = before

    def post(self, rows: NDArray[np.void]) -> NDArray[np.bool_]:
        """Carry out a day's movements in their order; gives bool[n]: refused, as the money was not there."""
        refused = np.zeros(len(rows), np.bool_)
        if len(rows):
            self.held = _grown(self.held, int(rows["hold"].max()) - self.first_hold + 1, 0)
            _post(rows, self._free, self._place, self.held, self.first_hold, refused)
        return refused


@compiled
def _post(rows: Any, free: Any, place: Any, held: Any, first_hold: int, refused: Any) -> None:
    for i in range(rows.size):
        row = rows[i]
        amount = row.amount_minor
        debit, credit = place[row.debit_account], place[row.credit_account]
        if row.phase == _POST or row.phase == _VOID:
            hold = row.hold - first_hold
            if held[hold] < amount:
                refused[i] = True
                continue
            held[hold] -= amount
            free[debit if row.phase == _VOID else credit] += amount
            continue
        if row.settled == 0 and debit != _SUMMARY and free[debit] < amount:
            refused[i] = True
            continue
        free[debit] -= amount
        if row.phase == _PLACE:
            held[row.hold - first_hold] = amount
        else:
            free[credit] += amount


def _grown(values: Any, size: int, fill: int) -> Any:
    if size <= len(values):
        return values
    grown = np.full(max(size, 2 * len(values)), fill, values.dtype)
    grown[: len(values)] = values
    return grown
