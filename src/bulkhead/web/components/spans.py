"""Filters with two ends, both included and either of which may be open: money, time and plain numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from bulkhead.kernel.money import AMOUNT_MINOR_MAX, format_minor, parse_minor
from bulkhead.kernel.reasons import Words
from bulkhead.web.books import book
from bulkhead.web.components.filters import Filter, Texts, Unusable, single
from bulkhead.web.page import Visit

Ends = tuple[int | None, int | None]
_NUMBER_MAX = 2**63 - 2
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S, _MINUTE_S = 86_400, 60
_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Span(Filter):
    """Numbers from one to another (value: ``Ends``)."""

    template: ClassVar[str] = "web/components/span.html"
    input_type: ClassVar[str] = "text"
    input_mode: ClassVar[str] = "numeric"

    def parameters(self) -> tuple[str, ...]:
        return (f"{self.code}_from", f"{self.code}_to")

    def read(self, visit: Visit, texts: Texts) -> object | None:
        low, high = (single(texts, name) for name in self.parameters())
        ends = (
            self.number(visit, low, end=False) if low else None,
            self.number(visit, high, end=True) if high else None,
        )
        if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
            raise Unusable(Words("it ends before it begins", "起始值大于结束值"))
        return None if ends == (None, None) else ends

    def written(self, visit: Visit, value: object) -> list[tuple[str, str]]:
        parts = zip(self.parameters(), _ends(value), (False, True), strict=True)
        return [(name, self.text(visit, number, end=end)) for name, number, end in parts if number is not None]

    def said(self, visit: Visit, value: object) -> str:
        first, last = _ends(value)
        low = None if first is None else self.spoken(visit, first, end=False)
        high = None if last is None else self.spoken(visit, last, end=True)
        if low is not None and high is not None:
            return low if low == high else f"{low} – {high}"
        return f"≥ {low}" if low is not None else f"≤ {high}"

    def number(self, visit: Visit, text: str, *, end: bool) -> int:
        """One end as a number; ``end`` for the upper one."""
        if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > _NUMBER_MAX:
            raise Unusable(Words(f"“{text[:40]}” is not a whole number", f"“{text[:40]}”不是整数"))
        return int(text)

    def text(self, visit: Visit, number: int, *, end: bool) -> str:
        """A number as the address has it; ``number`` reads the same from it."""
        return str(number)

    def spoken(self, visit: Visit, number: int, *, end: bool) -> str:
        """A number as people read it."""
        return f"{number:,}"


@dataclass(frozen=True, slots=True)
class MoneySpan(Span):
    """Amounts in the institution's own currency; the ends are minor units."""

    input_mode: ClassVar[str] = "decimal"

    def number(self, visit: Visit, text: str, *, end: bool) -> int:
        currency = book(visit.institution).opening.currency
        try:
            minor = parse_minor(text.replace(",", ""), currency)
        except ValueError:
            raise Unusable(_no_amount(text, currency)) from None
        if not 0 <= minor <= AMOUNT_MINOR_MAX:
            raise Unusable(_no_amount(text, currency))
        return minor

    def text(self, visit: Visit, number: int, *, end: bool) -> str:
        return format_minor(number, book(visit.institution).opening.currency).replace(",", "")

    def spoken(self, visit: Visit, number: int, *, end: bool) -> str:
        return format_minor(number, book(visit.institution).opening.currency)


@dataclass(frozen=True, slots=True)
class TimeSpan(Span):
    """Moments by the institution's own clocks; the ends are UTC microseconds.

    The upper end takes in the whole of what is written: a day, a minute or a second.
    """

    input_type: ClassVar[str] = "datetime-local"

    def number(self, visit: Visit, text: str, *, end: bool) -> int:
        found = _TIME.fullmatch(text)
        day, minute, second, fraction = found.groups() if found else ("", None, None, None)
        try:
            local = datetime.strptime(f"{day} {minute or '00:00'}{second or ':00'}", "%Y-%m-%d %H:%M:%S")
        except ValueError:
            raise Unusable(_no_time(text)) from None
        if local.year < _EPOCH.year:
            raise Unusable(_no_time(text))
        at_us = (local.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1) - _offset_us(visit)
        if fraction:
            return at_us + int(fraction[1:].ljust(6, "0"))
        length_s = 1 if second else _MINUTE_S if minute else _DAY_S
        return at_us + (length_s * _SECOND_US - 1 if end else 0)

    def text(self, visit: Visit, number: int, *, end: bool) -> str:
        seconds, micros = divmod(number + _offset_us(visit), _SECOND_US)
        whole = micros == (_SECOND_US - 1 if end else 0)
        text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
        return text if whole else f"{text}.{micros:06d}"

    def spoken(self, visit: Visit, number: int, *, end: bool) -> str:
        return self.text(visit, number, end=end).replace("T", " ")


def _ends(value: object) -> Ends:
    assert isinstance(value, tuple)
    low, high = value
    return low, high


def _offset_us(visit: Visit) -> int:
    return book(visit.institution).opening.timezone_offset_minutes * _MINUTE_S * _SECOND_US


def _no_amount(text: str, currency: str) -> Words:
    return Words(f"“{text[:40]}” is not an amount in {currency}", f"“{text[:40]}”不是有效的 {currency} 金额")


def _no_time(text: str) -> Words:
    return Words(
        f"“{text[:40]}” is not a time such as 2026-01-31 18:30",
        f"“{text[:40]}”不是有效时间，示例：2026-01-31 18:30",
    )
