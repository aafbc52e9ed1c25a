"""Who may do what, and what the law asks: a year of an institution that mostly keeps its own rules."""

from __future__ import annotations

from functools import cache

import numpy as np
from surroundings_day import column, texts, written

from bulkhead.kernel.movements import ABSENT
from bulkhead.risk.duties import TOXIC_PAIRS
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Response, Setting
from bulkhead.simulation.platform.staff import CAREERS, FOUR_EYES, PERMISSIONS, ROLES
from bulkhead.simulation.surroundings import access, law
from bulkhead.simulation.surroundings.access import DUTIES, LAG_DAYS_MAX, PERMISSION_USE
from bulkhead.simulation.surroundings.law import DUTIES as LEGAL_DUTIES
from bulkhead.simulation.surroundings.law import LAWS, OBLIGATIONS_DONE

DAYS = 365


@cache
def year() -> tuple[Platform, list[Day]]:
    platform = Platform(Setting(seed=21, clients=40_000, days=DAYS))
    return platform, [written(platform, day, access.SURROUNDING, law.SURROUNDING) for day in range(DAYS)]


def legal(*responses: Response) -> list[Day]:
    platform = Platform(Setting(seed=21, clients=50, days=DAYS, responses=responses))
    return [written(platform, day, law.SURROUNDING) for day in range(DAYS)]


def test_no_desk_holds_two_permissions_that_exclude_each_other() -> None:
    desks = [set(role.uses) for role in ROLES.values()]
    assert not [(desk, pair) for desk in desks for pair in TOXIC_PAIRS if set(pair) <= desk]
    assert set().union(*desks) == set(PERMISSIONS)
    assert all(role.approved_by in ROLES for role in ROLES.values() if FOUR_EYES & set(role.uses))
    assert set(CAREERS) | set(CAREERS.values()) <= set(ROLES)


def test_duties_told_day_by_day_add_up_to_what_people_hold() -> None:
    platform, days = year()
    held: dict[int, set[str]] = {staff.number: set() for staff in platform.staff}
    for day in days:
        rows = zip(
            column([day], DUTIES, "staff").tolist(),
            texts([day], DUTIES, "permission"),
            texts([day], DUTIES, "change"),
            strict=True,
        )
        for number, permission, change in rows:
            (held[number].add if change == "granted" else held[number].remove)(permission)
        for staff in platform.staff:
            extra = held[staff.number] - set(staff.permissions_on(day.number))
            assert set(staff.permissions_on(day.number)) <= held[staff.number]
            moved = min(abs(day.number - staff.moved_day), abs(day.number - staff.left_day))
            assert not extra or moved < LAG_DAYS_MAX
    assert {"joined", "moved", "left"} <= set(texts(days, DUTIES, "reason"))


def test_people_come_and_go_and_use_nothing_once_they_have_left() -> None:
    platform, days = year()
    left = [staff for staff in platform.staff if staff.left_day < DAYS]
    assert 0.05 < len(left) / len(platform.staff) < 0.3
    for staff in left:
        after = column(days[staff.left_day :], PERMISSION_USE, "staff")
        assert staff.number not in after
    assert sum(staff.settled for staff in platform.staff) > len(platform.staff) // 2


def test_what_needs_four_eyes_mostly_has_them() -> None:
    _, days = year()
    approved, staff = column(days, PERMISSION_USE, "approved_by"), column(days, PERMISSION_USE, "staff")
    needs = np.isin(texts(days, PERMISSION_USE, "permission"), sorted(FOUR_EYES))
    assert (approved[~needs] == ABSENT).all()
    assert 0 < (approved[needs] == ABSENT).mean() < 0.01
    assert (approved[needs] != staff[needs]).all()


def test_work_is_done_at_desks_in_working_hours_but_for_a_few() -> None:
    _, days = year()
    hour = np.concatenate(
        [(column([day], PERMISSION_USE, "time") - day.midnight_us) // 3_600_000_000 for day in days]
    )
    terminals = texts(days, PERMISSION_USE, "terminal")
    assert 0 < (hour < 7).mean() < 0.01
    ways = {way: np.mean([text.startswith(way) for text in terminals]) for way in ("office", "vpn", "bastion")}
    assert ways["office"] > 0.8 > ways["vpn"] > 0.03 > ways["bastion"] > 0
    records = column(days, PERMISSION_USE, "records")
    assert records.min() == 1
    assert records[np.array(texts(days, PERMISSION_USE, "permission")) == "data.export"].max() <= 600


def done(days: list[Day]) -> dict[tuple[str, str], tuple[int, int]]:
    """(law, step) -> when it was confirmed and when it was due; duties that recur are left out."""
    keys = zip(texts(days, OBLIGATIONS_DONE, "law"), texts(days, OBLIGATIONS_DONE, "step"), strict=True)
    times = zip(
        column(days, OBLIGATIONS_DONE, "time").tolist(),
        column(days, OBLIGATIONS_DONE, "due").tolist(),
        strict=True,
    )
    return {key: time for key, time in zip(keys, times, strict=True) if key[0]}


def test_changes_of_law_are_reviewed_and_carried_out() -> None:
    _, days = year()
    published, effective = (column(days, LAWS, name).tolist() for name in ("time", "effective"))
    laws = dict(zip(texts(days, LAWS, "law"), zip(published, effective, strict=True), strict=True))
    assert 5 <= len(laws) <= 18
    assert all("虚构" in title for title in texts(days, LAWS, "title_zh"))
    end_us = days[-1].at(24)
    steps = done(days)
    for name, (published_us, effective_us) in laws.items():
        assert effective_us - published_us > 28 * 86_400_000_000
        if effective_us + 8 * 86_400_000_000 < end_us:
            assert published_us < steps[name, "reviewed"][0] <= steps[name, "implemented"][0]
    late = [at_us > due_us for at_us, due_us in steps.values()]
    assert sum(late) <= len(late) // 4


def test_a_review_of_all_law_is_through_two_days_later() -> None:
    days, hurried = legal(), legal(Response(100, "review-law"))
    behind, ahead = (
        [at_us for (_, step), (at_us, _) in done(world).items() if step == "reviewed"] for world in (days, hurried)
    )
    published = column(hurried, LAWS, "time")
    assert sum(ahead) < sum(behind) or len(ahead) > len(behind)
    for at_us in published[published > hurried[100].midnight_us].tolist():
        assert (
            any(at_us < reviewed_us < at_us + 3 * 86_400_000_000 for reviewed_us in ahead)
            or at_us > hurried[-3].midnight_us
        )


def test_duties_that_recur_are_done_every_time_with_a_paper() -> None:
    _, days = year()
    duties = [
        (name, period)
        for name, period, bound in zip(
            *(texts(days, OBLIGATIONS_DONE, name) for name in ("obligation", "period", "law")), strict=True
        )
        if not bound
    ]
    expected = sum(12 // months for months, _ in LEGAL_DUTIES.values())
    assert expected - 3 <= len(duties) <= expected
    assert len(set(duties)) == len(duties)
    papers = texts(days, OBLIGATIONS_DONE, "evidence")
    assert sum(paper == "" for paper in papers) < 0.1 * len(papers)
