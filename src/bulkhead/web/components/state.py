"""What stands where there is nothing to show: empty, stale, failed and forbidden look and read differently."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.reasons import Words

_ICONS = {"empty": "tray", "stale": "clock", "failed": "triangle", "forbidden": "lock"}


@dataclass(frozen=True, slots=True)
class State:
    """A state: what it is in one sentence, and what to do next."""

    kind: str  # empty, stale, failed or forbidden
    title: Words
    sentence: Words | None = None
    next_link: str = ""
    next_text: Words | None = None

    def __post_init__(self) -> None:
        assert self.kind in _ICONS, self.kind

    @property
    def icon_file(self) -> str:
        return f"web/icons/{_ICONS[self.kind]}.svg"

    @property
    def urgent(self) -> bool:
        """Whether a screen reader is to say it at once."""
        return self.kind in ("failed", "forbidden")
