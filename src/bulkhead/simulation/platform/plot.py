"""An incident while it happens: who takes part, which rows it causes, what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Part(Enum):
    """What a movement is to its incident."""

    PREPARATION = "preparation"  # before the deed: neither honest nor harm
    DEED = "deed"  # belongs to it, is no loss of its own
    HARM = "harm"  # its booking is the loss


@dataclass(frozen=True, slots=True)
class Dials:
    """How an incident is played, each from 1 to 10. At the defaults an attentive person with the rows notices."""

    size: int = 5  # money, people or systems touched
    stealth: int = 3  # 1 is blatant, 10 hides inside what is usual
    speed: int = 5  # 1 takes months, 10 an hour


USUAL_DIALS = Dials()


@dataclass(slots=True)
class Plot:
    """One incident of one world. Times are UTC microseconds, amounts minor units."""

    code: str
    number: int  # among the incidents of its kind
    first_day: int
    dials: Dials
    actors: list[str] = field(default_factory=list)  # doers and victims, real names
    doers: set[int] = field(default_factory=set)  # clients whose every movement belongs to it
    movements: dict[Part, list[int]] = field(default_factory=lambda: {part: [] for part in Part})  # numbers
    records: dict[str, int] = field(default_factory=dict)  # stream -> rows
    harm_minor: int = 0  # sum of the movements that are harm
    loss_minor: int = 0  # harm that is no movement: fines, costs, margin
    down_minutes: int = 0
    triggered_by: str = ""  # the code of the incident that set this one off
    first_us: int | None = None
    last_us: int | None = None

    def touch(self, at_us: int) -> None:
        """Something of it happened at this moment."""
        self.first_us = at_us if self.first_us is None else min(at_us, self.first_us)
        self.last_us = at_us if self.last_us is None else max(at_us, self.last_us)

    def note_records(self, stream: str, count: int, at_us: int) -> None:
        """Rows of a stream belong to it."""
        self.records[stream] = self.records.get(stream, 0) + count
        self.touch(at_us)
