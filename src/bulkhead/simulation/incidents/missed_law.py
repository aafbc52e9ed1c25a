"""A change of law is published, nobody reads it, and from the day it is in force each new loan breaks it.

How a person sees it: ``laws`` has a cap on all fees together; ``obligations_done`` has no row for it, neither
reviewed nor implemented, while the other changes have theirs; from the effective day on ``movements`` has one-off
fees that borrowers pay straight after, well above the usual ones, as the contracts still have it; ``complaints`` about
fees by way of the regulator follow.

Size: how many borrowers a day are charged, and how much. Stealth: a title that does not say what it is about, fees
just above the cap. Speed: how soon it is in force and looked into. Truth: every fee above the cap is harm to a
borrower; ``loss_minor`` is the fine, as much again as all of it twice over (within the one to five times that the
banking law knows), and two fen a client and step for each day out of compliance, as it falls due. review-law is
told in reviewers: fifteen days of one reviewer's work read the change, five more days put it into practice; from
then on nothing above the cap is charged. A review done before the effective day leaves no loss at all.
"""

from __future__ import annotations

from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import DAY_US
from bulkhead.simulation.incidents._course import hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import FEE
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part
from bulkhead.simulation.surroundings.law import LAWS, OBLIGATIONS_DONE

NOTICE_PER_MILLE = 300  # of the course lies between publication and the effective day
REVIEW_WORK_DAYS = 15  # of one reviewer
PRACTICE_DAYS = 5  # to change contracts and systems once the change has been read
CHARGED_A_DAY_MAX = 400
FEE_A_STEP_MINOR = 24 * YUAN
SMALLEST_MINOR, OTHER_FEES_MINOR = 20 * YUAN, 10 * YUAN  # charged at least; left to the borrower
DAILY_MINOR = 2  # a client and step of size
FINE_TIMES = 2
OBLIGATION = "borrower-cost-cap"


class MissedLaw(Mishap):
    """From publication to the day on which the regulator looks into it."""

    usual_days = 120

    def prepare(self) -> None:
        self.effective_day = self.course.first_day + max(1, self.course.days * NOTICE_PER_MILLE // 1000)
        self.work_days = 0
        self.read_day: int | None = None
        self.lawyer = self.someone("compliance")
        self.plot.actors.append(self.lawyer.name)

    def act(self, day: Day) -> None:
        if day.number == self.course.first_day:
            self._publish(day)
        self._review(day)
        if day.number >= self.effective_day and not self._in_practice(day.number):
            self._break_the_law(day)

    def _law(self) -> str:
        year = self.platform.calendar.date_of(self.course.first_day).year
        return f"INV-{year}-8{self.plot.number:02d}"

    def _effective_us(self) -> int:
        return self.platform.calendar.midnight_us(self.effective_day)

    def _publish(self, day: Day) -> None:
        vague = self.stealth > 5
        title_zh = "关于进一步规范若干业务事项的通知" if vague else "关于网络借贷综合费用上限的规定"
        title_en = (
            "Notice on the conduct of certain business" if vague else "Rules on a cap on what a loan may cost"
        )
        at_us = self.moment_us(day, 15, 4)
        row = (at_us, self._law(), OBLIGATION, title_zh, title_en, "lending", self._effective_us())
        day.note(LAWS, self.plot, [row])

    def _review(self, day: Day) -> None:
        """Work adds up; on the day it is enough the change has been read, and practice follows."""
        self.work_days += self.force("review-law", day.number)
        if self.read_day is None and self.work_days >= REVIEW_WORK_DAYS:
            self.read_day = day.number
            self._confirm(day, "reviewed")
        if self.read_day is not None and day.number == self.read_day + PRACTICE_DAYS:
            self._confirm(day, "implemented")

    def _in_practice(self, day: int) -> bool:
        return self.read_day is not None and day >= self.read_day + PRACTICE_DAYS

    def _confirm(self, day: Day, step: str) -> None:
        at_us = self.moment_us(day, 9, 8)
        paper = f"{step}-{self._law()}.pdf"
        due_us = self._effective_us() - DAY_US
        row = (at_us, OBLIGATION, self._law(), step, "", due_us, self.lawyer.number, paper)
        day.note(OBLIGATIONS_DONE, self.plot, [row])

    def _break_the_law(self, day: Day) -> None:
        """Borrowers of the day are charged as ever, which is now too much."""
        people = self.platform.people
        fee_max = self.size * FEE_A_STEP_MINOR * (1000 - hidden_per_mille(self.stealth) * 7 // 10) // 1000
        many = min(CHARGED_A_DAY_MAX, 1 + self.clients * self.size // 2_400)
        charged_minor = 0
        for client in self.some_clients(many, day.number, SMALLEST_MINOR + OTHER_FEES_MINOR, borrowers=True):
            there_minor = int(self.platform.free_minor[client]) - OTHER_FEES_MINOR
            fee_minor = max(SMALLEST_MINOR, min(self.draw.between(fee_max // 2, fee_max), there_minor))
            number = int(people.number[client])
            day.spoken_for[client] = day.spoken_for.get(client, 0) + fee_minor
            day.move(self.plot, Part.HARM, self.moment_us(day, 10, 9), MovementKind.FEE, fee_minor, number, FEE)
            charged_minor += fee_minor
        self.plot.loss_minor += charged_minor * FINE_TIMES + self.clients * self.size * DAILY_MINOR
        self.plot.touch(day.at(10))
        if (day.number - self.effective_day) % 6 == 3:
            complain(self, day, "fee", shown(1 + many // 2, self.stealth))


INCIDENT = IncidentKind(
    "missed-law",
    Family.LEGAL,
    Words("Change of law missed", "法规变动未跟进"),
    Words(
        "A cap on the cost of loans is published and nobody reads it. From the day it is in force, fees above it "
        "are charged, until the regulator fines the platform.",
        "借款综合费用上限新规发布后无人研读，生效后平台仍按旧标准收费，持续违规直至被监管处罚。",
    ),
    MissedLaw.usual_days,
    ("laws", "obligations_done", "movements", "complaints"),
    MissedLaw.begin,
)
