"""The order of rows that carry a day and a running balance but no time of day.

Within one account and one time the rows form a chain: each starts from the balance the one before it ended
with. Finding the chain is finding a path that uses every edge of a small graph once; the search is depth first
with a bounded number of steps. A day without such a chain stays in file order and is reported.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import NO_AMOUNT, AccountClass

TOLERANCE_MINOR = 10  # banks round what they print
STEPS_A_ROW_MAX = 200


def by_balances(rows: NDArray[np.void]) -> tuple[NDArray[np.int64], list[str]]:
    """Rows (of ``MOVEMENT``) by time; those of one account and time so that the stated balances close.

    Accounts that share a time follow each other as they first appear in the file.
    """
    account, before, after = _balances(rows)
    order = np.lexsort((rows["event_us"], _first_seen(account)))
    new_account = np.diff(account[order], prepend=-2) != 0
    starts = np.flatnonzero(new_account | (np.diff(rows["event_us"][order], prepend=0) != 0)).tolist()
    groups = [order[start:stop].tolist() for start, stop in pairwise([*starts, len(order)])]
    befores, afters = before.tolist(), after.tolist()
    opening: int | None = None
    unsolved = broken = 0
    for position, (start, group) in enumerate(zip(starts, groups, strict=True)):
        opening = None if new_account[start] else opening
        chain, continues = _chain([befores[i] for i in group], [afters[i] for i in group], opening)
        unsolved, broken = unsolved + (chain is None), broken + (not continues)
        groups[position] = [group[i] for i in chain] if chain else group
        opening = afters[groups[position][-1]] if chain else None
    solved = np.array([row for group in groups for row in group], np.int64)
    merged = solved[np.argsort(rows["event_us"][solved], kind="stable")]
    return merged, _notices(unsolved, broken)


def _balances(rows: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each row's client account and its stated balance before and after the row, in minor units."""
    debited = rows["debit_class"] == AccountClass.CLIENT
    change = np.where(debited, -rows["amount_minor"], rows["amount_minor"])
    account = np.where(debited, rows["debit_account"], rows["credit_account"]).astype(np.int64)
    after = rows["stated_balance_minor"]
    return account, np.where(after == NO_AMOUNT, 0, after - change), after


def _first_seen(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row the first row with the same code."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return first[inverse]


def _chain(before: list[int], after: list[int], opening: int | None) -> tuple[list[int] | None, bool]:
    """A chain through all rows of one account and time, and whether it continues from ``opening``.

    An account's first rows start from nothing where they can, else anywhere.
    """
    if NO_AMOUNT in after:
        return None, True
    path = _path(before, after, _near(before, 0 if opening is None else opening))
    if path is not None:
        return path, True
    return _path(before, after, list(range(len(before)))), opening is None


def _path(before: list[int], after: list[int], starts: list[int]) -> list[int] | None:
    """The first path through all rows, depth first, or None when there is none within the bound on steps."""
    path: list[int] = []
    used: set[int] = set()
    branches: list[Iterator[int]] = [iter(starts)]
    by_before = sorted(range(len(before)), key=before.__getitem__)
    sorted_before = [before[i] for i in by_before]
    steps = STEPS_A_ROW_MAX * len(before)
    while steps > 0:
        row = next((i for i in branches[-1] if i not in used), None)
        if row is not None:
            path.append(row)
            used.add(row)
            if len(path) == len(before):
                return path
            low = bisect_left(sorted_before, after[row] - TOLERANCE_MINOR)
            high = bisect_right(sorted_before, after[row] + TOLERANCE_MINOR)
            fits = by_before[low:high]
            steps -= 1 + len(fits)
            branches.append(iter(_nearest(fits, before, after[row])))
        elif path:
            steps -= 1
            branches.pop()
            used.remove(path.pop())
        else:
            return None
    return None


def _near(before: list[int], balance: int) -> list[int]:
    fits = [row for row in range(len(before)) if abs(before[row] - balance) <= TOLERANCE_MINOR]
    return _nearest(fits, before, balance)


def _nearest(rows: list[int], before: list[int], balance: int) -> list[int]:
    return sorted(rows, key=lambda row: (abs(before[row] - balance), row))


def _notices(unsolved: int, broken: int) -> list[str]:
    notices = []
    if unsolved:
        notices.append(
            f"{unsolved:,} account-days have no order in which their balances close: kept in file order"
        )
    if broken:
        notices.append(f"{broken:,} account-days do not continue from the balance of the day before")
    return notices
