"""What staff may do and what they do with it: duties given and taken, permissions used.

People work their desks' hours, a few stay late, some work from home; sometimes the second signature is missing on
paper, and sometimes a permission outlives its desk by some days.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import OFFICE
from bulkhead.simulation.chance import Chance, Counter
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.hours import moments_us
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.staff import FOUR_EYES, PERMISSIONS, ROLES, Staff, permissions_of
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Stream, block_of

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

CHANGES = ("granted", "revoked")
REASONS = ("joined", "moved", "left", "requested", "review")

PERMISSION_USE = Stream(
    "permission_use",
    Words("Use of permissions by staff", "员工权限使用记录"),
    {
        "time": Kind.TIME,
        "staff": Kind.NAME,
        "system": Kind.TEXT,
        "permission": Kind.TEXT,  # a code of platform/staff.py
        "object": Kind.NAME,  # the client, partner or colleague it was used on; none for a whole system
        "records": Kind.NUMBER,  # how many records it read or changed
        "approved_by": Kind.NAME,  # the second pair of eyes, where there was one
        "terminal": Kind.TEXT,  # office-017, vpn-017 or bastion-1
    },
)
DUTIES = Stream(
    "duties",
    Words("Duties and permissions of staff", "岗位与权限变更"),
    {
        "time": Kind.TIME,
        "staff": Kind.NAME,
        "role": Kind.TEXT,
        "permission": Kind.TEXT,
        "change": Kind.TEXT,  # of CHANGES; what stands since before the first day is granted on its morning
        "reason": Kind.TEXT,  # of REASONS
        "approved_by": Kind.NAME,
    },
)

CODES = tuple(PERMISSIONS)
SYSTEMS = tuple(dict.fromkeys(PERMISSIONS.values()))
_SYSTEM_OF = np.array([SYSTEMS.index(system) for system in PERMISSIONS.values()], np.int32)
# Records touched by one use, where it is not one: at least, at most.
RECORDS = {
    "data.query": (50, 20_000),
    "data.export": (20, 600),
    "ledger.reconcile": (100, 4_000),
    "audit.read": (5, 400),
    "database.change": (1, 40),
    "fee.change": (1, 3),
}
ON_CLIENTS = frozenset(code for code in CODES if code.split(".")[0] in ("client", "loan", "alert", "case"))
ON_PARTNERS = frozenset({"partner.admit", "partner.review"})
ON_COLLEAGUES = frozenset({"role.grant"})

WEEKEND_PER_MILLION = 350_000  # of a desk with shifts works on a day of a weekend
AWAY_PER_MILLION = 60_000  # on leave or ill
LATE_PER_MILLION = 12_000  # of uses fall outside the hours of the desk
UNSIGNED_PER_MILLION = 2_500  # of uses that need a second signature: it is missing on paper
FROM_HOME_PER_MILLION = 70_000  # of a person's days
REVOKED_LATE_PER_MILLION = 120_000  # of changes; then up to LAG_DAYS_MAX
LAG_DAYS_MAX = 9
SHIFT_HOURS = (*[0] * 8, *[8] * 5, *[7] * 5, *[6] * 4, 0, 0)
LATE_HOURS = (1, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 9, 8, 6, 3, 2)
BASTIONS = ("bastion-1", "bastion-2")


@dataclass(frozen=True, slots=True)
class _Uses:
    """A day's uses: ``person`` is the place in ``here``, ``keys`` make each use's own chance."""

    here: list[Staff]
    day: int
    person: NDArray[np.int64]
    code: NDArray[np.int64]
    keys: tuple[Counter, ...]

    def of(self, codes: Collection[str]) -> NDArray[np.bool_]:
        return np.isin(self.code, [CODES.index(code) for code in codes])


def _write(platform: Platform, day: Day) -> None:
    changes = _changes(platform, day)
    if changes:
        day.write(block_of(DUTIES, changes))
    chance = platform.chance("surroundings.access")
    weekend = not platform.season(day.number).working
    here = _at_work(platform.staff, chance, day.number, weekend=weekend)
    if not here:
        return
    uses = _uses(here, chance, day.number)
    day.write(
        Block(
            PERMISSION_USE,
            {
                "time": day.midnight_us + _moments_us(chance, uses),
                "staff": np.array([staff.number for staff in here], np.int32)[uses.person],
                "system": Coded(_SYSTEM_OF[uses.code], SYSTEMS),
                "permission": Coded(uses.code.astype(np.int32), CODES),
                "object": _objects(platform, chance, uses),
                "records": _records(chance, uses),
                "approved_by": _signed(platform.staff, chance, uses),
                "terminal": _terminals(chance, uses),
            },
        )
    )


def _at_work(staff: list[Staff], chance: Chance, day: int, *, weekend: bool) -> list[Staff]:
    seats = np.array([each.seat for each in staff])
    away = chance.happens(AWAY_PER_MILLION, seats, day, 1)
    on_shift = chance.happens(WEEKEND_PER_MILLION, seats, day, 2)
    return [
        each
        for each, gone, shift in zip(staff, away.tolist(), on_shift.tolist(), strict=True)
        if each.works(day) and not gone and (not weekend or (shift and ROLES[each.role_on(day)].shifts))
    ]


def _uses(here: list[Staff], chance: Chance, day: int) -> _Uses:
    """Each person's uses of each permission of the desk, about as many as usual."""
    wanted = [
        (place, CODES.index(code), tenths)
        for place, staff in enumerate(here)
        for code, tenths in ROLES[staff.role_on(day)].uses.items()
    ]
    place, code, tenths = (np.array(column) for column in zip(*wanted, strict=True))
    seat = np.array([staff.seat for staff in here])[place]
    busy = tenths * chance.between(70, 130, seat, code, day, 3)
    counts = (busy + chance.below(1000, seat, code, day, 4)) // 1000
    row = np.repeat(np.arange(len(wanted)), counts)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return _Uses(here, day, place[row], code[row], (seat[row], code[row], nth, day))


def _moments_us(chance: Chance, uses: _Uses) -> NDArray[np.int64]:
    shifts = np.array([ROLES[staff.role_on(uses.day)].shifts for staff in uses.here])[uses.person]
    usual = np.where(
        shifts, moments_us(chance, SHIFT_HOURS, *uses.keys, 5), moments_us(chance, OFFICE, *uses.keys, 5)
    )
    late = chance.happens(LATE_PER_MILLION, *uses.keys, 6)
    return np.where(late, moments_us(chance, LATE_HOURS, *uses.keys, 7), usual)


def _objects(platform: Platform, chance: Chance, uses: _Uses) -> NDArray[np.int32]:
    """Whom it was used on. Clients whom incidents have added are left out, so that chance stays where it was."""
    clients = platform.setting.clients
    present = np.flatnonzero(platform.people.joined_day[:clients] <= uses.day)
    client = platform.people.number[present[chance.below(len(present), *uses.keys, 8)]]
    partner = np.array([each.number for each in platform.partners])[
        chance.below(len(platform.partners), *uses.keys, 9)
    ]
    colleague = np.array([each.number for each in platform.staff])[
        chance.below(len(platform.staff), *uses.keys, 10)
    ]
    kinds = [uses.of(ON_CLIENTS), uses.of(ON_PARTNERS), uses.of(ON_COLLEAGUES)]
    return np.select(kinds, [client, partner, colleague], ABSENT).astype(np.int32)


def _records(chance: Chance, uses: _Uses) -> NDArray[np.int64]:
    """Small numbers are more frequent."""
    low = np.array([RECORDS.get(code, (1, 1))[0] for code in CODES])[uses.code]
    high = np.array([RECORDS.get(code, (1, 1))[1] for code in CODES])[uses.code]
    draws = [chance.between(low, high, *uses.keys, salt) for salt in (11, 12, 13)]
    return np.minimum(np.minimum(draws[0], draws[1]), draws[2])


def _signed(staff: list[Staff], chance: Chance, uses: _Uses) -> NDArray[np.int32]:
    """The second signature, by somebody else of the role that gives it."""
    roles = np.array([ROLES[each.role_on(uses.day)].approved_by for each in uses.here])[uses.person]
    signed = np.full(len(roles), ABSENT, np.int32)
    forgotten = chance.happens(UNSIGNED_PER_MILLION, *uses.keys, 14)
    pick = chance.below(1 << 30, *uses.keys, 15)
    for role in {ROLES[each.role_on(uses.day)].approved_by for each in uses.here} - {""}:
        signers = [each.number for each in staff if each.works(uses.day) and each.role_on(uses.day) == role]
        rows = np.flatnonzero((roles == role) & uses.of(FOUR_EYES) & ~forgotten)
        signed[rows] = np.array(signers or [ABSENT], np.int32)[pick[rows] % max(1, len(signers))]
    return signed


def _terminals(chance: Chance, uses: _Uses) -> Coded:
    """The own desk, or the way in from home; systems are only reached by way of a bastion."""
    seats = [staff.seat for staff in uses.here]
    home = chance.happens(FROM_HOME_PER_MILLION, np.array(seats), uses.day, 16)[uses.person]
    texts = (*BASTIONS, *(f"{way}-{seat:03d}" for way in ("office", "vpn") for seat in seats))
    desk = len(BASTIONS) + uses.person + np.where(home, len(seats), 0)
    bastion = uses.of([code for code in CODES if PERMISSIONS[code] == "bastion"])
    return Coded(np.where(bastion, uses.person % len(BASTIONS), desk).astype(np.int32), texts)


def _changes(platform: Platform, day: Day) -> list[tuple[int | str | bool, ...]]:
    """Permissions given and taken today. What is taken late stays with a person who has moved on or left."""
    chance = platform.chance("surroundings.duties")
    rows: list[tuple[int | str | bool, ...]] = []
    for staff in platform.staff:
        lag = 0
        if bool(chance.happens(REVOKED_LATE_PER_MILLION, staff.seat, max(0, staff.joined_day))[0]):
            lag = int(chance.between(1, LAG_DAYS_MAX, staff.seat, max(0, staff.joined_day), 1)[0])
        for change, reason, role, codes in _steps(staff, day.number, lag):
            at_us = day.at(9 if change == "granted" else 18, int(chance.below(50, staff.seat, day.number, 2)[0]))
            approver = platform.staff[0].number if role == "head" else _identity_desk(platform, day.number)
            rows.extend((at_us, staff.number, role, code, change, reason, approver) for code in codes)
    return rows


def _steps(staff: Staff, day: int, lag: int) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(change, reason, role, permissions) of one person on one day."""
    steps: list[tuple[str, str, str, tuple[str, ...]]] = []
    if day == max(0, staff.joined_day):
        steps.append(("granted", "joined", staff.role, staff.permissions))
    if staff.next_role:
        new = permissions_of(staff.next_role)
        if day == staff.moved_day:
            gained = tuple(code for code in new if code not in staff.permissions)
            steps.append(("granted", "moved", staff.next_role, gained))
        if day == staff.moved_day + lag and staff.works(day):
            lost = tuple(code for code in staff.permissions if code not in new)
            steps.append(("revoked", "moved", staff.role, lost))
    if day == staff.left_day + lag:
        steps.append(("revoked", "left", staff.role_on(day), permissions_of(staff.role_on(day))))
    return steps


def _identity_desk(platform: Platform, day: int) -> int:
    return next((each.number for each in platform.staff if each.role == "identity" and each.works(day)), ABSENT)


SURROUNDING = Surrounding("access", (PERMISSION_USE, DUTIES), _write)
