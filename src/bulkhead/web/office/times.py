"""How long ago and how long still, in words."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words

_STEPS = (
    (86_400, Words("{n} d", "{n} 天")),
    (3_600, Words("{n} h", "{n} 小时")),
    (60, Words("{n} min", "{n} 分钟")),
    (1, Words("{n} s", "{n} 秒")),
)


def span(us: int) -> Words:
    """A length of time in its two largest units: ``3 d 4 h``; nothing shorter than a second."""
    seconds, parts = max(0, us) // 1_000_000, list[Words]()
    for length_s, words in _STEPS:
        count, seconds = divmod(seconds, length_s)
        if count or parts:
            parts.append(Words(words.en.format(n=count), words.zh.format(n=count)))
        if len(parts) == 2:
            break
    shown = [part for part in parts if part.en[0] != "0"] or [Words("0 s", "0 秒")]
    return Words(" ".join(part.en for part in shown), " ".join(part.zh for part in shown))
