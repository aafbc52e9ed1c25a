"""Somebody who has changed desks twice keeps every permission, and in the end both makes and approves payments.

How a person sees it: ``duties`` grants permissions to one person and never revokes any, until both of a forbidden
pair are held (payout.make and payout.approve); ``permission_use`` has that person reading clients who are none of
that desk's business, and approving what the same person has made; ``movements`` has small payments out of the
platform's own account to a company nobody has met.

Size: permissions, clients looked at, payments and their amounts. Stealth: office hours instead of late evenings,
an approver on each grant, smaller amounts. Speed: half a year or days. Truth: the payments are harm; ``loss_minor`` is
20 yuan of consolation for each client looked at. revoke-permission ends it.
"""

from __future__ import annotations

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import Use, use
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import OWN, SUMMARY
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part
from bulkhead.simulation.surroundings.access import DUTIES

GRANTED = ("loan.review", "client.change-contact", "payout.make", "data.query", "payout.approve", "ledger.adjust")
PAYS_FROM_PER_MILLE = 500  # of the course
PAYMENT_A_STEP_MINOR = 260 * YUAN
LEAST_MINOR = 50 * YUAN
CONSOLATION_MINOR = 20 * YUAN
FRIEND = "merchant:evergreen-consulting"


class PermissionCreep(Mishap):
    """From the first desk too many until somebody takes the permissions away."""

    usual_days = 60

    def prepare(self) -> None:
        self.clerk = self.someone("client-service")
        self.granter = self.someone("identity")
        self.friend = self.platform.directory.number(FRIEND)
        self.plot.actors += [self.clerk.name, FRIEND]
        self.granted = 0
        self.terminal = f"office-{self.clerk.seat:03d}"

    def act(self, day: Day) -> None:
        if self.force("revoke-permission", day.number):
            return
        self._grant(day)
        self._look_up(day)
        every = max(1, self.course.days // (2 * (2 + self.size)))
        if self.course.gone_per_mille(day.number) > PAYS_FROM_PER_MILLE and self.course.falls_on(
            day.number, every
        ):
            self._pay_friend(day)

    def _moment_us(self, day: Day) -> int:
        return self.moment_us(day, 9, 9) if self.stealth > 5 else self.moment_us(day, 20, 3)

    def _grant(self, day: Day) -> None:
        """All of them by the middle of the course, one after the other; none is ever taken back."""
        target = min(len(GRANTED), 2 + self.size // 2)
        due = min(target, 1 + target * self.course.gone_per_mille(day.number) // PAYS_FROM_PER_MILLE)
        approver = self.granter.number if self.stealth > 3 else ABSENT
        rows: list[tuple[int | str | bool, ...]] = []
        for permission in self._by_need()[self.granted : due]:
            reason = "moved" if self.stealth > 5 else "requested"
            at_us = day.at(8, 10 + len(rows))
            rows.append((at_us, self.clerk.number, self.clerk.role, permission, "granted", reason, approver))
        self.granted = max(self.granted, due)
        day.note(DUTIES, self.plot, rows)

    def _by_need(self) -> tuple[str, ...]:
        """The forbidden pair first, so that even the smallest creep ends in it."""
        pair = ("payout.make", "payout.approve")
        return (*pair, *(each for each in GRANTED if each not in pair))

    def _look_up(self, day: Day) -> None:
        count = shown(self.size * 2 * self.course.gone_per_mille(day.number) // 1000 + 1, self.stealth)
        uses = [
            Use(
                self._moment_us(day), self.clerk.number, "loan-desk", "loan.review", 1,
                int(self.platform.people.number[client]), ABSENT, self.terminal,
            )
            for client in self.some_clients(count, day.number)
        ]  # fmt: skip
        use(self, day, uses)
        self.plot.loss_minor += len(uses) * CONSOLATION_MINOR

    def _pay_friend(self, day: Day) -> None:
        """Made and approved by one hand, never so much that the account would be seen to run dry."""
        full_minor = self.size * PAYMENT_A_STEP_MINOR
        most_minor = full_minor * (1000 - hidden_per_mille(self.stealth) * 6 // 10) // 1000
        there_minor = self.platform.money.book_minor(OWN) // 3
        amount_minor = min(there_minor, self.draw.between(most_minor * 8 // 10, most_minor)) // YUAN * YUAN
        if amount_minor < LEAST_MINOR:
            return
        at_us, who = self._moment_us(day), self.clerk.number
        made = Use(at_us, who, "custody-desk", "payout.make", 1, self.friend, who, self.terminal)
        passed = Use(
            at_us + 90_000_000, who, "custody-desk", "payout.approve", 1, self.friend, ABSENT, self.terminal
        )
        use(self, day, [made, passed])
        day.move(
            self.plot, Part.HARM, at_us + 150_000_000, MovementKind.OWN, amount_minor, OWN, SUMMARY,
            payee=self.friend, instructed_by=who,
        )  # fmt: skip


INCIDENT = IncidentKind(
    "permission-creep",
    Family.OPERATIONAL,
    Words("Permissions that only grow", "权限只增不减"),
    Words(
        "A clerk who changed desks keeps every permission, looks up clients at will, and at last makes and approves "
        "payments to a friend's company alone.",
        "员工多次转岗，旧权限从未收回，先是随意查询客户，最后一人既经办又复核，向朋友的公司付款。",
    ),
    PermissionCreep.usual_days,
    ("duties", "permission_use", "movements"),
    PermissionCreep.begin,
)
