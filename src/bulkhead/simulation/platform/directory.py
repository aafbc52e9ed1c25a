"""Every name of a world once; rows hold its number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SUMMARY, FEE, OWN, SUSPENSE = range(4)  # numbers of the book's own accounts
BOOK = ("book:summary", "book:fee", "book:own", "book:suspense")


class Directory:
    """Names (``entity:value``) and their numbers. The book's accounts come first; a number never changes."""

    def __init__(self) -> None:
        self.names: list[str] = list(BOOK)
        self._numbers: dict[str, int] = {name: number for number, name in enumerate(BOOK)}

    def number(self, name: str) -> int:
        """The number of a name, given now if it is new."""
        known = self._numbers.setdefault(name, len(self.names))
        if known == len(self.names):
            self.names.append(name)
        return known

    def add(self, names: Iterable[str]) -> NDArray[np.int32]:
        """Numbers for names that are all new: consecutive ones. They cannot be looked up by name again."""
        first = len(self.names)
        self.names.extend(names)
        return np.arange(first, len(self.names), dtype=np.int32)

    def texts(self, numbers: Sequence[int] | NDArray[np.int32]) -> list[str]:
        """The names behind numbers; an absent one (-1) is ``""``."""
        return [self.names[number] if number >= 0 else "" for number in numbers]
