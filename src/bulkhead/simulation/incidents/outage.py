"""A change made in the middle of the day brings the payments service down; clients notice before the staff do.

How a person sees it: ``deployments`` has a change in busy hours that nobody approved (or, better hidden, an
approved one), ``requests`` falls to nothing or answers slowly from that minute on, ``complaints`` about an outage
come within hours, ``posts`` a day later, and on the third day more money is withdrawn than usual.

Size: minutes lost (70 each step). Stealth: more slowness and less silence, a change that looks approved, fewer
complaints. Speed: one black day rather than weeks of failing again and again.
Truth: ``loss_minor`` is the income of the minutes lost and 30 yuan for each complaint. Drills shorten every
failure, a roll-back ends it. A large one sets off a rumour that the money is gone.
"""

from __future__ import annotations

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.incidents._unrest import Unrest
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials
from bulkhead.simulation.surroundings.upkeep import DEPLOYMENTS

MINUTES_A_STEP = 70
DAY_MINUTES_MAX = 600
COMPENSATION_MINOR = 30 * YUAN
RUMOUR_HEAT = 1500  # hotter than this and somebody says that the money is gone
TEXTS = (
    "{us}又打不开了，提现页面一直转圈",
    "{us}的系统崩了一下午，客服电话也打不通",
    "有人能登录{us}吗？我这边一直提示系统繁忙",
)


class Outage(Mishap):
    """One failed change and what follows from it."""

    usual_days = 3
    after_days = 10  # people talk about it for so long

    def prepare(self) -> None:
        self.unrest = Unrest()
        self.left_minutes = self.size * MINUTES_A_STEP
        self.rumoured = False
        self.engineer = self.someone("engineer")
        self.lead = self.someone("operations-lead")
        self.plot.actors.append(self.engineer.name)

    def act(self, day: Day) -> None:
        minutes = self._lost_today(day) if self.course.runs_on(day.number) else 0
        if day.number == self.course.first_day:
            self._deploy(day, "hotfix", "failed" if self.stealth <= 3 else "done")
        if minutes:
            self._fail(day, minutes)
        self.unrest.stir(day.conditions, minutes * 4, said_openly=self.force("publish-correction", day.number) > 0)
        if self.unrest.yesterday > RUMOUR_HEAT and not self.rumoured:
            self.rumoured = True
            self.set_off(day, "false-rumour", Dials(max(1, self.size - 4), 3, 7))
        if self.is_last(day):
            self._deploy(day, "rollback", "done")

    def _lost_today(self, day: Day) -> int:
        """Three fifths of what is left, all of it on the last day; practice shortens every failure."""
        if self.force("roll-back", day.number):
            self.left_minutes = 0
        planned = self.left_minutes if self.is_last(day) else self.left_minutes * 600 // 1000
        self.left_minutes -= planned
        return min(DAY_MINUTES_MAX, planned * 1000 // (1000 + 500 * self.force("run-drill", day.number)))

    def _fail(self, day: Day, minutes: int) -> None:
        slow = minutes * hidden_per_mille(self.stealth) * 7 // 10_000
        dark = minutes - slow
        day.conditions.down_minutes = min(DAY_MINUTES_MAX, day.conditions.down_minutes + dark)
        day.conditions.capacity_per_mille = day.conditions.capacity_per_mille * (1000 - slow) // 1000
        self.plot.down_minutes += dark
        angry = complain(self, day, "outage", shown(1 + self.clients * minutes // 60_000, self.stealth))
        post(self, day, "outage", TEXTS, shown(minutes // 25, self.stealth))
        self.plot.loss_minor += self.income_minor(minutes) + angry * COMPENSATION_MINOR
        self.plot.touch(day.at(10, 20))

    def _deploy(self, day: Day, kind: str, result: str) -> None:
        approved = self.lead.number if kind == "rollback" or self.stealth > 5 else ABSENT
        version = f"9.{day.number}.{self.draw.below(90) + 10}"
        at_us = day.at(10 if kind == "hotfix" else 21, self.draw.below(40))
        row = (at_us, "payments", version, kind, result, self.engineer.number, approved)
        day.note(DEPLOYMENTS, self.plot, [row])


INCIDENT = IncidentKind(
    "outage",
    Family.TECHNICAL,
    Words("Outage after a change", "变更引发系统中断"),
    Words(
        "A change at mid-morning takes the payments service down. Clients complain, then post, then withdraw.",
        "上午业务高峰期的一次变更导致支付服务中断，客户先是投诉，随后在网上发帖，再后来纷纷提现。",
    ),
    Outage.usual_days,
    ("deployments", "requests", "complaints", "posts"),
    Outage.begin,
)
