"""When something was, and how long ago, as people say it."""

from __future__ import annotations

from datetime import UTC, datetime

from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.reasons import Words

_STEPS = ((86_400, "day", "天"), (3_600, "hour", "小时"), (60, "minute", "分钟"), (1, "second", "秒"))


def age_words(age_us: int) -> Words:
    """The largest whole unit: ``3 hours``, ``3 小时``."""
    seconds = max(0, age_us) // 1_000_000
    length, en, zh = next((step for step in _STEPS if seconds >= step[0]), _STEPS[-1])
    count = seconds // length
    return Words(f"{count:,} {en}{'' if count == 1 else 's'}", f"{count:,} {zh}")


def clock_text(opening: InstitutionOpened, at_us: int | None) -> str:
    """A moment on the institution's own clocks, for cells of tables and their exports; "" for none."""
    if at_us is None:
        return ""
    seconds = at_us // 1_000_000 + opening.timezone_offset_minutes * 60
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
