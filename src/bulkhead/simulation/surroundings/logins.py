"""Log-ins of clients: before each instruction, and plain looks at the account.

Now and then somebody mistypes, forgets the password or buys a new phone; once in a while somebody travels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US, SECOND_US
from bulkhead.simulation.chance import MILLION, Chance
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.hours import down_window_us, moments_us, personal_moments_us
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Stream
from bulkhead.simulation.surroundings._memory import Memory

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

CHANNELS = ("app", "mini-program", "h5", "web")
METHODS = (
    "biometric",
    "password",
    "sms-code",
    "reset",
)  # reset: a new password was set, by code and identity card
CARRIERS = ("mobile", "telecom", "unicom", "broadband", "hosting", "proxy")

LOGINS = Stream(
    "logins",
    Words("Log-ins of clients", "客户登录记录"),
    {
        "time": Kind.TIME,
        "client": Kind.NAME,
        "device": Kind.NAME,
        "channel": Kind.TEXT,  # of CHANNELS
        "network": Kind.TEXT,  # place and carrier, such as CN-44/mobile; abroad two letters, such as KH/hosting
        "method": Kind.TEXT,  # of METHODS
        "success": Kind.FLAG,
        "known_device": Kind.FLAG,  # bound to this account before this log-in
    },
)

# Provinces by their official two digits, and how many of a hundred or so clients live there.
PLACES = {
    "11": 4, "12": 1, "13": 5, "14": 2, "15": 2, "21": 3, "22": 2, "23": 2, "31": 5, "32": 9, "33": 9, "34": 4, "35": 4,
    "36": 3, "37": 8, "41": 6, "42": 4, "43": 4, "44": 14, "45": 3, "46": 1, "50": 2, "51": 6, "52": 2, "53": 3,
    "54": 1, "61": 3, "62": 1, "63": 1, "64": 1, "65": 1,
}  # fmt: skip
NETWORKS = tuple(f"CN-{place}/{carrier}" for place in PLACES for carrier in CARRIERS)
CHANCE = "surroundings.logins"
CARRIER_WEIGHTS = (55, 26, 19)  # of mobile networks
BROADBAND, PROXY = CARRIERS.index("broadband"), CARRIERS.index("proxy")

LOOKS_PER_MILLE = 2_600  # plain looks for each of the visits that end in something
TRAVELS_PER_MILLION = 18_000  # of log-ins
BY_WIFI_PER_MILLION = 450_000
PROXY_PER_MILLION = 2_500
MISTYPED_PER_MILLION = 32_000  # of log-ins come after one or two failed ones
FORGOTTEN_PER_MILLION = 2_500  # of log-ins begin with a new password
MORNING = (*[0] * 6, 2, 5, 6, 3, *[0] * 14)
METHOD_WEIGHTS = (62, 27, 11)
APP_CHANNEL_WEIGHTS = (80, 14, 6)
MINUTES_BEFORE = 14  # at most, an instruction follows its log-in

Columns = NDArray[np.int64]


@dataclass(slots=True)
class _Phones:
    """The phones of yesterday; clients who were not there yet are not in it."""

    device: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


_PHONES: Memory[_Phones] = Memory(_Phones)


def _write(platform: Platform, day: Day) -> None:
    chance = platform.chance(CHANCE)
    instructing, before_us = _before_instructions(platform, day, chance)
    looking, look_us = _looks(platform, day, chance)
    others = np.concatenate([instructing, looking]), np.concatenate([before_us, look_us])
    buyers, bought_us = _new_phones(platform, day, chance, *others)
    client, at_us = np.concatenate([buyers, others[0]]), np.concatenate([bought_us, others[1]])
    known = np.arange(len(client)) >= len(buyers)
    method = np.where(
        chance.happens(FORGOTTEN_PER_MILLION, client, at_us, 1),
        METHODS.index("reset"),
        chance.weighted(METHOD_WEIGHTS, client, at_us, 2),
    )
    method[~known] = METHODS.index("sms-code")
    tries, nth = _mistyped(chance, client, at_us, method)
    rows = np.concatenate([np.arange(len(client)), tries])
    failed = np.arange(len(rows)) >= len(client)
    at_us, client = at_us[rows], client[rows]
    at_us[failed] -= chance.between(8, 70, client[failed], at_us[failed], nth, 3) * SECOND_US
    at_us = np.maximum(at_us, day.midnight_us)
    from_us, to_us = down_window_us(day.conditions.down_minutes)
    down = (at_us >= day.midnight_us + from_us) & (at_us < day.midnight_us + to_us)
    device = platform.people.device[client]
    day.write(
        Block(
            LOGINS,
            {
                "time": at_us,
                "client": platform.people.number[client],
                "device": device,
                "channel": Coded(_channels(platform, chance, client, device), CHANNELS),
                "network": Coded(_networks(chance, client, at_us // HOUR_US), NETWORKS),
                "method": Coded(
                    np.where(failed, METHODS.index("password"), method[rows]).astype(np.int32), METHODS
                ),
                "success": ~failed & ~down,
                "known_device": known[rows],
            },
        )
    )


def _new_phones(
    platform: Platform, day: Day, chance: Chance, client: Columns, at_us: Columns
) -> tuple[Columns, Columns]:
    """Clients whose phone is another than yesterday, and when they first come with it.

    That is before the other log-ins of the day: ``client`` and ``at_us``.
    """
    people, seen = platform.people, _PHONES.of(platform)
    before = seen.device[: len(people)]
    seen.device = people.device.copy()
    who = np.flatnonzero(people.active[: len(before)] & (people.device[: len(before)] != before))
    first_us = np.full(len(people), day.at(24))
    np.minimum.at(first_us, client, at_us)
    morning_us = day.midnight_us + moments_us(chance, MORNING, who, day.number, 5)
    return who, np.minimum(morning_us, first_us[who] - 2 * MINUTE_US)


def _before_instructions(platform: Platform, day: Day, chance: Chance) -> tuple[Columns, Columns]:
    """One log-in for each client and hour in which instructions were given, some minutes before the first.

    What an incident instructs is logged by the incident.
    """
    rows = [movements for movements in day.movements if len(movements)]
    if not rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    instructed = np.concatenate([movements[["event_us", "instructed_by", "device"]] for movements in rows])
    instructed = instructed[instructed["device"] != ABSENT]
    client = platform.money.clients_of(instructed["instructed_by"])
    at_us, client = instructed["event_us"][client >= 0], client[client >= 0]
    order = np.argsort(at_us, kind="stable")
    at_us, client = at_us[order], client[order]
    hour = (at_us - day.midnight_us) // HOUR_US
    first = np.unique(client * 24 + hour, return_index=True)[1]
    at_us, client = at_us[first], client[first]
    early_us = chance.between(20, MINUTES_BEFORE * 60, client, at_us, 6) * SECOND_US
    return client, np.maximum(day.midnight_us, at_us - early_us)


def _looks(platform: Platform, day: Day, chance: Chance) -> tuple[Columns, Columns]:
    people = platform.people
    often = people.visits_per_mille.astype(np.int64) * LOOKS_PER_MILLE // 1000 * day.conditions.logins_per_mille
    here = people.active & ~people.dormant & (people.joined_day <= day.number)
    looks = chance.happens(np.minimum(often, MILLION), np.arange(len(people)), day.number, 7)
    who = np.flatnonzero(here & looks)
    return who, day.midnight_us + personal_moments_us(chance, people.night_owl[who], who, day.number, 8)


def _mistyped(chance: Chance, client: Columns, at_us: Columns, method: Columns) -> tuple[Columns, Columns]:
    """Rows that failed before they succeeded, some of them twice; a forgotten password was tried thrice.

    Gives the row and which of its failures it is, for every failure.
    """
    forgot = method == METHODS.index("reset")
    once = chance.happens(MISTYPED_PER_MILLION, client, at_us, 9) | forgot
    twice = once & (chance.happens(350_000, client, at_us, 10) | forgot)
    failures = [np.flatnonzero(rows) for rows in (once, twice, forgot)]
    return np.concatenate(failures), np.repeat(np.arange(len(failures)), [len(rows) for rows in failures])


def _channels(platform: Platform, chance: Chance, client: Columns, device: NDArray[np.int32]) -> NDArray[np.int32]:
    names = platform.directory.names
    web = np.fromiter(
        (names[number].startswith("device:web") for number in device.tolist()), np.bool_, len(device)
    )
    usual = chance.weighted(APP_CHANNEL_WEIGHTS, client, 11)
    return np.where(web, CHANNELS.index("web"), usual).astype(np.int32)


def _networks(chance: Chance, client: Columns, hour: Columns) -> NDArray[np.int32]:
    """Where they were: people stay where they are for the hour."""
    away = chance.happens(TRAVELS_PER_MILLION, client, hour // 24, 13)
    place = np.where(away, chance.weighted(tuple(PLACES.values()), client, hour // 24, 14), _homes(chance, client))
    carrier = _carriers(chance, client)
    carrier = np.where(chance.happens(BY_WIFI_PER_MILLION, client, hour, 16), BROADBAND, carrier)
    carrier = np.where(chance.happens(PROXY_PER_MILLION, client, hour, 17), PROXY, carrier)
    return (place * len(CARRIERS) + carrier).astype(np.int32)


def _homes(chance: Chance, client: Columns) -> Columns:
    return chance.weighted(tuple(PLACES.values()), client, 12)


def _carriers(chance: Chance, client: Columns) -> Columns:
    return chance.weighted(CARRIER_WEIGHTS, client, 15)


def home_network(platform: Platform, client: int) -> str:
    """Where this client usually is, by the mobile network."""
    chance, who = platform.chance(CHANCE), np.array([client])
    return NETWORKS[int(_homes(chance, who)[0]) * len(CARRIERS) + int(_carriers(chance, who)[0])]


SURROUNDING = Surrounding("logins", (LOGINS,), _write)
