"""What partners hand in: loans they refer and how these fare, guarantee statements, filings, service levels.

Figures about our own loans are true; papers come in time, but for the few that every partner is late with.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.platform.partners import Partner
from bulkhead.simulation.platform.streams import Kind, Stream, block_of

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

UNITS = {
    "referred-loans": "loans",
    "referred-amount": "minor",
    "first-payment-default": "per-mille",  # of the loans whose first instalment fell due in the period
    "net-assets": "minor",  # the guarantor's own
    "guaranteed-balance": "minor",  # all it stands for, towards everybody
    "claims-unpaid": "minor",  # calls on the guarantee that are more than ten days old
    "filing": "filings",  # monthly papers; 1 when handed in
    "availability": "ppm",
    "settlement-delay": "minutes",  # worst of the day or month
}

PARTNER_DELIVERIES = Stream(
    "partner_deliveries",
    Words("Deliveries of partners", "合作方报送"),
    {
        "time": Kind.TIME,  # when it arrived
        "partner": Kind.NAME,
        "item": Kind.TEXT,  # a key of UNITS
        "value": Kind.NUMBER,
        "unit": Kind.TEXT,
        "due": Kind.TIME,
    },
)

DUE_DATE = 10  # of the month, for what is monthly
WEEK_DAYS = 7
MONTH_DAYS = 30
FIRST_DUE_DAYS = 36  # by then the first instalment of a loan has been collected, or not
ELSEWHERE_PER_MILLE = 1_600  # a guarantor stands for so much more elsewhere, against what it stands for here
SLOW_PER_MILLION = 15_000  # of days on which a payment company settles late
OUT_OF_ORDER_PER_MILLION = 25_000  # of days on which something is not available

Item = tuple[str, int]


def _write(platform: Platform, day: Day) -> None:
    rows: list[tuple[int | str | bool, ...]] = []
    today = platform.calendar.date_of(day.number)
    for partner in platform.partners:
        daily = _service(platform, day, partner)
        if partner.kind == "loan-referral" and today.weekday() == 0:
            daily.append(("referred-loans", int(_referred(platform, partner, day.number, WEEK_DAYS).sum())))
        rows.extend(_row(day, partner, item, day.at(12), 0) for item in daily)
        early = _days_early(platform, partner, today)
        if early is not None:
            due_us = platform.calendar.midnight_us(day.number + early + 1)
            monthly = [("filing", 1), *_monthly(platform, partner, day.number)]
            rows.extend(_row(day, partner, item, due_us, 1 + place) for place, item in enumerate(monthly))
    if rows:
        day.write(block_of(PARTNER_DELIVERIES, rows))


def _row(day: Day, partner: Partner, item: Item, due_us: int, minute: int) -> tuple[int | str | bool, ...]:
    return (day.at(9, 10 + minute), partner.number, item[0], item[1], UNITS[item[0]], due_us)


def _days_early(platform: Platform, partner: Partner, today: date) -> int | None:
    """How many days before the due one, if the month's papers come today; negative when they are late."""
    chance = platform.chance("surroundings.partners")
    keys = (today.year * 12 + today.month, platform.partners.index(partner))
    late = bool(chance.happens(partner.late_per_mille * 1000, *keys)[0])
    early = -int(chance.between(1, 8, *keys, 1)[0]) if late else int(chance.between(0, 5, *keys, 2)[0])
    return early if today.day == DUE_DATE - early else None


def _monthly(platform: Platform, partner: Partner, day: int) -> list[Item]:
    if partner.kind == "loan-referral":
        referred = _referred(platform, partner, day, MONTH_DAYS)
        return [
            ("referred-amount", int(platform.loans.amount_minor[referred].sum())),
            ("first-payment-default", _first_payment_default(platform, partner, day)),
        ]
    return _guarantee(platform, partner, day) if partner.kind == "guarantor" else []


def _referred(platform: Platform, partner: Partner, day: int, days: int) -> NDArray[np.bool_]:
    """bool[loans]: applied for by way of this partner in the days before."""
    loans = platform.loans
    opened = (loans.opened_day >= day - days) & (loans.opened_day < day)
    return np.asarray(opened & (loans.partner == partner.number), np.bool_)


def _first_payment_default(platform: Platform, partner: Partner, day: int) -> int:
    """Per mille of the loans whose first instalment fell due in the past month that have paid nothing at all."""
    loans = platform.loans
    begun = ~np.isin(loans.state, (LoanState.OPEN, LoanState.FILLED, LoanState.LAPSED))
    age = day - loans.opened_day
    due = begun & (loans.partner == partner.number) & (age >= FIRST_DUE_DAYS) & (age < FIRST_DUE_DAYS + MONTH_DAYS)
    unpaid = due & (loans.paid_months == 0) & np.isin(loans.state, (LoanState.LATE, LoanState.DEFAULTED))
    return int(unpaid.sum()) * 1000 // max(1, int(due.sum()))


def _guarantee(platform: Platform, partner: Partner, day: int) -> list[Item]:
    """Its own money moves little from month to month; what it stands for follows our loans."""
    loans, chance = platform.loans, platform.chance("surroundings.partners")
    stands = (loans.guarantor == partner.number) & np.isin(loans.state, (LoanState.RUNNING, LoanState.LATE))
    left_minor = loans.amount_minor * (loans.months - loans.paid_months) // np.maximum(loans.months, 1)
    here_minor = int(left_minor[stands].sum())
    swing = int(chance.between(-25, 25, day // MONTH_DAYS, partner.number, 3)[0])
    return [
        ("net-assets", partner.net_assets_minor * (1000 + swing) // 1000),
        ("guaranteed-balance", here_minor + here_minor * ELSEWHERE_PER_MILLE // 1000),
        ("claims-unpaid", 0),
    ]


def _service(platform: Platform, day: Day, partner: Partner) -> list[Item]:
    """What those who run something for us tell every day."""
    chance = platform.chance("surroundings.partners")
    keys = (day.number, platform.partners.index(partner))
    if partner.kind == "payment":
        slow = bool(chance.happens(SLOW_PER_MILLION, *keys, 4)[0])
        delay = int(chance.between(3, 25, *keys, 5)[0]) + (
            int(chance.between(30, 240, *keys, 6)[0]) if slow else 0
        )
        return [("settlement-delay", delay)]
    if partner.kind == "cloud":
        out = bool(chance.happens(OUT_OF_ORDER_PER_MILLION, *keys, 7)[0])
        minutes = int(chance.between(2, 14, *keys, 8)[0]) if out else 0
        return [("availability", 1_000_000 - minutes * 1_000_000 // 1440 - int(chance.below(90, *keys, 9)[0]))]
    return []


SURROUNDING = Surrounding("partner-reports", (PARTNER_DELIVERIES,), _write)
