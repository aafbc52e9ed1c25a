"""What the systems tell about themselves every five minutes: how much was asked, how fast, with how many errors.

Requests follow from the day's log-ins and instructions. Answers slow down as in a queue with several servers
(M/M/8) when the capacity is used up, and what cannot be served fails; half of it is tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import DAY_PEOPLE, HOUR_US, MINUTE_US
from bulkhead.simulation.chance import MILLION, Chance
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.hours import down_window_us
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Stream

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

SERVICES = ("gateway", "sign-in", "payments", "lending", "query")

REQUESTS = Stream(
    "requests",
    Words("Requests to the services", "系统请求监测"),
    {
        "time": Kind.TIME,  # beginning of the five minutes
        "service": Kind.TEXT,  # of SERVICES
        "requests": Kind.NUMBER,
        "errors": Kind.NUMBER,  # of these requests
        "p99_ms": Kind.NUMBER,  # 99 of 100 were answered within; at most TIMEOUT_MS
        "used_capacity_per_mille": Kind.NUMBER,
    },
)

SPAN_US = 5 * MINUTE_US
SPANS = 288  # in a day
TIMEOUT_MS = 10_000

# Requests to each of SERVICES that come of one log-in, of one client's instruction.
PER_LOGIN = (27, 3, 0, 4, 20)
PER_INSTRUCTION = (22, 0, 8, 7, 7)
BOOKINGS_A_REQUEST = 20  # automatic ones come in files
PER_100_000_CLIENTS = (900, 60, 40, 90, 700)  # robots, pages opened without signing in; at the busiest, a span
CAPACITY_PER_100_000_CLIENTS = (9_200, 900, 1_900, 2_200, 6_800)  # a span
CAPACITY_MIN = 240
QUIET_P99_MS = (60, 180, 220, 160, 90)

# Used capacity in per mille -> p99 against a quiet hour, per mille (M/M/8, exponential service), and failures
# per million: the queue's limit is met ever more often.
USED = (0, 300, 500, 600, 700, 800, 850, 900, 930, 950, 970, 980, 990, 1000)
SLOWER = (1000, 1000, 1004, 1013, 1038, 1119, 1235, 1539, 2008, 2685, 4325, 6397, 12_638, 60_000)
FAILING = (250, 250, 260, 280, 320, 500, 900, 2_500, 6_000, 12_000, 30_000, 50_000, 80_000, 120_000)


def _at_every_use(values: tuple[int, ...]) -> NDArray[np.int64]:
    """int64[1001]: straight lines between the knots of ``USED``."""
    knots = np.array(values, np.int64)
    used = np.arange(1001)
    low = np.minimum(np.searchsorted(USED, used, side="right") - 1, len(USED) - 2)
    start, end = np.array(USED)[low], np.array(USED)[low + 1]
    return np.asarray(knots[low] + (knots[low + 1] - knots[low]) * (used - start) // (end - start), np.int64)


_SLOWER_AT, _FAILING_AT = _at_every_use(SLOWER), _at_every_use(FAILING)


def _write(platform: Platform, day: Day) -> None:
    chance = platform.chance("surroundings.telemetry")
    asked = _asked(platform, day, chance)
    capacity = _capacity(platform, day)
    offered, lost = _served(asked, capacity)
    used = np.minimum(1000, offered * 1000 // np.maximum(capacity, 1))
    span, service = (axis.ravel() for axis in np.indices(offered.shape))
    counters = (day.number, span, service)
    failing = _FAILING_AT[used].ravel()
    served = (offered - lost).ravel()
    errors = lost.ravel() + (served * failing + chance.below(MILLION, *counters, 1)) // MILLION
    slower = _SLOWER_AT[used].ravel()
    p99 = np.array(QUIET_P99_MS)[service] * slower * chance.between(90, 125, *counters, 2) // 100_000
    day.write(
        Block(
            REQUESTS,
            {
                "time": day.midnight_us + span * SPAN_US,
                "service": Coded(service.astype(np.int32), SERVICES),
                "requests": offered.ravel(),
                "errors": np.minimum(errors, offered.ravel()),
                "p99_ms": np.where((lost.ravel() > 0) | (p99 > TIMEOUT_MS), TIMEOUT_MS, p99),
                "used_capacity_per_mille": used.ravel(),
            },
        )
    )


def _asked(platform: Platform, day: Day, chance: Chance) -> NDArray[np.int64]:
    """int64[SPANS, services]: requests before anybody tries again."""
    rows = [*day.movements, day.single_rows()]
    by_client = [movements["event_us"][movements["device"] != ABSENT] for movements in rows]
    by_itself = [m["event_us"][(m["device"] == ABSENT) & (m["settled"] == 0)] for m in rows]
    logins = [np.asarray(block.values["time"]) for block in day.blocks.get("logins", ())]
    asked = _counted(day, logins)[:, None] * np.array(PER_LOGIN) + _counted(day, by_client)[:, None] * np.array(
        PER_INSTRUCTION
    )
    asked[:, SERVICES.index("payments")] += _counted(day, by_itself) // BOOKINGS_A_REQUEST
    span, service = (axis.ravel() for axis in np.indices(asked.shape))
    hour = np.array(DAY_PEOPLE)[span * SPAN_US // HOUR_US]
    passers = np.array(PER_100_000_CLIENTS)[service] * platform.setting.clients * (4 + hour) // 48
    # The remainder is a chance, so that a small world has some passers-by as well.
    passers = passers * chance.between(70, 135, day.number, span, service, 3)
    passers = (passers + chance.below(10_000_000, day.number, span, service, 4)) // (10_000_000)
    return np.asarray((asked + passers.reshape(asked.shape)) * day.conditions.load_per_mille // 1000, np.int64)


def _counted(day: Day, times_us: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """int64[SPANS]: how many of the times fall into each five minutes of the day."""
    spans = (np.concatenate([np.zeros(0, np.int64), *times_us]) - day.midnight_us) // SPAN_US
    return np.bincount(spans[(spans >= 0) & (spans < SPANS)], minlength=SPANS)


def _capacity(platform: Platform, day: Day) -> NDArray[np.int64]:
    """int64[SPANS, services]: requests that can be served; none while the systems are down."""
    usual = np.maximum(CAPACITY_MIN, np.array(CAPACITY_PER_100_000_CLIENTS) * platform.setting.clients // 100_000)
    capacity = np.tile(usual * max(0, day.conditions.capacity_per_mille) // 1000, (SPANS, 1))
    from_us, to_us = down_window_us(day.conditions.down_minutes)
    begins_us = np.arange(SPANS) * SPAN_US
    down_us = np.clip(np.minimum(begins_us + SPAN_US, to_us) - np.maximum(begins_us, from_us), 0, SPAN_US)
    return np.asarray(capacity * (SPAN_US - down_us[:, None]) // SPAN_US, np.int64)


def _served(asked: NDArray[np.int64], capacity: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What is asked with what is tried again, and what of it fails for want of capacity."""
    offered = asked.copy()
    lost = np.maximum(0, offered - capacity)
    if lost.any():
        for span in range(1, SPANS):
            offered[span] += lost[span - 1] // 2
            lost[span] = np.maximum(0, offered[span] - capacity[span])
    return offered, lost


SURROUNDING = Surrounding("telemetry", (REQUESTS,), _write)
