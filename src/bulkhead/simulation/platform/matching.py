"""Which bid goes to which loan: one after another, as each sees what the one before left to lend."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled

CHOICE = 24  # a lender looks at this many of the loans that have been open longest


def matched(
    lender: NDArray[np.int64], liked_minor: NDArray[np.int64], draws: NDArray[np.int64],
    left_minor: NDArray[np.int64], missing_minor: NDArray[np.int64], bid_minor_min: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Which loan (index into ``missing_minor``, -1 for none) each bid is for, and its amount.

    ``draws``: int64[bids] of at least 0, each bid's chance. ``left_minor`` (by client) and ``missing_minor`` (by
    loan, oldest first) are lowered in place.
    """
    loan = np.full(len(lender), -1, np.int64)
    amount = np.zeros(len(lender), np.int64)
    choice = np.arange(min(CHOICE, len(missing_minor)))
    _match(lender, liked_minor, draws, left_minor, missing_minor, bid_minor_min, loan, amount, choice)
    return loan, amount


@compiled
def _match(
    lender: Any, liked: Any, draws: Any, left: Any, missing: Any, least: int, loan: Any, amount: Any, choice: Any
) -> None:
    size = choice.size
    following = size
    for i in range(lender.size):
        if size == 0:
            return
        place = draws[i] % size
        chosen = choice[place]
        # Nobody leaves a rest too small for the next lender.
        wish = liked[i] if missing[chosen] - liked[i] >= least else missing[chosen]
        free = left[lender[i]] // 10_000 * 10_000
        if wish > free:
            wish = free if missing[chosen] - free >= least else 0
        if wish < least:
            continue
        loan[i] = chosen
        amount[i] = wish
        left[lender[i]] -= wish
        missing[chosen] -= wish
        if missing[chosen] == 0 and following < missing.size:
            choice[place] = following
            following += 1
        elif missing[chosen] == 0:
            size -= 1
            choice[place] = choice[size]
