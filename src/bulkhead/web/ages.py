"""When something was, how long ago and how long still, as people say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.reasons import Words

_EPOCH = datetime.fromtimestamp(0, UTC)
_STEPS = ((86_400, "day", "天"), (3_600, "hour", "小时"), (60, "minute", "分钟"), (1, "second", "秒"))
_SHORT_STEPS = (
    (86_400, Words("{n} d", "{n} 天")),
    (3_600, Words("{n} h", "{n} 小时")),
    (60, Words("{n} min", "{n} 分钟")),
    (1, Words("{n} s", "{n} 秒")),
)


def age_words(age_us: int) -> Words:
    """The largest whole unit: ``3 hours``, ``3 小时``."""
    seconds = max(0, age_us) // 1_000_000
    length, en, zh = next((step for step in _STEPS if seconds >= step[0]), _STEPS[-1])
    count = seconds // length
    return Words(f"{count:,} {en}{'' if count == 1 else 's'}", f"{count:,} {zh}")


def span(us: int) -> Words:
    """A length of time in its two largest units: ``3 d 4 h``; nothing shorter than a second."""
    seconds, parts = max(0, us) // 1_000_000, list[Words]()
    for length_s, words in _SHORT_STEPS:
        count, seconds = divmod(seconds, length_s)
        if count or parts:
            parts.append(Words(words.en.format(n=count), words.zh.format(n=count)))
        if len(parts) == 2:
            break
    shown = [part for part in parts if part.en[0] != "0"] or [Words("0 s", "0 秒")]
    return Words(" ".join(part.en for part in shown), " ".join(part.zh for part in shown))


def clock_text(opening: InstitutionOpened, at_us: int | None) -> str:
    """A moment on the institution's own clocks, for cells of tables and their exports; "" for none."""
    return "" if at_us is None else local_text(at_us, opening.timezone_offset_minutes)


def local_text(at_us: int, offset_minutes: int) -> str:
    """A moment on clocks so many minutes ahead of UTC, to the second."""
    return datetime.fromtimestamp(at_us // 1_000_000 + offset_minutes * 60, UTC).strftime("%Y-%m-%d %H:%M:%S")


def us_of(at: datetime) -> int:
    """A time with its zone, such as Django's, as UTC microseconds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def us_or_none(at: datetime | None) -> int | None:
    """The same, where there is one."""
    return None if at is None else us_of(at)
