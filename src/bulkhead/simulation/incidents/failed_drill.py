"""A restore test fails and nobody minds; weeks later a disk dies, and it takes hours instead of minutes.

How a person sees it: ``backups_and_drills`` has a restore test far over four hours and not passed, back-ups of the
same system that come back partly night after night, and no second test. Then ``requests`` is silent for hours.

Size: how long the restoration takes (80 minutes a step) and how much is lost. Stealth: the test counts as partly
passed and the back-ups as passed. Speed: how soon the disk dies. Truth: ``loss_minor`` is the income of the minutes
lost, 25 yuan for each complaint, and two fen a client for each minute of data that must be entered again. Drills
held before the day (run-drill: drills a week) shorten both.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.incidents._unrest import Unrest
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.surroundings.upkeep import BACKUPS_AND_DRILLS, UNMEASURED

MINUTES_A_STEP, DATA_MINUTES_A_STEP = 80, 40
ENTER_AGAIN_MINOR = 2  # a client and minute of data
COMPLAINT_COST_MINOR = 25 * YUAN
DRILL_SHORTENS_PER_MILLE = 600
SYSTEMS = ("database", "payments", "lending", "message-bus")
TEXTS = ("{us}停了一整天，说是数据库故障在恢复", "昨天在{us}的操作记录没了，客服让重新提交")


class FailedDrill(Mishap):
    """From the test that failed to the day of the disk."""

    usual_days = 45
    after_days = 8

    def prepare(self) -> None:
        self.unrest = Unrest()
        self.system = self.draw.pick(SYSTEMS)
        self.leader = self.someone("operations-lead")
        self.plot.actors.append(self.leader.name)
        self.drills_tenths = 0  # held since the test failed, in tenths

    def act(self, day: Day) -> None:
        heat = 0
        if self.course.runs_on(day.number):
            self.drills_tenths += self.force("run-drill", day.number) * 10 // 7
            self._keep_backups(day)
        if day.number == self.course.first_day:
            self._test(day)
        if self.is_last(day):
            heat = self._disk_dies(day)
        self.unrest.stir(day.conditions, heat, said_openly=self.force("publish-correction", day.number) > 0)

    def _test(self, day: Day) -> None:
        minutes = 240 + self.size * MINUTES_A_STEP // 2
        result = "failed" if self.stealth <= 5 else "partly"
        self._note(
            day, self.moment_us(day, 14, 3), "restore-test", result, minutes, self.size * DATA_MINUTES_A_STEP
        )

    def _keep_backups(self, day: Day) -> None:
        if self.draw.below(10) < shown(10, self.stealth) and not self.drills_tenths:
            self._note(day, self.moment_us(day, 2, 2), "backup", "partly", UNMEASURED, UNMEASURED)

    def _note(self, day: Day, at_us: int, kind: str, result: str, recovery: int, data_loss: int) -> None:
        row = (at_us, kind, self.system, result, recovery, data_loss, self.leader.number)
        day.note(BACKUPS_AND_DRILLS, self.plot, [row])

    def _disk_dies(self, day: Day) -> int:
        """Down for as long as nobody is practised; gives the heat of it."""
        practised = 1000 + self.drills_tenths * DRILL_SHORTENS_PER_MILLE // 10
        minutes = self.size * MINUTES_A_STEP * 1000 // practised
        data_minutes = self.size * DATA_MINUTES_A_STEP * 1000 // practised
        day.conditions.down_minutes = min(1200, day.conditions.down_minutes + minutes)
        self.plot.down_minutes += minutes
        angry = complain(self, day, "outage", 1 + self.clients * minutes // 50_000)
        post(self, day, "outage", TEXTS, 1 + minutes // 60)
        self.plot.loss_minor += self.income_minor(minutes) + angry * COMPLAINT_COST_MINOR
        self.plot.loss_minor += self.clients * data_minutes * ENTER_AGAIN_MINOR
        self.plot.touch(day.at(20))
        return minutes * 3


INCIDENT = IncidentKind(
    "failed-drill",
    Family.OPERATIONAL,
    Words("Failed drill that nobody followed up", "演练失败未整改"),
    Words(
        "A restore test fails and is filed away. When the disk dies, the service is gone for hours and work is lost.",
        "备份恢复测试未通过却无人整改；磁盘损坏时，系统长时间无法恢复，部分业务数据丢失。",
    ),
    FailedDrill.usual_days,
    ("backups_and_drills", "requests", "complaints"),
    FailedDrill.begin,
)
