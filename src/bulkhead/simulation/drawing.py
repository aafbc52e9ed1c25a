"""Chance for simulated worlds: integers only, from a seed, the same on every machine.

Numpy promises that PCG64 gives the same raw 64-bit words for ever; it does not promise it for the
distributions built on them. So every draw here is made from raw words with integer arithmetic.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np

_WORDS_AT_ONCE = 1024

T = TypeVar("T")


class Draw:
    """A stream of integer draws. Streams of one seed with different names are independent of each other."""

    def __init__(self, seed: int, name: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))
        self._words: list[int] = []

    def below(self, bound: int) -> int:
        """0 <= result < ``bound``; the bias of the multiplication is under 2**-40 for any bound used here."""
        if not self._words:
            self._words = self._bits.random_raw(_WORDS_AT_ONCE).tolist()
        return (self._words.pop() * bound) >> 64

    def between(self, low: int, high: int) -> int:
        """``low`` <= result <= ``high``."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """True in ``per_mille`` of 1,000 draws."""
        return self.below(1000) < per_mille

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def pick_many(self, items: Sequence[T], count: int) -> list[T]:
        """``count`` different items in random order; all of them when there are fewer."""
        left = list(items)
        for i in range(min(count, len(left))):
            j = self.between(i, len(left) - 1)
            left[i], left[j] = left[j], left[i]
        return left[:count]

    def weighted(self, weights: Sequence[int]) -> int:
        """An index, drawn in proportion to its weight."""
        mark = self.below(sum(weights))
        return next(i for i, total in enumerate(accumulate(weights)) if mark < total)

    def amount_minor(self, low: int, high: int, step: int) -> int:
        """A multiple of ``step`` minor units between the bounds; small ones are more frequent, as with people."""
        span = (high - low) // step + 1
        return low + step * min(self.below(span), self.below(span))
