"""What modules of ``simulation/incidents`` offer as ``INCIDENT``, those of ``surroundings`` as ``SURROUNDING``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.plot import USUAL_DIALS, Dials, Plot
from bulkhead.simulation.platform.streams import Stream

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform


Act = Callable[[Day], None]


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """A way for things to go wrong.

    ``begin`` is called on day 0, when the people exist; it chooses the actors and gives the function that is
    called every morning (from day 0 to the last, before everyday life), which writes the incident's rows and
    bends the day's conditions. ``days`` is how long it takes at the default speed, from ``plot.first_day``.
    ``seen_in`` names the streams in whose rows an attentive person would notice it.
    """

    code: str
    family: Family
    title: Words
    story: Words
    days: int
    seen_in: tuple[str, ...]
    begin: Callable[[Platform, Plot], Act]
    default: Dials = USUAL_DIALS


@dataclass(frozen=True, slots=True)
class Surrounding:
    """A system or a part of the world outside that writes streams of its own.

    ``write`` is called every day once everyday life is done: ``day.everything()`` has the day's movements.
    """

    code: str
    streams: tuple[Stream, ...]
    write: Callable[[Platform, Day], None]
