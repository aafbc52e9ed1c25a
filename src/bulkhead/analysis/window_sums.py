"""Sums of squares in 128 bits, so that a standard deviation loses nothing to cancellation.

Amounts are integers, so n * (sum of squares) - (sum)^2 is one too; it is rounded once, at the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bulkhead.analysis.compiled import compiled_inline, compiled_lean, signed

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)
_TWO_64 = 2.0**64


@compiled_inline
def square(value: int) -> tuple[Any, Any]:
    """``value`` squared as (high, low) halves of 64 bits; 0 <= value < 2^63."""
    bits = np.uint64(value)
    if bits <= _LOW:
        return np.uint64(0), bits * bits
    high, low = bits >> _HALF, bits & _LOW
    cross = high * low
    below = low * low
    sum_low = below + (cross << np.uint64(33))
    sum_high = high * high + (cross >> np.uint64(31)) + np.uint64(sum_low < below)
    return sum_high, sum_low


@compiled_inline
def fits_in_64_bits(count: int, peak: int) -> bool:
    """Whether n * (sum of squares) stays below 2^62 in a window, and so in all shorter ones."""
    return bool(float(count) * float(peak) < 2.0**31)


@compiled_inline
def sample_deviation(entity: Any, window: int, narrow: bool) -> float:
    """Standard deviation with n - 1, in minor units; not a number when n < 2. ``narrow``: it fits in 64 bits."""
    if narrow:
        total = entity.sum[window]
        numerator = float(entity.count[window] * signed(entity.squares_low[window]) - total * total)
    else:
        numerator = wide_numerator(entity, window)
    count = float(entity.count[window])
    return float(np.sqrt(numerator / (count * (count - 1.0))))


@compiled_lean
def wide_numerator(entity: Any, window: int) -> float:
    """n * (sum of squares) - (sum)^2 of a window, in 128 bits."""
    count = np.uint64(entity.count[window])
    low = count * (entity.squares_low[window] & _LOW)
    middle = count * (entity.squares_low[window] >> _HALF) + (low >> _HALF)
    high = count * entity.squares_high[window] + (middle >> _HALF)
    low = (middle << _HALF) | (low & _LOW)
    minus_high, minus_low = square(entity.sum[window])
    high = high - minus_high - np.uint64(low < minus_low)
    return float(high) * _TWO_64 + float(low - minus_low)
