"""How the systems are looked after: deployments, vulnerabilities and their patches, back-ups and drills.

Most patches are in before they are due, some are not; a deployment fails now and then, a back-up once a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.streams import Kind, Stream, block_of

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

UNMEASURED = -1  # minutes of a record that measures none
SEVERITIES = ("low", "medium", "high", "critical")
PATCH_DAYS = (90, 30, 14, 7)  # by severity, the institution's own rule
KNOWN_EXPLOITED_DAYS = 3  # whatever the severity
ASSETS = (
    "gateway", "sign-in", "payments", "lending", "query", "database", "message-bus", "office-network",
    "staff-terminals", "data-warehouse",
)  # fmt: skip

DEPLOYMENTS = Stream(
    "deployments",
    Words("Deployments", "上线发布记录"),
    {
        "time": Kind.TIME,
        "service": Kind.TEXT,
        "version": Kind.TEXT,
        "kind": Kind.TEXT,  # release, hotfix, configuration or rollback
        "result": Kind.TEXT,  # done or failed
        "deployed_by": Kind.NAME,
        "approved_by": Kind.NAME,
    },
)
VULNERABILITIES = Stream(
    "vulnerabilities",
    Words("Vulnerabilities and patches", "漏洞与补丁"),
    {
        "time": Kind.TIME,
        "vulnerability": Kind.TEXT,  # made up: BH-2026-0001; incidents take numbers from 9001
        "change": Kind.TEXT,  # found, exploited-elsewhere or patched
        "asset": Kind.TEXT,  # of ASSETS
        "severity": Kind.TEXT,  # of SEVERITIES
        "known_exploited": Kind.FLAG,
        "due": Kind.TIME,  # the patch must be in by then
        "by": Kind.NAME,  # who found or patched it; none for a scanner
    },
)
BACKUPS_AND_DRILLS = Stream(
    "backups_and_drills",
    Words("Back-ups and drills", "备份与应急演练"),
    {
        "time": Kind.TIME,
        "kind": Kind.TEXT,  # backup, restore-test, failover-drill or contingency-drill
        "system": Kind.TEXT,  # of ASSETS
        "result": Kind.TEXT,  # passed, partly or failed
        "recovery_minutes": Kind.NUMBER,  # until service; UNMEASURED for a back-up
        "data_loss_minutes": Kind.NUMBER,  # how old the data was that came back; UNMEASURED for a back-up
        "led_by": Kind.NAME,
    },
)

SERVICES_RELEASED = ASSETS[:5]
RELEASES_PER_MILLION = 110_000  # a service and working day
HOTFIXES_PER_MILLION = 14_000
CONFIGURATIONS_PER_MILLION = 60_000
FAILED_PER_MILLION = 30_000
UNAPPROVED_PER_MILLION = 8_000

FOUND_PLACES = 3  # at most so many a day, each with
FOUND_PER_MILLION = 130_000
SEVERITY_WEIGHTS = (40, 38, 17, 5)
USED_PER_MILLION = 30_000  # of vulnerabilities are one day exploited elsewhere
PATCHED_LATE_PER_MILLION = 60_000
PATCH_NOW_DAYS = 2

BACKED_UP = ("database", "message-bus", "data-warehouse")
BACKUP_FAILS_PER_MILLION = 1_000  # one of three systems fails about once a year
DRILLS = {"restore-test": (1, "database"), "failover-drill": (3, "payments"), "contingency-drill": (6, "gateway")}
DRILL_MINUTES = {
    "restore-test": (35, 150, 5, 30),
    "failover-drill": (6, 45, 0, 4),
    "contingency-drill": (30, 110, 1, 15),
}
DRILL_PARTLY_PER_MILLION = 90_000

Rows = list[tuple[int | str | bool, ...]]


def vulnerability_code(year: int, number: int) -> str:
    """A made-up name that no real catalogue uses."""
    return f"BH-{year}-{number:04d}"


def _write(platform: Platform, day: Day) -> None:
    for stream, rows in (
        (DEPLOYMENTS, _deployments(platform, day)),
        (VULNERABILITIES, _vulnerabilities(platform, day)),
        (BACKUPS_AND_DRILLS, [*_backups(platform, day), *_drills(platform, day)]),
    ):
        if rows:
            day.write(block_of(stream, rows))


def _someone(platform: Platform, day: int, role: str, nth: int) -> int:
    """Somebody of the role who works here that day; none where the desk is empty."""
    here = [staff.number for staff in platform.staff if staff.works(day) and staff.role_on(day) == role]
    return here[nth % len(here)] if here else ABSENT


def _deployments(platform: Platform, day: Day) -> Rows:
    chance = platform.chance("surroundings.deployments")
    today = platform.calendar.date_of(day.number)
    if not platform.season(day.number).working:
        return []
    rows: Rows = []
    kinds = (
        ("release", RELEASES_PER_MILLION, 21),
        ("hotfix", HOTFIXES_PER_MILLION, 13),
        ("configuration", CONFIGURATIONS_PER_MILLION, 18),
    )
    for number, (kind, per_million, hour) in enumerate(kinds):
        happens = chance.happens(per_million, day.number, number, np.arange(len(SERVICES_RELEASED)))
        for service in np.flatnonzero(happens).tolist():
            keys = (day.number, number, service)
            minute, engineer = int(chance.below(90, *keys, 1)[0]), int(chance.below(1 << 20, *keys, 2)[0])
            by = _someone(platform, day.number, "engineer", engineer)
            signed = not chance.happens(UNAPPROVED_PER_MILLION, *keys, 3)[0]
            approver = _someone(platform, day.number, "operations-lead", engineer) if signed else ABSENT
            failed = bool(chance.happens(FAILED_PER_MILLION, *keys, 4)[0])
            version = f"{today:%Y.%m.%d}.{number + 1}"
            row = (SERVICES_RELEASED[service], version, kind, "failed" if failed else "done", by, approver)
            rows.append((day.at(hour, minute), *row))
            if failed:
                back = (SERVICES_RELEASED[service], version, "rollback", "done", by, approver)
                rows.append((day.at(hour, minute + 25), *back))
    return rows


@dataclass(frozen=True, slots=True)
class _Holes:
    """All vulnerabilities found up to some day; columns of days, one row each, by when they were found."""

    found: NDArray[np.int64]
    asset: NDArray[np.int64]
    severity: NDArray[np.int64]
    used: NDArray[np.int64]  # exploited elsewhere from this day on; far away if never
    due: NDArray[np.int64]  # by severity alone
    patched: NDArray[np.int64]

    def due_when(self, day: int) -> NDArray[np.int64]:
        """Known exploitation shortens the time."""
        return np.where(self.used <= day, np.minimum(self.due, self.used + KNOWN_EXPLOITED_DAYS), self.due)


def _holes(platform: Platform, chance: Chance, until: int) -> _Holes:
    day, place = (axis.ravel() for axis in np.indices((until + 1, FOUND_PLACES)))
    found = chance.happens(FOUND_PER_MILLION, day, place)
    day, place = day[found], place[found]
    severity = chance.weighted(SEVERITY_WEIGHTS, day, place, 1)
    allowed = np.array(PATCH_DAYS)[severity]
    used = np.where(
        chance.happens(USED_PER_MILLION, day, place, 2), day + chance.between(2, 40, day, place, 3), 1 << 30
    )
    late = chance.happens(PATCHED_LATE_PER_MILLION, day, place, 4)
    takes = np.where(
        late,
        allowed + chance.between(1, allowed // 2 + 1, day, place, 5),
        np.minimum(chance.between(1, allowed, day, place, 6), chance.between(1, allowed, day, place, 7)),
    )
    patched = np.minimum(
        day + takes, np.where(late, 1 << 30, used + chance.between(1, KNOWN_EXPLOITED_DAYS, day, place, 8))
    )
    for response in platform.setting.responses:
        if response.action == "patch-now":
            patched = np.minimum(patched, np.maximum(day, response.day) + PATCH_NOW_DAYS)
    return _Holes(day, chance.below(len(ASSETS), day, place, 9), severity, used, day + allowed, patched)


def _vulnerabilities(platform: Platform, day: Day) -> Rows:
    chance = platform.chance("surroundings.vulnerabilities")
    holes = _holes(platform, chance, day.number)
    year = platform.calendar.date_of(0).year
    rows: Rows = []
    happens = (
        ("found", holes.found == day.number, 10),
        ("exploited-elsewhere", (holes.used == day.number) & (holes.patched > day.number), 11),
        ("patched", holes.patched == day.number, 22),
    )
    due = holes.due_when(day.number)
    for change, today, hour in happens:
        for hole in np.flatnonzero(today).tolist():
            by = _someone(platform, day.number, "operations", hole) if change == "patched" else ABSENT
            due_us = platform.calendar.midnight_us(int(due[hole]) + 1)
            rows.append(
                (
                    day.at(hour, hole % 50), vulnerability_code(year, hole + 1), change,
                    ASSETS[holes.asset[hole]], SEVERITIES[holes.severity[hole]],
                    bool(holes.used[hole] <= day.number), due_us, by,
                )
            )  # fmt: skip
    return rows


def _backups(platform: Platform, day: Day) -> Rows:
    chance = platform.chance("surroundings.backups")
    fails = chance.happens(BACKUP_FAILS_PER_MILLION, day.number, np.arange(len(BACKED_UP))).tolist()
    by = _someone(platform, day.number, "operations", day.number)
    return [
        (day.at(2, 10 * place), "backup", system, "failed" if failed else "passed", UNMEASURED, UNMEASURED, by)
        for place, (system, failed) in enumerate(zip(BACKED_UP, fails, strict=True))
    ]


def _drills(platform: Platform, day: Day) -> Rows:
    """The year's plan, on a Saturday night, and what a response asks for besides."""
    today = platform.calendar.date_of(day.number)
    planned = today.weekday() == 5 and 8 <= today.day <= 14
    kinds = [kind for kind, (months, _) in DRILLS.items() if planned and today.month % months == 0]
    if any(
        response.action == "run-drill" and response.day == day.number for response in platform.setting.responses
    ):
        kinds = list(DRILLS)
    return [_drill(platform, day, kind) for kind in kinds]


def _drill(platform: Platform, day: Day, kind: str) -> tuple[int | str | bool, ...]:
    chance = platform.chance("surroundings.drills")
    place = list(DRILLS).index(kind)
    fastest, slowest, least, most = DRILL_MINUTES[kind]
    partly = bool(chance.happens(DRILL_PARTLY_PER_MILLION, day.number, place)[0])
    recovery = int(chance.between(fastest, slowest, day.number, place, 1)[0]) * (2 if partly else 1)
    loss = int(chance.between(least, most, day.number, place, 2)[0])
    by = _someone(platform, day.number, "operations-lead", 0)
    return (day.at(23, 5 * place), kind, DRILLS[kind][1], "partly" if partly else "passed", recovery, loss, by)


SURROUNDING = Surrounding("upkeep", (DEPLOYMENTS, VULNERABILITIES, BACKUPS_AND_DRILLS), _write)
