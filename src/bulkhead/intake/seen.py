"""Which ids have been seen, in eight bytes an id.

An id is remembered as a 64-bit fingerprint in sorted runs that are merged as they grow, so a file of ten million
rows costs 80 MB and one chance in 300,000 that a good id is taken for a repeated one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import Strings

_MIX = np.uint64(0x9E3779B97F4A7C15)


class SeenIds:
    """A growing set of ids."""

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []  # each sorted, from long to short

    def repeated(self, ids: Strings) -> NDArray[np.bool_]:
        """Which of these were in an earlier call or stand earlier in this one; remembers them all."""
        marks = fingerprints(ids)
        order = np.argsort(marks, kind="stable")
        run = marks[order]
        repeated = np.zeros(len(marks), np.bool_)
        repeated[order[1:]] = run[1:] == run[:-1]
        for earlier in self._runs:
            at = np.searchsorted(earlier, run)
            at[at == len(earlier)] = 0
            repeated[order] |= earlier[at] == run
        self._remember(run)
        return repeated

    def _remember(self, run: NDArray[np.uint64]) -> None:
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        if len(run):
            self._runs.append(run)


def fingerprints(ids: Strings) -> NDArray[np.uint64]:
    """A 64-bit hash of each string: the same on every machine and in every call."""
    lengths = ids.offsets[1:] - ids.offsets[:-1]
    words = int(lengths.max(initial=0)) // 8 + 1
    padded = np.zeros((len(ids), words * 8), np.uint8)
    padded[np.arange(words * 8) < lengths[:, None]] = ids.data
    mark = lengths.astype(np.uint64)
    for word in padded.view("<u8").T:
        mark = (mark ^ word) * _MIX
        mark ^= mark >> np.uint64(29)
    return mark
