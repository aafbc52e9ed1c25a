"""How long ago something was, as people say it."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words

_STEPS = ((86_400, "day", "天"), (3_600, "hour", "小时"), (60, "minute", "分钟"), (1, "second", "秒"))


def age_words(age_us: int) -> Words:
    """The largest whole unit: ``3 hours``, ``3 小时``."""
    seconds = max(0, age_us) // 1_000_000
    length, en, zh = next((step for step in _STEPS if seconds >= step[0]), _STEPS[-1])
    count = seconds // length
    return Words(f"{count:,} {en}{'' if count == 1 else 's'}", f"{count:,} {zh}")
