"""Windows over days. The value of a day rests on that day and the days before it, never on later ones."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bulkhead.risk.facts import Daily

_MAD_TO_SIGMA = 1.4826  # of a normal distribution


def window(values: Daily, length: int) -> Daily:
    """float64[days, length]: each day with the days before it; NaN before the first."""
    padded = np.concatenate([np.full(length - 1, np.nan), values])
    seen: Daily = sliding_window_view(padded, length) if len(values) else np.zeros((0, length))
    return seen


def trailing_sum(values: Daily, length: int) -> Daily:
    """float64[days]: the sum of the last ``length`` days, fewer at the beginning; NaN days count nothing."""
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(values))])
    last = np.arange(1, len(values) + 1)
    sums: Daily = total[last] - total[np.maximum(0, last - length)]
    return sums


def ratio(part: Daily, whole: Daily) -> Daily:
    """``part / whole``, NaN where there is no whole."""
    shares: Daily = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return shares


def deviation(values: Daily, length: int, *, gap: int, count_min: int) -> Daily:
    """float64[days]: the standard deviation of the ``length`` days that end ``gap`` days before each day."""
    seen = window(earlier(values, gap), length)
    enough = np.isfinite(seen).sum(axis=1) >= count_min
    spread = np.full(len(values), np.nan)
    spread[enough] = np.nanstd(seen[enough], axis=1)
    return spread


def proven_share(part: Daily, whole: Daily, sigmas: float) -> Daily:
    """Wilson's lower bound of ``part / whole``, so that a few cases prove little; NaN where there is no whole."""
    count = np.where(whole > 0, whole, np.nan)
    share, z2 = part / count, sigmas * sigmas
    half = sigmas * np.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return np.maximum(0.0, (share + z2 / (2 * count) - half) / (1 + z2 / count))


def rise(values: Daily, length: int) -> tuple[Daily, Daily]:
    """(slope a day, its t statistic) of the straight line through the last ``length`` days.

    NaN where fewer than two thirds of them are known.
    """
    seen = window(values, length)
    known = np.isfinite(seen)
    count = known.sum(axis=1)
    count_f = np.where(3 * count >= 2 * length, count, np.nan).astype(np.float64)
    at = np.where(known, np.arange(length), 0.0)
    level = np.where(known, seen, 0.0)
    at_off = np.where(known, at - (at.sum(axis=1) / count_f)[:, None], 0.0)
    level_off = np.where(known, level - (level.sum(axis=1) / count_f)[:, None], 0.0)
    spread = (at_off**2).sum(axis=1)
    slope = (at_off * level_off).sum(axis=1) / np.where(spread > 0, spread, np.nan)
    rest = ((level_off - slope[:, None] * at_off) ** 2).sum(axis=1) / (count_f - 2)
    return slope, slope / np.sqrt(np.maximum(rest, 1e-12) / spread)


def earlier(values: Daily, days: int) -> Daily:
    """The values as they were ``days`` days before."""
    return np.concatenate([np.full(min(days, len(values)), np.nan), values[: max(0, len(values) - days)]])


def usual(values: Daily, length: int, *, gap: int, count_min: int) -> tuple[Daily, Daily]:
    """(median, spread) of the ``length`` days that end ``gap`` days before each day; the spread is robust.

    NaN where fewer than ``count_min`` of them are known. Days of trouble hardly move a median; the gap keeps
    a rise that has just begun out of what it is compared with.
    """
    seen = window(earlier(values, gap), length)
    enough = np.isfinite(seen).sum(axis=1) >= count_min
    middle, spread = np.full(len(values), np.nan), np.full(len(values), np.nan)
    middle[enough] = np.nanmedian(seen[enough], axis=1)
    spread[enough] = np.nanmedian(np.abs(seen[enough] - middle[enough, None]), axis=1) * _MAD_TO_SIGMA
    return middle, spread
