"""A timeline: what happened one after another, each step with its mark, its moment and where it can be read."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.marks import Mark


@dataclass(frozen=True, slots=True)
class Moment:
    """One step. ``at_us`` is None for what has no time of its own, or has not happened yet (``waits``)."""

    title: Words
    mark: Mark
    at_us: int | None = None
    note: Words | str = ""
    link: str = ""
    link_text: Words | str = ""
    waits: bool = False
