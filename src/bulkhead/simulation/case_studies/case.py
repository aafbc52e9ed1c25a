"""What a module in ``simulation/stories`` offers as ``CASE``."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import State
from bulkhead.simulation.platform.plot import Dials

STOPPED = "stopped-movement"  # a watch on harm that a rule stopped and a reviewer recognised

CLIENTS, DAYS, SEEDS = 1_500, 120, 30


@dataclass(frozen=True, slots=True)
class Watch:
    """What people look at and what they do once it turns.

    ``source`` is an indicator's code or ``STOPPED``. ``reaction_days`` lie between the evening of the alarm and
    the morning from which ``action`` is in force (1: the next morning).
    """

    source: str
    reaction_days: int
    action: str
    size: int
    level: State = State.AMBER


@dataclass(frozen=True, slots=True)
class Case:
    """One of the stories. ``first_day`` is the earliest on which it begins; the seed adds up to two weeks.

    ``targeted`` actions are aimed at somebody in particular. After a false alarm they hit the wrong one: they cost
    as much and change nothing.
    """

    code: str
    family: Family
    title: Words
    story: Words
    response: Words
    incidents: tuple[str, ...]
    first_day: int
    watches: tuple[Watch, ...]
    targeted: frozenset[str]
    assumptions: tuple[Words, ...]
    missing: tuple[Words, ...]
    dials: Dials | None = None
    days: int = DAYS


def cases() -> dict[str, Case]:
    """All case studies by their codes."""
    return discover("bulkhead.simulation.stories", "CASE", Case)


def case_of(code: str) -> Case:
    """The case of a code. Raises ``BadInput`` for one that there is not."""
    known = cases()
    if code not in known:
        raise BadInput(f"There is no case study {code[:40]!r}; there are: {', '.join(known)}.")
    return known[code]
