"""Columns of a stream read back, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.platform.streams import Coded, Values


def texts_of(column: Values) -> list[str]:
    """A text column."""
    if isinstance(column, Coded):
        return [column.texts[code] for code in column.codes.tolist()]
    return [str(value) for value in column]


def numbers_of(column: Values) -> NDArray[np.int64]:
    """int64[n]: a copy of a column of times, minor units or numbers."""
    assert not isinstance(column, Coded)
    return np.array(column, np.int64)
