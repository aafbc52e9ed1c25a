"""A member of client service looks for forgotten money, changes the card on file and has the money taken out.

How a person sees it: ``permission_use`` has one member of staff reading many clients who never called, often late in
the evening, then changing contact and card without a second pair of eyes; within days ``logins`` has a reset password
on a new phone for the same clients and ``movements`` a withdrawal to the new card; complaints come weeks later.

Size: victims. Stealth: office hours, fewer looks, a colleague's approval, a phone for each victim, half the money.
Speed: days the whole takes, and days between the change and the withdrawal. ``revoke-permission`` stops it.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._scheme import ELSEWHERE, Scheme, pieces_of, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

APPROVED_FROM_STEALTH = 6
LOOKS_A_VICTIM = 12
WEEK_DAYS = 7


class InsiderMisuse(Scheme):
    """One employee and a friend outside who holds the phone and the cards."""

    usual_days = 10

    def prepare(self) -> None:
        self.clerk = self.employ("client-service")
        self.lead = self.someone("service-lead")
        self.phone = self.stranger_device()
        self.chosen: set[int] = set()

    def act(self, day: Day) -> None:
        if self.force("revoke-permission", day.number):
            return
        self._look_around(day, self.due_today(day, self.size * self.hidden_or(LOOKS_A_VICTIM, 2)))
        for _ in range(self.due_today(day, self.size)):
            fit = [c for c in self.sleepers(self.size + 1, day.number, least_yuan=2_000) if c not in self.chosen]
            if fit:
                self._change(day, self.cast(fit[:1])[0])

    def _look_around(self, day: Day, count: int) -> None:
        for client in self.sleepers(count, day.number, least_yuan=1):
            self.uses(day, self.desk_us(day), self.clerk, "client-desk", "client.read", on=self.number(client))

    def _change(self, day: Day, victim: int) -> None:
        """Contact first, so that the codes come to the friend; then the card."""
        self.chosen.add(victim)
        at_us, on = self.desk_us(day), self.number(victim)
        approved_by = self.lead.number if self.stealth >= APPROVED_FROM_STEALTH else ABSENT
        for minutes, permission in enumerate(("client.read", "client.change-contact", "client.change-card")):
            then_us = at_us + 3 * minutes * MINUTE_US
            by = ABSENT if permission == "client.read" else approved_by
            self.uses(day, then_us, self.clerk, "client-desk", permission, on=on, approved_by=by)
        self.later(day.number + self.draw.between(1, 1 + self.hurried(6, 0)), partial(self._take, victim=victim))

    def _take(self, day: Day, victim: int) -> None:
        device = self.stranger_device() if self.stealth >= APPROVED_FROM_STEALTH else self.phone
        card, at_us = self.platform.people.new_card(victim), self.night_or_day_us(day)
        network = self.draw.pick(ELSEWHERE) if self.is_open() else "CN-44/mobile"
        self.log_in(day, at_us, victim, device=device, known=False, method="reset", network=network)
        goods = whole(self.has(day, victim) * self.hidden_or(950, 450) // 1000)
        for amount in pieces_of(self, goods, self.hidden_or(1, 3), uneven_per_mille=200):
            at_us += self.draw.between(4, self.hidden_or(8, 120)) * MINUTE_US
            self.withdraw(day, Part.HARM, at_us, victim, amount, card=card, device=device)
        late = WEEK_DAYS + self.draw.below(4 * self.stealth)
        self.later(day.number + late, lambda then: self.complains(then, victim, "withdrawal"))


INCIDENT = IncidentKind(
    "insider-misuse",
    Family.OPERATIONAL,
    Words("Staff misuse clients' accounts", "内部员工盗取客户资金"),
    Words(
        "A clerk looks for accounts nobody watches, puts in another phone number and card, and a friend takes the "
        "money out.",
        "客服人员违规查询长期不动的账户，擅自变更手机号和银行卡，再由外部同伙重置密码提走资金。",
    ),
    InsiderMisuse.usual_days,
    ("permission_use", "logins", "movements", "complaints"),
    InsiderMisuse.begin,
)
