"""Which incidents a world is to play, and when: as asked for, or every known kind once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials
from bulkhead.simulation.platform.setting import Planned

DIALS = ("size", "stealth", "speed")
DIAL_MIN, DIAL_MAX = 1, 10
QUIET_DAYS = 20  # before the first incident, so that there is something usual to differ from
_ASKED = re.compile(r"(?P<code>[^:@]+)(:(?P<dials>[^@]*))?(@(?P<day>\d{1,4}))?")


def incident_kinds() -> dict[str, IncidentKind]:
    """Every known kind by its code."""
    return discover("bulkhead.simulation.incidents", "INCIDENT", IncidentKind)


def every_kind_once(seed: int, days: int) -> tuple[Planned, ...]:
    """Every kind that fits into these days, each on a day of its own choosing by the seed, in order of days."""
    fitting = [kind for kind in incident_kinds().values() if _latest(kind, days) >= _earliest(days)]
    return _in_order([Planned(kind.code, _some_day(seed, kind, days, 0)) for kind in fitting])


def asked_for(texts: Sequence[str], seed: int, days: int) -> tuple[Planned, ...]:
    """What texts like ``outage:size=7,speed=9@40`` ask for; days that are not told are the seed's choice.

    Raises ``BadInput`` for a kind or a dial that does not exist, or a day outside of the world.
    """
    return _in_order([_asked(text, seed, days, place) for place, text in enumerate(texts)])


def _asked(text: str, seed: int, days: int, place: int) -> Planned:
    kinds = incident_kinds()
    found = _ASKED.fullmatch(text)
    if found is None:
        raise BadInput(
            f"{text[:60]!r} asks for no incident; write CODE, CODE:size=7,stealth=3,speed=5 or CODE@DAY."
        )
    kind = kinds.get(found["code"])
    if kind is None:
        raise BadInput(f"There is no incident {found['code'][:40]!r}; there are: {', '.join(kinds)}.")
    day = int(found["day"]) if found["day"] else _some_day(seed, kind, days, place)
    if day >= days:
        raise BadInput(f"{kind.code} cannot begin on day {day} of a world of {days} days; its last is {days - 1}.")
    return Planned(kind.code, day, _dials(kind, found["dials"]))


def _dials(kind: IncidentKind, text: str | None) -> Dials | None:
    if not text:
        return None
    turned = {name: getattr(kind.default, name) for name in DIALS}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        if name not in DIALS or not value.isdecimal() or not DIAL_MIN <= int(value[:4]) <= DIAL_MAX:
            raise BadInput(
                f"{part[:40]!r} turns no dial of {kind.code}; there are {', '.join(DIALS)}, "
                f"each from {DIAL_MIN} to {DIAL_MAX}, as in size=7."
            )
        turned[name] = int(value)
    return Dials(**turned)


def _some_day(seed: int, kind: IncidentKind, days: int, place: int) -> int:
    """Chance by the kind's own name: another kind more does not move it."""
    earliest = _earliest(days)
    return Draw(seed, f"day of {kind.code} {place}").between(earliest, max(earliest, _latest(kind, days)))


def _earliest(days: int) -> int:
    return min(QUIET_DAYS, days // 3)


def _latest(kind: IncidentKind, days: int) -> int:
    return days - kind.days


def _in_order(planned: list[Planned]) -> tuple[Planned, ...]:
    return tuple(sorted(planned, key=lambda each: (each.first_day, each.code)))
