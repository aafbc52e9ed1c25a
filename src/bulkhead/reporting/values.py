"""A value of a report and how it is said: units, both languages, short and exact, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from bulkhead.kernel.money import decimal_places, format_minor
from bulkhead.kernel.reasons import Language, Words

NOTHING = "–"  # stands where there is no value
MINUS = "−"
UNKNOWN = Words("unknown", "未知")
_LEVEL_PERCENT = 95

# From which size on, divided by what, and the word for it; the largest first.
SHORT_WORDS: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e9, " bn"), (1e6, " m"), (1e3, " k")),
    "zh": ((1e8, " 亿"), (1e4, " 万")),
}
_SHORT_CURRENCY = {"CNY": Words("yuan", "元"), "USD": Words("US dollars", "美元")}

Kind = Literal["number", "count", "amount", "share", "percent", "date", "moment"]


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number means.

    ``number``: plain, ``decimals`` after the point. ``count``: whole. ``amount``: minor units of ``currency``.
    ``share``: a part of one, shown in percent; ``percent``: in percent already. ``date``: days since 1970-01-01.
    ``moment``: UTC microseconds, on clocks ``offset_minutes`` from UTC. ``words`` follow the number, such as
    ``Words("days", "天")``.
    """

    kind: Kind = "number"
    currency: str = ""
    decimals: int = 1
    words: Words | None = None
    offset_minutes: int = 0

    def name(self, language: Language) -> str:
        """What stands beside the title of an axis or a column; "" for what needs nothing."""
        if self.kind == "amount":
            return _SHORT_CURRENCY[self.currency][language] if self.currency in _SHORT_CURRENCY else self.currency
        if self.kind in ("share", "percent"):
            return "%"
        return self.words[language] if self.words else ""


NUMBER, COUNT, SHARE, DATE = Unit(), Unit("count"), Unit("share"), Unit("date")
CNY = Unit("amount", "CNY")
DAYS = Unit("number", decimals=1, words=Words("days", "天"))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, both ends in the same unit as the value."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with a unit of its own, for columns whose rows measure different things."""

    value: int | float | Estimate | None
    unit: Unit


Value = None | str | Words | int | float | Estimate | Quantity


def said(value: Value, unit: Unit, language: Language) -> str:
    """The value exactly, without its unit's name where the unit is a currency or words (a column says it).

    Amounts with an interval are shortened: to the cent they would claim what nobody knows.
    """
    if value is None:
        return NOTHING
    if isinstance(value, Words):
        return value[language]
    if isinstance(value, str):
        return value
    if isinstance(value, Quantity):
        alone, interval = (
            said_alone(value.value, value.unit, language),
            _interval(value.value, value.unit, language),
        )
        return NOTHING if value.value is None else alone + interval
    if isinstance(value, Estimate):
        return _beside(value.value, unit, language) + _interval(value, unit, language)
    return _number(value, unit)


def said_alone(value: Value, unit: Unit, language: Language) -> str:
    """The value as it stands by itself: shortened where it is an amount, with its unit. Not its interval."""
    if value is None:
        return UNKNOWN[language]
    if isinstance(value, str | Words | Quantity):
        return said(value, unit, language)
    number = value.value if isinstance(value, Estimate) else value
    if unit.kind == "amount":
        return _short_amount(number, unit, language)
    text, name = _number(number, unit), unit.name(language)
    return text if unit.kind in ("share", "percent") or not name else f"{text} {name}"


def interval_said(value: Value, unit: Unit, language: Language) -> str:
    """``95 % interval: 1.2 to 3.4 days``; "" for a value without one."""
    if not isinstance(value, Estimate):
        return ""
    low, high = _beside(value.low, unit, language), said_alone(value.high, unit, language)
    if language == "zh":
        return f"{_LEVEL_PERCENT}% 区间：{low} 至 {high}"
    return f"{_LEVEL_PERCENT} % interval: {low} to {high}"


def short(value: float, unit: Unit, language: Language) -> str:
    """The value as the tick of an axis or the label of a bar: as few characters as tell it apart."""
    if unit.kind in ("date", "moment", "share", "percent"):
        return _number(value, unit, trim=True)
    number = round(value) / 10 ** decimal_places(unit.currency) if unit.kind == "amount" else value
    return _shortened(number, language)


def _interval(value: Value, unit: Unit, language: Language) -> str:
    if not isinstance(value, Estimate):
        return ""
    low, high = _beside(value.low, unit, language), _beside(value.high, unit, language)
    if language == "zh":
        return f"（{low} 至 {high}）"
    return " " + f"({low} to {high})".replace(" ", "\u00a0")  # kept together at the end of a line


def _beside(value: float, unit: Unit, language: Language) -> str:
    return short(value, unit, language) if unit.kind == "amount" else _number(value, unit)


def _number(value: float, unit: Unit, trim: bool = False) -> str:
    if not math.isfinite(value):
        return NOTHING if math.isnan(value) else (MINUS if value < 0 else "") + "∞"
    if unit.kind == "amount":
        return format_minor(round(value), unit.currency).replace("-", MINUS)
    if unit.kind == "count":
        return f"{round(value):,}".replace("-", MINUS)
    if unit.kind == "date":
        return (date(1970, 1, 1) + timedelta(days=round(value))).isoformat()
    if unit.kind == "moment":
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=round(value), minutes=unit.offset_minutes)
        return at.strftime("%Y-%m-%d %H:%M")
    if unit.kind in ("share", "percent"):
        text = _unsigned_zero(f"{value * (100 if unit.kind == 'share' else 1):,.{unit.decimals}f}")
        return f"{_trimmed(text) if trim else text}%".replace("-", MINUS)
    return _unsigned_zero(f"{value:,.{unit.decimals}f}").replace("-", MINUS)


def _unsigned_zero(text: str) -> str:
    return text.lstrip("-") if not text.strip("-0.,") else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shortened(number: float, language: Language) -> str:
    """Three digits that count, or all before the point, and the word for the size."""
    if 0 < abs(number) < 0.01:
        return f"{number:.2g}".replace("-", MINUS)
    size, word = next(((size, word) for size, word in SHORT_WORDS[language] if abs(number) >= size), (1.0, ""))
    part = number / size
    digits = 0 if abs(part) >= 100 else 1 if abs(part) >= 10 else 2
    return f"{_unsigned_zero(_trimmed(f'{part:,.{digits}f}'))}{word}".replace("-", MINUS)


def _short_amount(minor: float, unit: Unit, language: Language) -> str:
    """``1.2 m yuan``, ``123.4 万元``: an amount at a glance."""
    name = unit.name(language)
    text = _shortened(round(minor) / 10 ** decimal_places(unit.currency), language)
    return f"{text}{'' if text[-1] in '万亿' else ' '}{name}"
