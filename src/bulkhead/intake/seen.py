"""Which ids have been seen, in eight bytes an id.

An id is remembered as a 64-bit mark in sorted runs that are merged as they grow. Ids of up to seven bytes are
their own marks; among ten million longer ones the chance that a good id is taken for a repeated one is one in
180,000.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import Strings

_MIX = np.uint64(0x9E3779B97F4A7C15)
_LONG = np.uint64(1 << 63)


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
            if not len(run) or run[0] > earlier[-1] or run[-1] < earlier[0]:
                continue
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
    """64 bits for each string, the same on every machine: itself up to seven bytes, else a hash.

    Short ids keep their order, so that those that count up find the runs already sorted.
    """
    lengths = ids.offsets[1:] - ids.offsets[:-1]
    words = int(lengths.max(initial=0)) // 8 + 1
    padded = np.zeros((len(ids), words * 8), np.uint8)
    padded[np.arange(words * 8) < lengths[:, None]] = ids.data
    marks = lengths.astype(np.uint64)
    short = padded[:, :8].copy().view(">u8")[:, 0].astype(np.uint64) >> np.uint64(8) | marks << np.uint64(56)
    if words == 1:
        return short
    for word in padded.view("<u8").T:
        marks = (marks ^ word) * _MIX
        marks ^= marks >> np.uint64(29)
    return np.where(lengths < 8, short, marks | _LONG)
