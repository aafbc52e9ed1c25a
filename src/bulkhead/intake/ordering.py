"""The order in which a file's rows are to be decided.

``as-is`` needs no memory. The others see the whole file at once and give a permutation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bulkhead.intake.balance_order import by_balances

ROWS_MAX = 5_000_000  # of a file that has to be ordered in memory
LOOK_AHEAD_ROWS = 64
FOLLOWING_ROWS_MIN = 3  # fewer say nothing about who is wrong

# rows -> (permutation of them, what a person should know about it)
Order = Callable[[NDArray[np.void]], tuple[NDArray[np.int64], list[str]]]


def by_time(rows: NDArray[np.void]) -> tuple[NDArray[np.int64], list[str]]:
    """Earliest first, rows of one time in file order."""
    return np.argsort(rows["event_us"], kind="stable"), []


def ahead_of_their_time(
    event_us: NDArray[np.int64], following_us: NDArray[np.int64], skew_us: int
) -> NDArray[np.bool_]:
    """Rows that lie more than ``skew_us`` after most of the rows that follow them.

    A row that comes late is behind all others and does not make those ahead: they are behind none but it.
    """
    count = len(event_us)
    times_us = np.concatenate([event_us, following_us[:LOOK_AHEAD_ROWS]])
    if not count or (np.maximum.accumulate(times_us) - times_us <= skew_us).all():
        return np.zeros(count, np.bool_)
    padding = np.full(LOOK_AHEAD_ROWS, np.iinfo(np.int64).max)
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([times_us[1:], padding]), LOOK_AHEAD_ROWS)
    overtaken = (windows[:count] < (event_us - skew_us)[:, None]).sum(axis=1)
    follow = np.minimum(LOOK_AHEAD_ROWS, len(times_us) - 1 - np.arange(count))
    ahead: NDArray[np.bool_] = (follow >= FOLLOWING_ROWS_MIN) & (2 * overtaken > follow)
    return ahead


ORDERS: dict[str, Order | None] = {"as-is": None, "time": by_time, "balances": by_balances}
