"""How templates speak: both languages side by side, money with its separators, time in the institution's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bulkhead.kernel.money import currency_code, format_minor
from bulkhead.kernel.reasons import Words
from bulkhead.web.ages import local_text
from bulkhead.web.page import language_now

register = template.Library()
_SYMBOLS = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "HKD": "HK$"}


@register.simple_tag
def w(en: str, zh: str, **values: Any) -> str:
    """``{% w "Pause" "暂停" %}``. ``{name}`` takes a value; ``one|many`` in the English is chosen by ``n``."""
    text = zh if language_now() == "zh" else en
    if "|" in en and "n" in values and text is en:
        one, many = en.split("|", 1)
        text = one if values["n"] == 1 else many
    shown = {k: f"{v:,}" if isinstance(v, int) and not isinstance(v, bool) else v for k, v in values.items()}
    return text.format(**shown) if values else text


@register.filter
def say(words: Words | str) -> str:
    """Words in the language of the page; plain text as it is."""
    return words[language_now()] if isinstance(words, Words) else words


@register.filter
def count(number: int | None) -> str:
    """A number with separators; a dash for none."""
    return "–" if number is None else f"{number:,}"


@register.filter
def money(minor: int | None, currency: str | int) -> str:
    """Minor units as an exact amount: ``¥1,234.56``; a dash for none."""
    if minor is None:
        return "–"
    code = currency_code(currency) if isinstance(currency, int) else currency
    sign, digits = ("−", -minor) if minor < 0 else ("", minor)
    text = format_minor(digits, code)
    whole, point, part = text.partition(".")
    return f"{sign}{_SYMBOLS.get(code, code + ' ')}{int(whole.replace(',', '')):,}{point}{part}"


@register.filter
def short_money(minor: int, currency: str) -> SafeString:
    """An amount for people, 万 and 亿 in Chinese, k and m in English, with the exact one as its title."""
    exact = money(minor, currency)
    return format_html('<span title="{}">{}</span>', exact, _rounded(minor, currency) or exact)


def _rounded(minor: int, currency: str) -> str:
    major = minor / 10 ** len(format_minor(0, currency).partition(".")[2])
    steps = ((1e8, "亿"), (1e4, "万")) if language_now() == "zh" else ((1e9, "bn"), (1e6, "m"), (1e4, ""))
    for step, unit in steps:
        if abs(major) >= step:
            scaled = major / (step if unit else 1)
            sign = "−" if scaled < 0 else ""
            return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{abs(scaled):,.{2 if unit else 0}f}{unit}"
    return ""


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at_us: int | None, precise: bool = False) -> str | SafeString:
    """A moment in UTC microseconds as the institution's clocks show it, machine-readable as well."""
    if at_us is None:
        return "–"
    opening = context.get("opening")
    text = local_text(at_us, opening.timezone_offset_minutes if opening else 0)
    text += f".{at_us % 1_000_000:06d}" if precise else ""
    utc = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    return format_html('<time datetime="{}">{}</time>', utc.isoformat(), text)


@register.filter
def hexadecimal(data: bytes) -> str:
    """Bytes as people compare them."""
    return data.hex()
