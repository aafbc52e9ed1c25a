"""What is wrong with the rows of a block: the first fault of each, as a field and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
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

    def add_where(self, mask: NDArray[np.bool_], field: str, sentence: str | Callable[[int], str]) -> None:
        """A fault for every row of ``mask``; ``sentence(i)`` is asked only for rows that had none."""
        for index in np.flatnonzero(mask & ~self.bad).tolist():
            self.add(index, field, sentence if isinstance(sentence, str) else sentence(index))

    def expect(self, mask: NDArray[np.bool_], field: str, cells: Any, expected: str) -> None:
        """A fault for every row of ``mask``: what its cell of ``cells`` holds and what should stand there."""
        self.add_where(mask, field, lambda index: f"found {shown(cell_text(cells, index))}; expected {expected}")


def cell_text(cells: Any, index: int) -> str:
    """One cell of an Arrow array as text, whatever its type and value; "" where it is empty."""
    return str(cells.slice(index, 1).cast(pa.string())[0].as_py() or "")


def shown(text: str) -> str:
    """A value as a sentence shows it: quoted, control characters escaped, cut."""
    if not text:
        return "nothing"
    return repr(text[:FOUND_CHARS_MAX] + "…" if len(text) > FOUND_CHARS_MAX else text)
