"""Tags for lengths of time, and for words that rules use: how long something has waited, what "hold" is called."""

from __future__ import annotations

from django import template

from bulkhead.kernel.reasons import word
from bulkhead.web.ages import span
from bulkhead.web.page import language_now

register = template.Library()


@register.simple_tag
def lasts(from_us: int, to_us: int) -> str:
    """``{% lasts since_us now_us %}``: the time between two moments in words; nothing below zero."""
    return span(to_us - from_us)[language_now()]


@register.filter
def lexeme(code: str) -> str:
    """What people call a code of the lexicon, such as an outcome or a severity."""
    return word(code, language_now())
