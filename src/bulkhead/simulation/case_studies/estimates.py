"""Means over seeds with their 95 % intervals. Twins are paired: what is resampled is the seed, never one side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.case_studies.result import Effect, Estimate, Side
from bulkhead.simulation.scoring.intervals import mean_interval, share_interval

_MEASURES: tuple[tuple[str, Words, str, Callable[[Side], int]], ...] = (
    ("loss", Words("Loss", "损失"), "CNY", lambda side: side.loss_minor),
    ("booked", Words("- money that went wrong", "其中：资金损失"), "CNY", lambda side: side.booked_minor),
    ("other", Words("- fines, margin, costs", "其中：罚款、利差、赔付"), "CNY", lambda side: side.other_minor),
    ("downtime", Words("Downtime", "停机时间"), "min", lambda side: side.down_minutes),
)


def mean_of(values: Sequence[int | float]) -> Estimate:
    """The mean of one value a seed; at least one."""
    assert values, "a mean of nothing"
    return Estimate(*mean_interval(np.array(values, np.float64)), len(values))


def share_of(happened: Sequence[bool]) -> Estimate:
    """The share of seeds in which it happened, with Wilson's interval."""
    count = sum(happened)
    return Estimate(count / len(happened), *share_interval(count, len(happened)), len(happened))


def effects_of(pairs: Sequence[tuple[Side, Side]]) -> tuple[Effect, ...]:
    """What the twins lost, each and the one less the other, seed by seed."""
    return tuple(
        Effect(
            code,
            title,
            unit,
            mean_of([measure(bare) for bare, _ in pairs]),
            mean_of([measure(guarded) for _, guarded in pairs]),
            mean_of([measure(bare) - measure(guarded) for bare, guarded in pairs]),
        )
        for code, title, unit, measure in _MEASURES
    )
