"""Telemetry, upkeep, log-ins and voices on days that go wrong: the conditions of the day bend the rows."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from math import exp, factorial

import numpy as np
import pytest
from surroundings_day import column, texts, written

from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.hours import down_window_us
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Response, Setting
from bulkhead.simulation.surroundings import logins, telemetry, upkeep, voices
from bulkhead.simulation.surroundings.telemetry import REQUESTS, TIMEOUT_MS
from bulkhead.simulation.surroundings.upkeep import (
    BACKUPS_AND_DRILLS,
    DEPLOYMENTS,
    SEVERITIES,
    UNMEASURED,
    VULNERABILITIES,
)
from bulkhead.simulation.surroundings.voices import COMPLAINTS, OTHER_NAMES, OUR_NAME, POSTS, TOPICS

CLIENTS = 20_000
SERVERS = 8


@cache
def platform() -> Platform:
    return Platform(Setting(seed=5, clients=CLIENTS, days=60))


def systems(**conditions: int) -> Day:
    return written(platform(), 20, logins.SURROUNDING, telemetry.SURROUNDING, **conditions)


def slower_at(used: float) -> float:
    """How much longer the slowest hundredth waits in a queue M/M/8 than with no queue; Erlang C, by bisection."""
    load = SERVERS * used
    waiting = load**SERVERS / factorial(SERVERS) / (1 - used)
    waits = waiting / (sum(load**k / factorial(k) for k in range(SERVERS)) + waiting)
    rate, low, high = SERVERS * (1 - used), 0.0, 1e5
    for _ in range(100):
        middle = (low + high) / 2
        tail = (1 - waits) * exp(-middle) + waits * (rate * exp(-middle) - exp(-rate * middle)) / (rate - 1)
        low, high = (middle, high) if tail > 0.01 else (low, middle)
    return low / 4.605_170


@pytest.mark.parametrize("place", range(1, len(telemetry.USED) - 1))
def test_answers_slow_down_as_in_a_queue_of_eight_servers(place: int) -> None:
    expected = 1000 * slower_at(telemetry.USED[place] / 1000)
    assert telemetry.SLOWER[place] == pytest.approx(expected, rel=0.01)


def test_nothing_is_answered_while_the_systems_are_down() -> None:
    day, quiet = systems(down_minutes=120), systems()
    from_us, to_us = down_window_us(120)
    times = column([day], REQUESTS, "time") - day.midnight_us
    dark = (times >= from_us) & (times + telemetry.SPAN_US <= to_us)
    requests, errors = column([day], REQUESTS, "requests"), column([day], REQUESTS, "errors")
    assert dark.sum() == 24 * 5
    assert (errors[dark] == requests[dark]).all()
    assert (column([day], REQUESTS, "p99_ms")[dark] == TIMEOUT_MS).all()
    assert errors[~dark].sum() < errors[dark].sum() // 10
    # People try again.
    assert requests[dark].sum() > 1.5 * column([quiet], REQUESTS, "requests")[dark].sum()
    at_us = column([day], logins.LOGINS, "time") - day.midnight_us
    success = column([day], logins.LOGINS, "success")
    assert not success[(at_us >= from_us) & (at_us < to_us)].any()
    assert success[at_us < from_us].mean() > 0.9


@pytest.mark.parametrize(
    "conditions", [{"capacity_per_mille": 250}, {"load_per_mille": 4000}], ids=["capacity lost", "load grown"]
)
def test_too_little_capacity_is_slow_first_and_wrong_then(conditions: dict[str, int]) -> None:
    day, quiet = systems(**conditions), systems()
    used, slow, errors = (
        column([day], REQUESTS, name) for name in ("used_capacity_per_mille", "p99_ms", "errors")
    )
    assert column([quiet], REQUESTS, "used_capacity_per_mille").max() < 700
    assert used.max() == 1000
    assert slow.max() == TIMEOUT_MS
    assert column([quiet], REQUESTS, "p99_ms").max() < 500
    assert errors.sum() > 20 * column([quiet], REQUESTS, "errors").sum()
    # At night there is room enough.
    night = column([day], REQUESTS, "time") - day.midnight_us < 5 * 3_600_000_000
    assert errors[night].sum() < errors.sum() // 100


def test_a_world_a_bit_busier_stays_below_its_limits() -> None:
    assert column([systems(load_per_mille=1400)], REQUESTS, "used_capacity_per_mille").max() < 900


def test_people_look_more_often_when_they_are_uneasy() -> None:
    usual, uneasy = (
        len(column([systems(logins_per_mille=level)], logins.LOGINS, "time")) for level in (1000, 3000)
    )
    assert 2.7 < uneasy / usual < 3.3


def heard(days: range, **conditions: int) -> list[Day]:
    return [written(platform(), day, voices.SURROUNDING, **conditions) for day in days]


def test_complaints_and_posts_come_with_trouble() -> None:
    quiet, upset = heard(range(40)), heard(range(40), complaints_per_mille=40_000, posts_per_mille=5_000)
    down = heard(range(10), down_minutes=300)
    calm, angry = (len(column(days, COMPLAINTS, "time")) for days in (quiet, upset))
    assert 0 < calm < 20
    assert 25 * 5 < angry < 40 * 8
    ours, theirs = (
        [sum(name in names for name in texts(days, POSTS, "platform")) for days in (quiet, upset)]
        for names in ({OUR_NAME}, set(OTHER_NAMES))
    )
    assert 3 < ours[1] / ours[0] < 7
    assert theirs[0] == theirs[1]
    assert Counter(texts(down, COMPLAINTS, "topic")).most_common(1)[0][0] == "outage"
    outage = [topic == "outage" for topic in texts(down, POSTS, "topic")]
    assert np.mean(outage) > 0.5
    due, answered = column(upset, COMPLAINTS, "answer_due"), column(upset, COMPLAINTS, "answered")
    assert (answered > column(upset, COMPLAINTS, "time")).all()
    assert 0 < (answered > due).mean() < 0.08


def test_posts_are_sentences_of_their_topic_and_seldom_repeat() -> None:
    days = heard(range(60), posts_per_mille=4_000)
    posts, names, topics = (texts(days, POSTS, name) for name in ("text", "platform", "topic"))
    assert all(name in text and "{" not in text for name, text in zip(names, posts, strict=True))
    assert set(topics) == set(TOPICS)
    assert max(Counter(posts).values()) < 10
    assert len(set(posts)) > 0.7 * len(posts)
    assert column(days, POSTS, "echoes").min() >= 0


@cache
def year(*responses: Response, seed: int = 8) -> list[Day]:
    platform = Platform(Setting(seed=seed, clients=50, days=365, responses=responses))
    return [written(platform, day, upkeep.SURROUNDING) for day in range(365)]


def holes(days: list[Day]) -> dict[str, dict[str, tuple[int, int]]]:
    """Vulnerability -> change -> when, and when it was due."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    names = (texts(days, VULNERABILITIES, name) for name in ("vulnerability", "change"))
    times = (column(days, VULNERABILITIES, name).tolist() for name in ("time", "due"))
    for code, change, at_us, due_us in zip(*names, *times, strict=True):
        assert change not in found.setdefault(code, {})
        found[code][change] = at_us, due_us
    return found


def test_patches_follow_what_is_found_and_some_are_late() -> None:
    found = holes(year())
    assert 90 < len(found) < 200
    assert all(re.fullmatch(r"BH-20\d\d-0\d{3}", code) and "found" in changes for code, changes in found.items())
    patched = [changes["patched"] for changes in found.values() if "patched" in changes]
    assert all(changes["patched"][0] > changes["found"][0] for changes in found.values() if "patched" in changes)
    late = [at_us > due_us for at_us, due_us in patched]
    assert 0 < np.mean(late) < 0.15
    assert any("exploited-elsewhere" in changes for changes in found.values())
    assert set(texts(year(), VULNERABILITIES, "severity")) == set(SEVERITIES)


def test_patch_now_closes_all_that_is_open() -> None:
    day = 200
    usual, at_once = holes(year()), holes(year(Response(day, "patch-now")))
    end_us = year()[day + upkeep.PATCH_NOW_DAYS].at(24)
    still_open = [
        sum(
            c["found"][0] < end_us - 3 * 86_400_000_000 and c.get("patched", (end_us,))[0] >= end_us
            for c in world.values()
        )
        for world in (usual, at_once)
    ]
    assert still_open[0] > 0
    assert still_open[1] == 0
    assert usual.keys() == at_once.keys()


def test_backups_fail_about_once_a_year_and_drills_are_measured() -> None:
    kinds = texts(year(), BACKUPS_AND_DRILLS, "kind")
    minutes = column(year(), BACKUPS_AND_DRILLS, "recovery_minutes")
    drills = np.array(kinds) != "backup"
    failed = [
        [texts([day], BACKUPS_AND_DRILLS, "result")[:3].count("failed") for day in year(seed=seed)]
        for seed in (1, 2, 8)
    ]
    assert 0 < sum(map(sum, failed)) < 12
    assert Counter(kinds)["restore-test"] == 12
    assert (minutes[drills] > 0).all()
    assert (minutes[~drills] == UNMEASURED).all()
    asked_for = texts(year(Response(30, "run-drill")), BACKUPS_AND_DRILLS, "kind")
    assert Counter(asked_for) - Counter(kinds) == Counter(["restore-test", "failover-drill", "contingency-drill"])


def test_changes_go_in_on_working_days_with_a_second_signature() -> None:
    approved = column(year(), DEPLOYMENTS, "approved_by") >= 0
    assert 150 < len(approved) < 500
    assert 0.95 < approved.mean() <= 1
    kinds = Counter(zip(texts(year(), DEPLOYMENTS, "kind"), texts(year(), DEPLOYMENTS, "result"), strict=True))
    failed = sum(count for (_, result), count in kinds.items() if result == "failed")
    assert kinds["rollback", "done"] == failed > 0
