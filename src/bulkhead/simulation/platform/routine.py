"""The institution's own money: capital, earned fees swept weekly, and bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.simulation.calendar import HOUR_US, OFFICE
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import FEE, OWN, SUMMARY
from bulkhead.simulation.platform.habits import YUAN
from bulkhead.simulation.platform.hours import moments_us
from bulkhead.simulation.platform.movement_rows import movement_rows

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

OWNERS = "merchant:kaitai-holding"
CAPITAL_MINOR_PER_CLIENT = 400 * YUAN
SWEPT_PER_MILLE = 800
# Day of the month, per mille of the platform's own money, to whom.
BILLS = (
    (5, 8, "merchant:kaitai-tower"),
    (10, 55, "merchant:payroll-service"),
    (18, 12, "merchant:cloud-provider"),
    (25, 20, "merchant:tax-office"),
)
_SWEEP_AT, _BILL_AT, _BILL = range(3)


class Routine:
    """Movements of the fee account and of the platform's own account."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("routine")
        self._desk = next((each.number for each in platform.staff if each.role.startswith("finance")), ABSENT)
        self._owners = platform.directory.number(OWNERS)
        self._payees = [platform.directory.number(payee) for _, _, payee in BILLS]

    def live(self, day: Day) -> None:
        today = self.platform.calendar.date_of(day.number)
        if day.number == 0:
            self._move(
                day,
                7 * HOUR_US,
                CAPITAL_MINOR_PER_CLIENT * self.platform.setting.clients,
                SUMMARY,
                OWN,
                payer=self._owners,
            )
        if today.weekday() == 0:
            earned = self.platform.money.book_minor(FEE) * SWEPT_PER_MILLE // 1000 // YUAN * YUAN
            self._move(day, self._office_us(day, _SWEEP_AT), earned, FEE, OWN)
        for (on_day, per_mille, _), payee in zip(BILLS, self._payees, strict=True):
            if on_day in self.platform.office_days(day.number):
                share = int(self._chance.between(per_mille * 9 // 10, per_mille * 11 // 10, day.number, _BILL)[0])
                amount = self.platform.money.book_minor(OWN) * share // 1000 // YUAN * YUAN
                self._move(day, self._office_us(day, _BILL_AT, on_day), amount, OWN, SUMMARY, payee=payee)

    def _office_us(self, day: Day, *counters: int) -> int:
        return int(moments_us(self._chance, OFFICE, day.number, *counters)[0])

    def _move(
        self, day: Day, at_us: int, amount_minor: int, debit: int, credit: int,
        *, payer: int | None = None, payee: int | None = None,
    ) -> None:  # fmt: skip
        """What comes from the owners has happened; the rest the finance desk asks for."""
        if amount_minor <= 0:
            return
        kind = MovementKind.SWEEP if debit == FEE else MovementKind.OWN
        moment, amount = np.array([day.midnight_us + at_us]), np.array([amount_minor])
        settled = debit == SUMMARY
        day.movements.append(
            movement_rows(
                kind, moment, amount, debit, credit,
                payer=payer, payee=payee, settled=settled, instructed_by=None if settled else self._desk,
            )
        )  # fmt: skip
