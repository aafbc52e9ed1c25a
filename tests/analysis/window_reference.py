"""What the windows mean, written for the reader: every row looks back over all rows before it."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.features import WINDOWS, Feature
from bulkhead.analysis.windows import Windows
from bulkhead.kernel.movements import ABSENT, MOVEMENT

SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    at_us: int
    payer: int
    payee: int
    device: int
    amount: int
    attempt: bool = True

    def number(self, key: str) -> int:
        return {"payer": self.payer, "payee": self.payee, "device": self.device}[key]

    def counterparty(self, key: str) -> int:
        return self.payee if key == "payer" else self.payer


def expected(rows: list[Row], i: int, feature: Feature) -> float:
    """The value of a feature of row ``i``."""
    row = rows[i]
    number = row.number(feature.key)
    if number == ABSENT or not row.attempt:
        return math.nan
    attempts = [r for r in rows[: i + 1] if r.attempt]
    history = [r for r in attempts if r.number(feature.key) == number]
    if feature.aggregate == "since_last_s":
        return (row.at_us - history[-2].at_us) / SECOND_US if len(history) > 1 else math.nan
    window_us = WINDOWS[feature.window or "30d"] * SECOND_US
    if feature.aggregate == "new_counterparty":
        met = {r.counterparty(feature.key) for r in history[:-1] if r.at_us >= row.at_us - window_us}
        return (
            math.nan
            if row.counterparty(feature.key) == ABSENT
            else float(row.counterparty(feature.key) not in met)
        )
    if feature.aggregate == "out_share":
        recent = [r for r in attempts if r.at_us >= row.at_us - window_us]
        paid = sum(r.amount for r in recent if r.payer == number)
        received = sum(r.amount for r in recent if r.payee == number)
        return paid / (paid + received) if paid + received else math.nan
    return _aggregate(feature, [r for r in history if r.at_us >= row.at_us - window_us])


def _aggregate(feature: Feature, window: list[Row]) -> float:
    amounts = [r.amount for r in window]
    match feature.aggregate:
        case "count":
            return len(amounts)
        case "sum":
            return sum(amounts)
        case "mean":
            return sum(amounts) / len(amounts)
        case "std":
            return math.sqrt(statistics.variance(map(Fraction, amounts))) if len(amounts) > 1 else math.nan
        case "max":
            return max(amounts)
        case "distinct":
            return len({r.counterparty(feature.key) for r in window} - {ABSENT})
    raise AssertionError(feature)


def movements(rows: list[Row]) -> tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.uint8]]:
    """The rows as ``Windows.update`` takes them."""
    table = np.zeros(len(rows), MOVEMENT)
    for name in ("payer", "payee", "device"):
        table[name] = [r.number(name) for r in rows]
    table["amount_minor"] = [r.amount for r in rows]
    return table, np.array([r.at_us for r in rows], np.int64), np.array([r.attempt for r in rows], np.uint8)


def computed(
    rows: list[Row], features: tuple[Feature, ...], sizes: list[int], windows: Windows | None = None
) -> NDArray[np.float64]:
    """What ``Windows`` gives when the rows come in batches of these sizes, over and over."""
    windows = windows or Windows()
    table, at_us, attempt = movements(rows)
    out = np.full((len(rows), len(features)), -7.0)
    start, turn = 0, 0
    while start < len(rows):
        stop = min(start + sizes[turn % len(sizes)], len(rows))
        windows.update(table[start:stop], at_us[start:stop], attempt[start:stop], features, out[start:stop])
        start, turn = stop, turn + 1
    return out
