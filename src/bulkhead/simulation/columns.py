"""Columns of a stream read back, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.platform.streams import Coded, Numbered, Values


def texts_of(column: Values) -> list[str]:
    """A text column."""
    if isinstance(column, Coded):
        return [column.texts[code] for code in column.codes.tolist()]
    if isinstance(column, Numbered):
        texts = (
            column.prefix.decode() + f"{number:09d}" if number >= 0 else "" for number in column.numbers.tolist()
        )
        return list(texts)
    return [str(value) for value in column]


def numbers_of(column: Values) -> NDArray[np.int64]:
    """int64[n]: a copy of a column of times, minor units or numbers."""
    assert not isinstance(column, (Coded, Numbered))
    return np.array(column, np.int64)
