"""Laws that change, and the duties that follow: every title here is invented.

Changes are reviewed within two weeks and carried out before they are in force, now and then a little late. Duties that
recur are confirmed with a paper on file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.streams import Kind, Stream, block_of

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

LAWS = Stream(
    "laws",
    Words("Changes of law (invented)", "法规变动（虚构）"),
    {
        "time": Kind.TIME,  # published
        "law": Kind.TEXT,  # INV-2026-01
        "obligation": Kind.TEXT,
        "title_zh": Kind.TEXT,
        "title_en": Kind.TEXT,
        "applies_to": Kind.TEXT,
        "effective": Kind.TIME,
    },
)
OBLIGATIONS_DONE = Stream(
    "obligations_done",
    Words("Duties confirmed", "合规义务履行"),
    {
        "time": Kind.TIME,
        "obligation": Kind.TEXT,
        "law": Kind.TEXT,  # the change that brought it; "" for a duty that recurs
        "step": Kind.TEXT,  # reviewed, implemented or fulfilled
        "period": Kind.TEXT,  # 2026-03 for a monthly duty; ""
        "due": Kind.TIME,
        "confirmed_by": Kind.NAME,
        "evidence": Kind.TEXT,  # name of the paper on file; "" where none is
    },
)


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change that may be published."""

    obligation: str
    applies_to: str
    title: Words


CHANGES = (
    Change(
        "rate-cap", "lending", Words("Rules on the full cost of loans", "关于规范借款综合成本的若干规定（虚构）")
    ),
    Change("custody-agreement", "custody", Words("Model agreement on custody", "资金存管协议示范条款（虚构）")),
    Change("client-notice", "contracts", Words("Measures on notices to clients", "客户重要事项告知办法（虚构）")),
    Change(
        "partner-list", "partners", Words("Notice on lists of partners", "关于合作机构名单制管理的通知（虚构）")
    ),
    Change(
        "collection-hours", "collection", Words("Standard on hours of collection", "贷后催收时段行为规范（虚构）")
    ),
    Change("data-export", "data", Words("Exports of client data", "客户数据导出管理细则（虚构）")),
    Change(
        "kyc-refresh", "clients", Words("Measures on renewing identity checks", "客户身份资料更新办法（虚构）")
    ),
    Change(
        "large-payments",
        "reporting",
        Words("Report on large payments", "大额交易报送口径调整（虚构）"),
    ),
    Change(
        "guarantee-leverage",
        "partners",
        Words("Guarantors' leverage", "融资担保放大倍数管理要求（虚构）"),
    ),
    Change("disclosure", "reporting", Words("Format of monthly disclosure", "月度信息披露格式指引（虚构）")),
    Change(
        "incident-report",
        "systems",
        Words("Deadlines for incidents", "网络安全事件报告时限规定（虚构）"),
    ),
    Change("suitability", "lending", Words("Measures on suitable lenders", "出借人适当性管理办法（虚构）")),
    Change("complaint-handling", "clients", Words("Rules on answering complaints", "投诉处理时效规定（虚构）")),
    Change("retention", "data", Words("Periods for keeping records", "业务档案保存期限规定（虚构）")),
)
# Duties that recur: months between them, and the day of the month on which they are due.
DUTIES = {
    "large-payments-report": (1, 10),
    "custody-certificate": (1, 5),
    "monthly-disclosure": (1, 8),
    "complaint-report": (1, 12),
    "rate-cap-check": (3, 15),
    "partner-list-check": (3, 18),
    "kyc-sample": (3, 20),
    "permission-review": (3, 22),
    "drill-report": (6, 25),
    "internal-audit-report": (6, 28),
}
CHANGES_PER_MILLION = 27_000  # a day: about ten a year
NOTICE_DAYS = (30, 60, 60, 90, 120, 180)
REVIEW_DAYS = 14
REVIEWED_LATE_PER_MILLION = 60_000
IMPLEMENTED_LATE_PER_MILLION = 50_000
FULFILLED_LATE_PER_MILLION = 20_000
NO_PAPER_PER_MILLION = 15_000
_STRIDE = 5  # through CHANGES, so that all of them come once before any comes again
HASTE_DAYS = 2  # in which the response review-law goes through all that is open

Row = tuple[int | str | bool, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A change of law with the days on which things happen to it."""

    law: str
    change: Change
    day: int
    effective: int
    reviewed: int
    implemented: int

    @property
    def review_due(self) -> int:
        return self.day + REVIEW_DAYS


def changes_of_law(platform: Platform, until: int) -> list[Published]:
    """What is published up to a day, in order, with the plan of what follows from each."""
    chance = platform.chance("surroundings.law")
    days = np.flatnonzero(chance.happens(CHANGES_PER_MILLION, np.arange(until + 1)))
    year = platform.calendar.date_of(0).year
    first = int(chance.below(len(CHANGES), 0, 9)[0])
    return [
        _planned(
            platform, int(day), f"INV-{year}-{number:02d}", CHANGES[(first + number * _STRIDE) % len(CHANGES)]
        )
        for number, day in enumerate(days, 1)
    ]


def _planned(platform: Platform, day: int, law: str, change: Change) -> Published:
    chance = platform.chance("surroundings.law")

    def draw(low: int, high: int, salt: int) -> int:
        return int(chance.between(low, high, day, salt)[0])

    effective = day + NOTICE_DAYS[draw(0, len(NOTICE_DAYS) - 1, 1)]
    late = chance.happens(REVIEWED_LATE_PER_MILLION, day, 2)[0]
    reviewed = day + (draw(REVIEW_DAYS + 1, REVIEW_DAYS + 16, 3) if late else draw(2, REVIEW_DAYS - 1, 4))
    late = chance.happens(IMPLEMENTED_LATE_PER_MILLION, day, 5)[0]
    implemented = effective + (draw(1, 6, 6) if late else -draw(1, 18, 7))
    haste = [max(day, r.day) + HASTE_DAYS for r in platform.setting.responses if r.action == "review-law"]
    reviewed = min([reviewed, *haste])
    return Published(law, change, day, effective, reviewed, max(reviewed, implemented))


def _write(platform: Platform, day: Day) -> None:
    laws = changes_of_law(platform, day.number)
    published = [_law_row(platform, day, each) for each in laws if each.day == day.number]
    if published:
        day.write(block_of(LAWS, published))
    done = [*_followed(platform, day, laws), *_recurring(platform, day)]
    if done:
        day.write(block_of(OBLIGATIONS_DONE, done))


def _law_row(platform: Platform, day: Day, law: Published) -> Row:
    change = law.change
    effective_us = platform.calendar.midnight_us(law.effective)
    return (
        day.at(17, 30),
        law.law,
        change.obligation,
        change.title.zh,
        change.title.en,
        change.applies_to,
        effective_us,
    )


def _followed(platform: Platform, day: Day, laws: list[Published]) -> list[Row]:
    rows: list[Row] = []
    for law in laws:
        for step, done, due in (
            ("reviewed", law.reviewed, law.review_due),
            ("implemented", law.implemented, law.effective - 1),
        ):
            if done == day.number:
                rows.append(_done(platform, day, law.change.obligation, law.law, step, "", due))
    return rows


def _recurring(platform: Platform, day: Day) -> list[Row]:
    """Each duty is done on a day before its due day; on which, and whether late, its month's chance says."""
    chance = platform.chance("surroundings.duties-done")
    today = platform.calendar.date_of(day.number)
    rows: list[Row] = []
    for place, (duty, (months, due_date)) in enumerate(DUTIES.items()):
        if today.month % months:
            continue
        keys = (today.year * 12 + today.month, place)
        late = chance.happens(FULFILLED_LATE_PER_MILLION, *keys)[0]
        early = -int(chance.between(1, 3, *keys, 1)[0]) if late else int(chance.between(0, 4, *keys, 2)[0])
        if today.day == due_date - early:
            due = day.number + early
            rows.append(_done(platform, day, duty, "", "fulfilled", period_before(today), due))
    return rows


def period_before(today: date) -> str:
    """The month before a date, as 2026-03."""
    return f"{today.year - (today.month == 1)}-{(today.month - 2) % 12 + 1:02d}"


def _done(platform: Platform, day: Day, obligation: str, law: str, step: str, period: str, due: int) -> Row:
    chance = platform.chance("surroundings.duties-done")
    desk = [
        staff for staff in platform.staff if staff.works(day.number) and staff.role_on(day.number) == "compliance"
    ]
    keys = (day.number, len(obligation), len(step))
    who = desk[int(chance.below(len(desk), *keys, 3)[0])].number if desk else ABSENT
    missing = chance.happens(NO_PAPER_PER_MILLION, *keys, 4)[0]
    paper = "" if missing else f"{obligation}-{law or period}-{step}"
    at_us = day.at(10, int(chance.below(420, *keys, 5)[0]))
    return (at_us, obligation, law, step, period, platform.calendar.midnight_us(due + 1), who, paper)


SURROUNDING = Surrounding("law", (LAWS, OBLIGATIONS_DONE), _write)
