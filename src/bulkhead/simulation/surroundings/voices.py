"""What clients complain about and what the public writes: more on bad days, something on every day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import DAY_PEOPLE, DAY_US, HOUR_US
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.platform.conditions import Conditions
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.hours import moments_us
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Stream
from bulkhead.simulation.surroundings._arrivals import arrivals
from bulkhead.simulation.surroundings._phrases import ABOUT_OTHERS, MATTERS, PROVINCES, mood

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

TOPICS = (
    "withdrawal", "repayment", "outage", "log-in", "fee", "service", "collection", "wrong-amount", "rumour",
    "praise", "question", "advertising",
)  # fmt: skip
COMPLAINT_CHANNELS = ("hotline", "app", "regulator", "letter")
POST_CHANNELS = ("forum", "microblog", "app-store", "short-video", "question-site")
OUR_NAME = "舟行财富"  # made up, as are the others'
OTHER_NAMES = ("青禾易贷", "南塘钱庄", "云栈理财", "百川快融")

COMPLAINTS = Stream(
    "complaints",
    Words("Complaints", "客户投诉"),
    {
        "time": Kind.TIME,
        "client": Kind.NAME,
        "topic": Kind.TEXT,  # of TOPICS
        "channel": Kind.TEXT,  # of COMPLAINT_CHANNELS
        "answer_due": Kind.TIME,
        "answered": Kind.TIME,  # when it was, as the file was later completed
    },
)
POSTS = Stream(
    "posts",
    Words("Posts of the public", "网络舆情"),
    {
        "time": Kind.TIME,
        "channel": Kind.TEXT,  # of POST_CHANNELS
        "platform": Kind.TEXT,  # the name it mentions, ours or another's
        "topic": Kind.TEXT,  # of TOPICS: what it was written about, for whoever grades a reader of texts
        "text": Kind.TEXT,
        "echoes": Kind.NUMBER,  # how often it was passed on or liked
    },
)

COMPLAINTS_A_DAY = 30_000  # millionths, however small the platform
COMPLAINTS_PER_MILLION_CLIENTS = 6  # on a quiet day
DOWN_COMPLAINTS_PER_MILLION_CLIENTS = 3  # for each minute in which nothing is answered
REFUSED_COMPLAIN_PER_MILLION = 20_000  # of clients whose money was not there when they wanted it
ANSWER_DUE_DAYS = 15
ANSWERED_LATE_PER_MILLION = 25_000
# Weights of TOPICS among complaints and among posts on a quiet day.
COMPLAINT_WEIGHTS = (20, 14, 5, 12, 10, 16, 14, 4, 0, 0, 5, 0)
POST_WEIGHTS = (7, 7, 3, 6, 6, 8, 6, 1, 2, 15, 28, 11)
POSTS_A_DAY = 3_000_000  # millionths: about us, whatever our size
POSTS_PER_CLIENT = 45  # millionths, besides
POSTS_ABOUT_OTHERS = 7_000_000
DOWN_POSTS_PER_MINUTE = 60_000
COMPLAINTS_MAX, POSTS_MAX = 20_000, 5_000  # a day


def _write(platform: Platform, day: Day) -> None:
    _complain(platform, day)
    chance = platform.chance("surroundings.posts")
    here = day.conditions
    ours = (POSTS_A_DAY + platform.setting.clients * POSTS_PER_CLIENT) * here.posts_per_mille // 1000
    ours += here.down_minutes * DOWN_POSTS_PER_MINUTE
    _post(day, chance, arrivals(chance, ours, day.number, 0), OUR_NAME, _leaning(POST_WEIGHTS, here))
    for place, name in enumerate(OTHER_NAMES, 1):
        theirs = arrivals(chance, POSTS_ABOUT_OTHERS // len(OTHER_NAMES), day.number, place)
        _post(day, chance, theirs, name, POST_WEIGHTS)


def _leaning(weights: tuple[int, ...], here: Conditions) -> tuple[int, ...]:
    """What people talk about on such a day: what is unusual weighs more, and idle talk less."""
    more = dict.fromkeys(TOPICS, 0)
    more["withdrawal"] = max(0, here.withdrawals_per_mille - 1000) // 40
    more["outage"] = min(400, here.down_minutes * 2) + max(0, 1000 - here.capacity_per_mille) // 5
    more["rumour"] = max(0, here.posts_per_mille - 1000) // 60
    more["repayment"] = max(0, here.defaults_per_mille - 1000) // 80
    return tuple(weight + min(600, more[topic]) for topic, weight in zip(TOPICS, weights, strict=True))


def _complain(platform: Platform, day: Day) -> None:
    chance, here = platform.chance("surroundings.complaints"), day.conditions
    clients = platform.setting.clients
    usual = (COMPLAINTS_A_DAY + clients * COMPLAINTS_PER_MILLION_CLIENTS) * here.complaints_per_mille // 1000
    down = clients * DOWN_COMPLAINTS_PER_MILLION_CLIENTS * here.down_minutes
    count = min(COMPLAINTS_MAX, arrivals(chance, usual + down, day.number, 0))
    anybody = chance.below(clients, day.number, np.arange(count), 1)
    present = platform.people.active[anybody] & (platform.people.joined_day[anybody] <= day.number)
    anybody = anybody[present]
    topic = chance.weighted(_leaning(COMPLAINT_WEIGHTS, here), day.number, np.arange(count), 2)[present]
    refused = _refused(platform, day)
    refused = refused[chance.happens(REFUSED_COMPLAIN_PER_MILLION, day.number, refused, 3)]
    client = np.concatenate([anybody, refused])
    topic = np.concatenate([topic, np.full(len(refused), TOPICS.index("withdrawal"))])
    if len(client):
        day.write(_complaints(platform, day, chance, client, topic))


def _complaints(
    platform: Platform, day: Day, chance: Chance, client: NDArray[np.int64], topic: NDArray[np.int64]
) -> Block:
    keys = (day.number, client, topic)
    at_us = day.midnight_us + moments_us(chance, DAY_PEOPLE, *keys, 4)
    late = chance.happens(ANSWERED_LATE_PER_MILLION, *keys, 5)
    hours = np.minimum(chance.between(2, ANSWER_DUE_DAYS * 24, *keys, 6), chance.between(2, 200, *keys, 7))
    due_us = at_us + ANSWER_DUE_DAYS * DAY_US
    answered_us = np.where(late, due_us + chance.between(1, 200, *keys, 8) * HOUR_US, at_us + hours * HOUR_US)
    return Block(
        COMPLAINTS,
        {
            "time": at_us,
            "client": platform.people.number[client],
            "topic": Coded(topic.astype(np.int32), TOPICS),
            "channel": Coded(chance.weighted((55, 36, 6, 3), *keys, 9).astype(np.int32), COMPLAINT_CHANNELS),
            "answer_due": due_us,
            "answered": answered_us,
        },
    )


def _refused(platform: Platform, day: Day) -> NDArray[np.int64]:
    """Clients who want more than they had in the morning; whoever got something today may well have enough."""
    rows = [movements for movements in (*day.movements, day.single_rows()) if len(movements)]
    out = [m[["debit_account", "amount_minor"]][m["kind"] == MovementKind.WITHDRAWAL] for m in rows]
    into = [m["credit_account"] for m in rows]
    if not out:
        return np.zeros(0, np.int64)
    wanted = np.concatenate(out)
    client = platform.money.clients_of(wanted["debit_account"])
    short = (client != ABSENT) & (wanted["amount_minor"] > platform.free_minor[client])
    return np.unique(client[short & ~np.isin(wanted["debit_account"], np.concatenate(into))])


def _post(day: Day, chance: Chance, count: int, name: str, weights: tuple[int, ...]) -> None:
    count = min(count, POSTS_MAX)
    if not count:
        return
    keys = (day.number, sum(map(ord, name)), np.arange(count))
    topic = chance.weighted(weights, *keys, 1)
    echoes = chance.between(0, 40, *keys, 2) * chance.between(0, 40, *keys, 3) // 40
    echoes *= np.where(chance.happens(15_000, *keys, 4), 30, 1)
    words = chance.words(*keys, 5)
    day.write(
        Block(
            POSTS,
            {
                "time": day.midnight_us + moments_us(chance, DAY_PEOPLE, *keys, 6),
                "channel": Coded(chance.weighted((30, 30, 15, 15, 10), *keys, 7).astype(np.int32), POST_CHANNELS),
                "platform": [name] * count,
                "topic": Coded(topic.astype(np.int32), TOPICS),
                "text": [_text(TOPICS[t], name, int(word)) for t, word in zip(topic.tolist(), words, strict=True)],
                "echoes": echoes,
            },
        )
    )


def _text(topic: str, name: str, word: int) -> str:
    """A sentence from the phrases of its topic; ``word`` is 64 bits of chance."""
    matters = MATTERS[topic] + (ABOUT_OTHERS if topic == "question" else ())
    openings, ends = mood(topic)
    parts = []
    for choices in (openings, matters, ends):
        word, place = divmod(word, len(choices))
        parts.append(choices[place])
    numbers = {}
    for gap, least, most in (("hours", 2, 30), ("days", 2, 9), ("months", 2, 36), ("money", 3, 400)):
        word, number = divmod(word, most - least + 1)
        numbers[gap] = str((least + number) * (100 if gap == "money" else 1))
    others = [other for other in (OUR_NAME, *OTHER_NAMES) if other != name]
    return "".join(parts).format(
        us=name, place=PROVINCES[word % len(PROVINCES)], other=others[word % len(others)], **numbers
    )


SURROUNDING = Surrounding("voices", (COMPLAINTS, POSTS), _write)
