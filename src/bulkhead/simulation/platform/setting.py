"""What a world is asked to be."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.simulation.platform.plot import Dials

FIRST_MIDNIGHT_US = 1_704_038_400_000_000  # 1 January 2024, 00:00 in China: a few years of it lie in the past
OFFSET_MINUTES = 480


@dataclass(frozen=True, slots=True)
class Planned:
    """An incident to be played: its kind's code, the day it begins, its dials (None: the kind's own)."""

    code: str
    first_day: int
    dials: Dials | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What people of the institution do about something, from the morning of ``day`` on.

    ``action`` is a code of ``simulation/platform/responses.py``; ``size`` is its dose, in the unit told there.
    """

    day: int
    action: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """The same setting gives the same world, byte for byte."""

    seed: int
    clients: int
    days: int
    incidents: tuple[Planned, ...] = ()
    responses: tuple[Response, ...] = ()
    start_us: int = FIRST_MIDNIGHT_US  # a local midnight
