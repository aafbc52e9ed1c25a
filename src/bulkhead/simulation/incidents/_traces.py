"""The rows incidents leave in other systems: complaints, posts, permissions used, log-ins, law, upkeep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.simulation.calendar import DAY_PEOPLE, DAY_US, HOUR_US
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.incidents._mishap import Mishap
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.ledgers import INSTRUCTIONS
from bulkhead.simulation.surroundings.access import PERMISSION_USE
from bulkhead.simulation.surroundings.voices import (
    COMPLAINT_CHANNELS,
    COMPLAINTS,
    OUR_NAME,
    POST_CHANNELS,
    POSTS,
)

_ANSWER_DAYS = 15
_COMPLAINTS_MAX = 400  # rows of one incident on one day, however large the world


def complain(mishap: Mishap, day: Day, topic: str, count: int) -> int:
    """Clients complain about it through the day; gives how many did."""
    rows: list[tuple[int | str | bool, ...]] = []
    for client in mishap.some_clients(min(count, _COMPLAINTS_MAX), day.number):
        at_us = day_moment_us(mishap.draw, day)
        answered_us = at_us + mishap.draw.between(2 * HOUR_US, 9 * DAY_US)
        number = int(mishap.platform.people.number[client])
        channel = mishap.draw.pick(COMPLAINT_CHANNELS[:3])
        rows.append((at_us, number, topic, channel, at_us + _ANSWER_DAYS * DAY_US, answered_us))
    day.note(COMPLAINTS, mishap.plot, rows)
    return len(rows)


def post(
    mishap: Mishap, day: Day, topic: str, texts: Sequence[str], count: int, *,
    channels: tuple[str, ...] = POST_CHANNELS, echoes: int = 12,
) -> None:  # fmt: skip
    """The public writes about it. ``{us}`` in a text is the platform's name."""
    rows: list[tuple[int | str | bool, ...]] = []
    for _ in range(count):
        text = mishap.draw.pick(texts).format(us=OUR_NAME)
        at_us, channel = day_moment_us(mishap.draw, day), mishap.draw.pick(channels)
        rows.append((at_us, channel, OUR_NAME, topic, text, mishap.draw.below(2 * echoes + 1)))
    day.note(POSTS, mishap.plot, rows)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a permission by a member of staff; numbers are the directory's."""

    at_us: int
    staff: int
    system: str
    permission: str
    records: int
    on: int = ABSENT
    approved_by: int = ABSENT
    terminal: str = "office-017"


def use(mishap: Mishap, day: Day, uses: list[Use]) -> None:
    """Write uses of permissions that belong to the incident."""
    rows: list[tuple[int | str | bool, ...]] = [
        (u.at_us, u.staff, u.system, u.permission, u.on, u.records, u.approved_by, u.terminal) for u in uses
    ]
    day.note(PERMISSION_USE, mishap.plot, rows)


def day_moment_us(draw: Draw, day: Day) -> int:
    """A moment at which people are awake."""
    return day.midnight_us + draw.weighted(DAY_PEOPLE) * HOUR_US + draw.below(HOUR_US)


def instruct(mishap: Mishap, day: Day, at_us: int, kind: MovementKind, amount_minor: int, client: int) -> None:
    """An order of a client (its number in the world's directory) that no movement follows."""
    known = mishap.plot.records.get(INSTRUCTIONS.code, 0)
    reference = f"IN9{mishap.plot.number:02d}{known:06d}"  # the counted ones never come so far
    device = int(mishap.platform.people.device[mishap.platform.client_of(client)])
    row = (at_us, reference, "", client, kind.name.lower(), amount_minor, "app", device, client)
    day.note(INSTRUCTIONS, mishap.plot, [row])
