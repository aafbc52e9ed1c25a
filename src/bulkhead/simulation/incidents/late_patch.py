"""A hole that is being used elsewhere stays open past its due day, until somebody walks in.

How a person sees it: ``vulnerabilities`` has a hole found, then used elsewhere, and its due day passes without a row
that says patched; ``requests`` carries a little more load day and night, which is somebody trying doors.

Size: how many systems have the hole. Stealth: rated lower, reported later as used elsewhere, tried less. Speed:
months or a day until it is used here. Truth: ``loss_minor`` is the extra watch kept while it is overdue, two fen a
client, step and day, and half a yuan a client and step to rebuild what was entered. To be used here is the cause of
a breach. patch-now closes the hole two days later.
"""

from __future__ import annotations

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import DAY_US
from bulkhead.simulation.incidents._course import shown
from bulkhead.simulation.incidents._mishap import Mishap
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials
from bulkhead.simulation.surroundings.upkeep import (
    ASSETS,
    KNOWN_EXPLOITED_DAYS,
    PATCH_DAYS,
    SEVERITIES,
    VULNERABILITIES,
    vulnerability_code,
)

WATCH_MINOR, REBUILD_MINOR = 2, 50  # a client and step of size
PATCH_TAKES_DAYS = 2
TRIES_PER_MILLE = 8  # further load for each step of size


class LatePatch(Mishap):
    """From the day the hole is found to the day it is used or closed."""

    usual_days = 40

    def prepare(self) -> None:
        self.assets = self.draw.pick_many(ASSETS[:7], 1 + self.size // 3)
        self.severity = SEVERITIES[3 if self.stealth <= 5 else 2]
        self.known_day = self.course.first_day + self.course.days * (2 + self.stealth) // 20
        self.due_day = self.course.first_day
        self.due_day += KNOWN_EXPLOITED_DAYS if self.stealth <= 5 else PATCH_DAYS[2]
        self.open = True

    def act(self, day: Day) -> None:
        if not self.open:
            return
        if day.number == self.course.first_day:
            self._note(day, "found", known=False)
        if self.force("patch-now", day.number - PATCH_TAKES_DAYS):
            self._note(day, "patched", known=day.number > self.known_day)
            self.open = False
            return
        if day.number == self.known_day:
            self._note(day, "exploited-elsewhere", known=True)
        self.plot.touch(day.at(12))
        day.conditions.load_per_mille += shown(self.size * TRIES_PER_MILLE, self.stealth)
        if day.number > self.due_day:
            self.plot.loss_minor += self.clients * self.size * WATCH_MINOR
        if self.is_last(day):
            self.plot.loss_minor += self.clients * self.size * REBUILD_MINOR
            self.set_off(day, "breach-and-exfiltration", Dials(self.size, self.stealth, 5))

    def _note(self, day: Day, change: str, *, known: bool) -> None:
        year = self.platform.calendar.date_of(self.course.first_day).year
        found_by = self.someone("operations").number if change == "patched" else ABSENT
        due_us = self.platform.calendar.midnight_us(self.due_day) + DAY_US
        at_us = self.moment_us(day, 9, 8)
        rows: list[tuple[int | str | bool, ...]] = []
        for place, asset in enumerate(self.assets):
            code = vulnerability_code(year, 9001 + 10 * self.plot.number + place)
            rows.append((at_us, code, change, asset, self.severity, known, due_us, found_by))
        day.note(VULNERABILITIES, self.plot, rows)


INCIDENT = IncidentKind(
    "late-patch",
    Family.TECHNICAL,
    Words("Patch that comes too late", "高危漏洞逾期未修复"),
    Words(
        "A hole used elsewhere is not closed when it is due. Somebody tries doors for weeks, and one day walks in.",
        "已被在野利用的漏洞逾期未修复，攻击者持续试探，最终得手入侵。",
    ),
    LatePatch.usual_days,
    ("vulnerabilities", "requests"),
    LatePatch.begin,
)
