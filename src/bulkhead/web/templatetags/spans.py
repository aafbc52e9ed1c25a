"""Tags for lengths of time: how long something has waited, and how long it may still."""

from __future__ import annotations

from django import template

from bulkhead.web.office.times import span
from bulkhead.web.page import language_now

register = template.Library()


@register.simple_tag
def lasts(from_us: int, to_us: int) -> str:
    """``{% lasts since_us now_us %}``: the time between two moments in words; nothing below zero."""
    return span(to_us - from_us)[language_now()]
