"""Month after month the platform publishes figures that its own books contradict.

How a person sees it: the figures in ``disclosures`` for what is overdue (and, with size, for complaints and for the
number of overdue loans) lie below what ``loans``, ``repayments`` and ``complaints`` add up to, by the same share
every month; at last ``posts`` do that sum in public.

Size: how far the figures are bent (6 % a step) and how many of them. Stealth: bent less. Speed: how many months
until somebody does the sum. Truth: ``loss_minor`` is a fine of 1 yuan a client and step for each figure published
wrong, and, unless it was corrected before, 3 yuan a client and step when it comes out. publish-correction puts the
figures right from the next publication on.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import Course, hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.incidents._unrest import Unrest
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.streams import Block, numbers_of, texts_of
from bulkhead.simulation.surroundings.disclosing import DISCLOSURES

MONTH_DAYS = 32
BENT_PER_MILLE = 60  # for each step of size
FIGURE_FINE_MINOR, COMES_OUT_MINOR = YUAN, 3 * YUAN  # a client and step of size
BENT_FIGURES = ("overdue-amount", "overdue-loans", "complaints-in-month")
TEXTS = (
    "把{us}的逾期数据按还款记录重新加了一遍，和它披露的对不上",
    "{us}披露的逾期金额明显偏低，有人算过吗？",
    "{us}信息披露造假？数据自己打架",
)


class WrongDisclosure(Mishap):
    """From the first bent figure until the public has done the sum."""

    usual_days = 100
    after_days = 8

    def prepare(self) -> None:
        self.unrest = Unrest()
        self.publisher = self.someone("compliance")
        self.plot.actors.append(self.publisher.name)
        self.figures = BENT_FIGURES[: 1 + self.size // 4]
        self.published = 0
        # Figures come out once a month: nobody can have published wrong ones in less.
        self.course = Course(self.course.first_day, max(MONTH_DAYS, self.course.days))

    def act(self, day: Day) -> None:
        corrected = self.force("publish-correction", day.number) > 0
        heat = 0
        if self.course.runs_on(day.number) and not corrected:
            self.plot.touch(day.at(9))
            day.afterwards.append(self._bend)
        if self.is_last(day) and self.published and not corrected:
            heat = self._come_out(day)
        self.unrest.stir(day.conditions, heat, said_openly=corrected)

    def _bend(self, day: Day) -> None:
        """Change the day's figures before anybody else sees them."""
        kept = 1000 - self.size * BENT_PER_MILLE * (1000 - hidden_per_mille(self.stealth) * 7 // 10) // 1000
        for place, block in enumerate(day.blocks.get(DISCLOSURES.code, ())):
            figures = texts_of(block.values["figure"])
            rows = [row for row, figure in enumerate(figures) if figure in self.figures]
            if not rows:
                continue
            values = dict(block.values)
            bent = numbers_of(values["value"])
            bent[rows] = bent[rows] * kept // 1000
            values["value"] = bent
            day.blocks[DISCLOSURES.code][place] = Block(DISCLOSURES, values)
            self.plot.note_records(DISCLOSURES.code, len(rows), int(numbers_of(values["time"])[rows].min()))
            self.plot.loss_minor += len(rows) * self.clients * self.size * FIGURE_FINE_MINOR
            self.published += len(rows)

    def _come_out(self, day: Day) -> int:
        """Somebody does the sum; gives the heat of it."""
        self.plot.loss_minor += self.clients * self.size * COMES_OUT_MINOR
        post(self, day, "question", TEXTS, shown(2 + self.size * 2, self.stealth), echoes=60)
        complain(self, day, "service", shown(1 + self.clients * self.size // 10_000, self.stealth))
        return self.size * 150


INCIDENT = IncidentKind(
    "wrong-disclosure",
    Family.LEGAL,
    Words("Wrong disclosure", "信息披露不实"),
    Words(
        "Each month the published overdue figures are smaller than the books say, until somebody does the sum.",
        "平台每月披露的逾期数据都低于账面实际，直到有人公开核算后被揭穿并受罚。",
    ),
    WrongDisclosure.usual_days,
    ("disclosures", "repayments", "posts"),
    WrongDisclosure.begin,
)
