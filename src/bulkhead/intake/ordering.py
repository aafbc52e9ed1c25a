"""The order in which a file's rows are to be decided.

``as-is`` needs no memory. The others see the whole file at once and give a permutation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bulkhead.intake.balance_order import by_balances

ROWS_MAX = 5_000_000  # of a file that has to be ordered in memory

# rows -> (permutation of them, what a person should know about it)
Order = Callable[[NDArray[np.void]], tuple[NDArray[np.int64], list[str]]]


def by_time(rows: NDArray[np.void]) -> tuple[NDArray[np.int64], list[str]]:
    """Earliest first, rows of one time in file order."""
    return np.argsort(rows["event_us"], kind="stable"), []


ORDERS: dict[str, Order | None] = {"as-is": None, "time": by_time, "balances": by_balances}
