"""Window features computed the slow and obvious way, for stories of a few hundred movements."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.features import WINDOWS, Feature
from bulkhead.kernel.movements import ABSENT

MONTH_US = WINDOWS["30d"] * 1_000_000


@dataclass(slots=True)
class _Event:
    at_us: int
    amount: int
    counterparty: int


@dataclass(slots=True)
class PlainWindows:
    """Same semantics as ``analysis.windows.Windows``; keeps every event for ever."""

    _events: dict[tuple[str, int], list[_Event]] = field(default_factory=dict)

    def update(
        self,
        rows: NDArray[np.void],
        effective_us: NDArray[np.int64],
        attempt: NDArray[np.bool_] | NDArray[np.uint8],
        features: tuple[Feature, ...],
        out: NDArray[np.float64],
    ) -> None:
        out[:] = np.nan
        for i, row in enumerate(rows):
            if attempt[i]:
                self._enter(row, int(effective_us[i]))
                out[i] = [self._value(feature, row, int(effective_us[i])) for feature in features]

    def _enter(self, row: np.void, now_us: int) -> None:
        payer, payee, device = int(row["payer"]), int(row["payee"]), int(row["device"])
        for key, number, other in (("payer", payer, payee), ("payee", payee, payer), ("device", device, payer)):
            if number != ABSENT:
                event = _Event(now_us, int(row["amount_minor"]), other)
                self._events.setdefault((key, number), []).append(event)

    def _value(self, feature: Feature, row: np.void, now_us: int) -> float:
        number = int(row[feature.key])
        if number == ABSENT:
            return np.nan
        if feature.window is None:
            return self._instant(feature, number)
        since_us = now_us - WINDOWS[feature.window] * 1_000_000
        amounts = [e.amount for e in self._events[feature.key, number] if e.at_us >= since_us]
        match feature.aggregate:
            case "count":
                return len(amounts)
            case "sum":
                return sum(amounts)
            case "mean":
                return statistics.fmean(amounts)
            case "std":
                return statistics.stdev(amounts) if len(amounts) > 1 else np.nan
            case "max":
                return max(amounts)
            case "distinct":
                events = self._events[feature.key, number]
                return len({e.counterparty for e in events if e.at_us >= since_us} - {ABSENT})
        paid, received = (
            sum(e.amount for e in self._events.get((key, number), []) if e.at_us >= since_us)
            for key in ("payer", "payee")
        )
        return paid / (paid + received)

    def _instant(self, feature: Feature, number: int) -> float:
        *before, now = self._events[feature.key, number]
        if feature.aggregate == "since_last_s":
            return (now.at_us - before[-1].at_us) / 1e6 if before else np.nan
        recent = {e.counterparty for e in before if e.at_us >= now.at_us - MONTH_US}
        return np.nan if now.counterparty == ABSENT else float(now.counterparty not in recent)
