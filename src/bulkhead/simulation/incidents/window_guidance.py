"""The regulator asks, overnight and by word of mouth, for less lending: the balance is to shrink within weeks.

How a person sees it: ``laws`` has a notice that is in force from the day it is published, an unusual thing; the
balance in ``loans`` and ``disclosures`` must fall from then on, and bids fall as lenders hear of it. When it does not
fall, ``complaints`` come by way of the regulator.

Size: how much the balance must shrink (6 % a step). Stealth: the notice is vague, comes with a later date, and
nobody writes about it. Speed: weeks or months to comply. Truth: ``loss_minor`` is the income on the business that
must go, day by day, plus a penalty at the end of 5 yuan a client and step on the share not shrunk by then. To
shrink the book in order brings most of it down in time.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import DAY_US
from bulkhead.simulation.incidents._course import hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import INCOME_DAY_MINOR, YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.surroundings.law import LAWS

SHRINK_PER_MILLE = 60  # of the balance, for each step of size
PENALTY_MINOR = 5 * YUAN  # a client and step of size, when nothing has shrunk
BY_ITSELF_PER_MILLE = 300  # of what must go goes without anybody's doing
TEXTS = ("监管要求{us}压降规模，借款都批不下来了", "{us}额度突然收紧，是不是政策变了？")


class WindowGuidance(Mishap):
    """From the first telephone call to the day on which compliance is looked at."""

    usual_days = 60

    def prepare(self) -> None:
        self.shrunk_per_mille_days = 0

    def act(self, day: Day) -> None:
        if day.number == self.course.first_day:
            self._publish(day)
        asked = self.course.level(day.number, self.size * SHRINK_PER_MILLE)
        ordered = self.dose_per_mille("shrink-book", day.number, full_days=14)
        self.shrunk_per_mille_days += BY_ITSELF_PER_MILLE + ordered * (1000 - BY_ITSELF_PER_MILLE) // 1000
        here = day.conditions
        here.bids_per_mille = here.bids_per_mille * (1000 - asked) // 1000
        here.deposits_per_mille = here.deposits_per_mille * (2000 - asked) // 2000
        self.plot.loss_minor += self.clients * INCOME_DAY_MINOR * asked // 4000
        self.plot.touch(day.at(9))
        if self.course.falls_on(day.number, 5):
            post(self, day, "question", TEXTS, shown(self.size, self.stealth))
        if self.is_last(day):
            self._inspect(day)

    def _publish(self, day: Day) -> None:
        grace_days = hidden_per_mille(self.stealth) * min(30, self.course.days) // 1000
        title_zh = "关于合理控制网络借贷业务规模的提示" if self.stealth > 5 else "关于压降网络借贷存量规模的通知"
        title_en = (
            "Hint on a fitting size of lending" if self.stealth > 5 else "Notice on a smaller balance of loans"
        )
        at_us = self.moment_us(day, 17, 2)
        law = f"INV-{self.platform.calendar.date_of(day.number).year}-9{self.plot.number:02d}"
        effective_us = day.midnight_us + grace_days * DAY_US
        day.note(LAWS, self.plot, [(at_us, law, "loan-balance", title_zh, title_en, "lending", effective_us)])

    def _inspect(self, day: Day) -> None:
        """What has not shrunk, on the average of the whole time, is fined."""
        missing = 1000 - self.shrunk_per_mille_days // self.course.days
        self.plot.loss_minor += self.clients * self.size * PENALTY_MINOR * missing // 1000
        complain(self, day, "service", shown(1 + self.clients * missing * self.size // 10_000_000, self.stealth))


INCIDENT = IncidentKind(
    "window-guidance",
    Family.POLICY,
    Words("Sudden window guidance", "监管窗口指导突变"),
    Words(
        "Overnight the regulator asks for a smaller balance of loans. Lenders hear of it, income goes, and whoever "
        "does not follow is fined.",
        "监管突然以窗口指导要求压降借贷规模，出借人闻讯观望，收入下滑；未按期压降还将受到处罚。",
    ),
    WindowGuidance.usual_days,
    ("laws", "posts", "loans", "movements"),
    WindowGuidance.begin,
)
