"""Somebody uses an analyst's account at night and carries clients' data away, then sells what is in it.

How a person sees it: ``permission_use`` has data.query and data.export by one analyst at hours and from a terminal
that this analyst never used, thousands of records each, nobody approving; afterwards ``complaints`` about log-ins and
``posts`` about data on sale; later still log-ins from new devices.

Size: 3 % of the clients a step. Stealth: many small exports in office hours instead of a few large ones at night.
Speed: a quarter of a year or one night. Truth: ``loss_minor`` is 4 yuan for each client whose data left: notice,
fine and consolation. It sets off account takeovers a week after it is over. revoke-permission stops the exports.
"""

from __future__ import annotations

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import Use, complain, post, use
from bulkhead.simulation.incidents._unrest import Unrest
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials

TAKEN_PER_MILLE = 30  # of the clients, for each step of size
COST_MINOR = 4 * YUAN  # a client
ENTRY_PER_MILLE = 250  # of the course goes by looking around
SOLD_AFTER_DAYS = 7
TAKEOVER_FROM_SIZE = 3
TEXTS = (
    "{us}的用户数据在境外论坛被挂出来卖了",
    "接到骗子电话，居然知道我在{us}的余额和借款",
    "{us}是不是泄露信息了？",
)


class Breach(Mishap):
    """From the first strange query to the day on which the data is on sale."""

    usual_days = 12
    after_days = 10

    def prepare(self) -> None:
        self.unrest = Unrest()
        self.analyst = self.someone("analyst")
        self.plot.actors.append(self.analyst.name)
        self.by_day = self.stealth > 5
        self.terminal = (
            f"office-{self.analyst.seat:03d}" if self.by_day else f"vpn-{self.draw.between(60, 99):03d}"
        )
        self.left = max(1, self.clients * self.size * TAKEN_PER_MILLE // 1000)
        self.taken = 0

    def act(self, day: Day) -> None:
        heat = 0
        if self.course.runs_on(day.number) and not self.force("revoke-permission", day.number):
            self._look_around(day)
            if self.course.gone_per_mille(day.number) > ENTRY_PER_MILLE:
                self._carry_away(day)
        if self.is_last(day):
            heat = self._come_out(day)
        self.unrest.stir(day.conditions, heat, said_openly=self.force("publish-correction", day.number) > 0)
        if self.taken and self.size >= TAKEOVER_FROM_SIZE and self._days_over(day) == 1:
            dials = Dials(max(1, self.size - 2), self.stealth, self.speed)
            self.set_off(day, "account-takeover", dials, in_days=SOLD_AFTER_DAYS)

    def _days_over(self, day: Day) -> int:
        return day.number - self.course.first_day - self.course.days + 1

    def _look_around(self, day: Day) -> None:
        count = shown(6, self.stealth) + 1
        use(self, day, [self._use(day, "data.query", self.draw.between(20, 200)) for _ in range(count)])

    def _carry_away(self, day: Day) -> None:
        """An even share of what is left today; the stealthier, the more and smaller the pieces."""
        days_left = max(1, self.course.first_day + self.course.days - day.number)
        today = -(-self.left // days_left)
        pieces = min(today, 1 + (self.stealth - 1) * 2)
        sizes = [today * (i + 1) // pieces - today * i // pieces for i in range(pieces)]
        use(self, day, [self._use(day, "data.export", size) for size in sizes])
        self.left -= today
        self.taken += today
        self.plot.loss_minor += today * COST_MINOR

    def _use(self, day: Day, permission: str, records: int) -> Use:
        at_us = self.moment_us(day, 9, 9) if self.by_day else self.moment_us(day, 1, 4)
        return Use(
            at_us, self.analyst.number, "data-warehouse", permission, records, ABSENT, ABSENT, self.terminal
        )

    def _come_out(self, day: Day) -> int:
        """The data is on sale; gives the heat of it."""
        per_mille = self.taken * 1000 // self.clients
        complain(self, day, "log-in", shown(1 + self.taken // 200, self.stealth))
        post(self, day, "log-in", TEXTS, shown(per_mille // 20 + 1, self.stealth))
        return per_mille * 4


INCIDENT = IncidentKind(
    "breach-and-exfiltration",
    Family.TECHNICAL,
    Words("Breach, and data carried away", "入侵与数据外泄"),
    Words(
        "With an analyst's account somebody exports clients' data night after night. It is sold, and used.",
        "有人冒用分析岗账号，连续多夜导出客户数据并转卖，随后出现盗用账户。",
    ),
    Breach.usual_days,
    ("permission_use", "complaints", "posts"),
    Breach.begin,
)
