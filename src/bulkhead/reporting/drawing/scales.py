"""From values to places: scales with round ticks, linear, by powers of ten, or by the calendar."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bulkhead.kernel.money import decimal_places
from bulkhead.kernel.reasons import Language
from bulkhead.reporting.figures import Axis
from bulkhead.reporting.values import MINUS, SHORT_WORDS, Unit, said

_HOUR_US = 3_600_000_000
_MONTH_DAYS = 28  # the shortest
_DATE_STEPS = (1, 2, 7, 14, *(_MONTH_DAYS * months for months in (1, 2, 3, 6, 12)))
_MOMENT_STEPS = tuple(n * _HOUR_US for n in (1, 3, 6, 12, 24, 48, 168, 336, 720, 2184, 4368, 8760))
_DECIMALS_MAX = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """``low`` lies at the pixel ``start``, ``high`` at ``end``; ``ticks`` are between them."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value lies. What a logarithmic scale cannot show lies at its beginning."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def placed(self, start: float, end: float) -> Scale:
        """The same between other pixels."""
        return Scale(self.low, self.high, start, end, self.ticks, self.log)


def scale_of(
    axis: Axis, values: Iterable[float], *, ticks: int, with_zero: bool = False, exact: bool = False
) -> Scale:
    """A scale that holds all finite ``values``, with about ``ticks`` ticks. ``exact``: no room beyond them."""
    held = [value for value in values if math.isfinite(value) and not (axis.log and value <= 0)]
    if axis.log:
        return _by_tens(held or [1.0, 10.0])
    if with_zero or not held:
        held.append(0.0)
    low, high = min(held), max(held)
    if low == high:
        low, high = (low, high + 1.0) if low >= 0 else (low - 1.0, high)
    step = _step(axis.unit, (high - low) / max(1, ticks))
    if not exact:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if axis.unit.kind == "date" and step >= _MONTH_DAYS:
        return Scale(low, high, 0.0, 1.0, _months(low, high, every=round(step / _MONTH_DAYS)))
    first = math.ceil(low / step - 1e-9)
    found = tuple(i * step for i in range(first, first + 200) if i * step <= high + step * 1e-9)
    return Scale(low, high, 0.0, 1.0, found)


def ticks_said(scale: Scale, unit: Unit, language: Language) -> list[str]:
    """What stands at the ticks: one size of number for all, with just the decimals that tell them apart.

    A date has its year where it is another than before.
    """
    ticks = scale.ticks
    if unit.kind in ("date", "moment"):
        texts = [said(tick, unit, language) for tick in ticks]
        return [text[5:] if i and text[:4] == texts[i - 1][:4] else text for i, text in enumerate(texts)]
    if unit.kind in ("share", "percent"):
        return [f"{text}%" for text in _plain([tick * (100 if unit.kind == "share" else 1) for tick in ticks])]
    numbers = [tick / 10 ** decimal_places(unit.currency) for tick in ticks] if unit.kind == "amount" else [*ticks]
    if scale.log:
        return [_sized([number], language)[0] for number in numbers]
    return _sized(numbers, language)


def _months(low: float, high: float, *, every: int) -> tuple[float, ...]:
    """The first days of every such month, counted from January."""
    start = date(1970, 1, 1)
    day = (start + timedelta(days=math.floor(low))).replace(day=1)
    firsts = []
    while (number := (day - start).days) <= high:
        if number >= low and (day.month - 1) % every == 0:
            firsts.append(float(number))
        day = (day + timedelta(days=_MONTH_DAYS + 4)).replace(day=1)
    return tuple(firsts)


def _sized(numbers: Sequence[float], language: Language) -> list[str]:
    largest = max(map(abs, numbers), default=0.0)
    size, word = next(((size, word) for size, word in SHORT_WORDS[language] if largest >= size), (1.0, ""))
    texts = _plain([number / size for number in numbers])
    return [text + word if number else "0" for text, number in zip(texts, numbers, strict=True)]


def _plain(numbers: Sequence[float]) -> list[str]:
    decimals = next(
        (d for d in range(_DECIMALS_MAX) if all(math.isclose(round(n, d), n, abs_tol=1e-9) for n in numbers)),
        _DECIMALS_MAX,
    )
    return [f"{number + 0.0:,.{decimals}f}".replace("-", MINUS) for number in numbers]


def _step(unit: Unit, wanted: float) -> float:
    if unit.kind in ("date", "moment"):
        steps = _DATE_STEPS if unit.kind == "date" else _MOMENT_STEPS
        return float(next((step for step in steps if step >= wanted), steps[-1]))
    size = 10.0 ** math.floor(math.log10(wanted))
    step: float = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= wanted * (1 - 1e-9))
    return max(1.0, step) if unit.kind == "count" else step


def _by_tens(values: Sequence[float]) -> Scale:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    every = 1 + (high - low) // 8
    return Scale(
        10.0**low, 10.0**high, 0.0, 1.0, tuple(10.0**power for power in range(low, high + 1, every)), log=True
    )
