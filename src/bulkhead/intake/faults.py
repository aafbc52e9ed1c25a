"""What is wrong with the rows of a block: the first fault of each, as a field and a sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FOUND_CHARS_MAX = 40  # of a value shown in a sentence


class Faults:
    """Collects faults; ``bad[i]`` says that row ``i`` has one."""

    def __init__(self, count: int) -> None:
        self.bad = np.zeros(count, np.bool_)
        self.first: dict[int, tuple[str, str]] = {}  # row -> (field, sentence)

    def add(self, index: int, field: str, sentence: str) -> None:
        if not self.bad[index]:
            self.bad[index] = True
            self.first[index] = (field, sentence)

    def add_where(self, mask: NDArray[np.bool_], field: str, sentence: Callable[[int], str]) -> None:
        """A fault for every row of ``mask``; ``sentence(i)`` is asked only for rows that had none."""
        for index in np.flatnonzero(mask & ~self.bad).tolist():
            self.add(index, field, sentence(index))


def shown(value: object) -> str:
    """A value as a sentence shows it: quoted, control characters escaped, cut."""
    text = str(value)
    return repr(text[:FOUND_CHARS_MAX] + "…" if len(text) > FOUND_CHARS_MAX else text)
