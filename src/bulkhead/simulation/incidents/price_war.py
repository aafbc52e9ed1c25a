"""A rival with deep pockets pays lenders more and asks borrowers for less; clients drift away.

How a person sees it: ``posts`` praise the rival's rate and name it beside us, deposits and bids in ``movements`` fall
week by week while nothing is wrong with systems or service, complaints about fees rise, partners refer less.

Size: how far the rival undercuts (25 basis points a step) and how many leave. Stealth: the rival does not advertise,
so that little is written about it. Speed: how fast clients leave. Truth: ``loss_minor`` is the income on the
business that went elsewhere, day by day, plus the margin given up to hold the rest: a quarter of the rival's
advantage on 2,000 yuan a client. Offers to clients who are about to leave keep them.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import hidden_per_mille, interest_minor, shown
from bulkhead.simulation.incidents._mishap import INCOME_DAY_MINOR, YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.surroundings.voices import OTHER_NAMES

UNDERCUT_BP = 25
LEAVING_PER_MILLE = 60  # of the business, for each step of size, when all who will leave have left
BUSINESS_MINOR = 2000 * YUAN  # a client, on which the margin is given up
POSTS_EVERY_DAYS = 3


class PriceWar(Mishap):
    """A rival's campaign, from its first advertisement until it is paid off."""

    usual_days = 75

    def prepare(self) -> None:
        self.rival = self.draw.pick(OTHER_NAMES)
        self.plot.actors.append(f"company:{self.rival}")

    def act(self, day: Day) -> None:
        kept = self.dose_per_mille("retain-clients", day.number, full_days=7)
        pull = self.course.level(day.number, self.size * LEAVING_PER_MILLE) * (1000 - kept * 7 // 10) // 1000
        here = day.conditions
        here.deposits_per_mille = here.deposits_per_mille * (1000 - pull) // 1000
        here.bids_per_mille = here.bids_per_mille * (1000 - pull) // 1000
        here.withdrawals_per_mille = here.withdrawals_per_mille * (1000 + pull) // 1000
        given_up_minor = interest_minor(self.clients * BUSINESS_MINOR, self.size * UNDERCUT_BP // 4)
        lost_minor = self.clients * INCOME_DAY_MINOR * pull // 1000
        self.plot.loss_minor += lost_minor + given_up_minor * pull // (self.size * LEAVING_PER_MILLE)
        self.plot.touch(day.at(9))
        if self.course.falls_on(day.number, POSTS_EVERY_DAYS):
            self._talk(day)

    def _talk(self, day: Day) -> None:
        points = self.size * UNDERCUT_BP
        texts = (
            f"{self.rival}出借年化比{{us}}高{points / 100:.2f}个百分点，新客还送券",
            f"从{{us}}搬到{self.rival}了，借款利率低不少",
            f"{{us}}什么时候跟进{self.rival}的活动？不然我也走了",
        )
        post(self, day, "advertising", texts, shown(1 + self.size * 2, self.stealth))
        if hidden_per_mille(self.stealth) < 800:
            complain(self, day, "fee", 1 + self.clients * self.size // 20_000)


INCIDENT = IncidentKind(
    "price-war",
    Family.BUSINESS,
    Words("Price war", "同业价格战"),
    Words(
        "A rival pays lenders more and lends for less. Week by week deposits and bids move over to it.",
        "竞争对手以更高收益和更低借款利率抢客，平台的充值和投标逐周流失。",
    ),
    PriceWar.usual_days,
    ("posts", "complaints", "movements"),
    PriceWar.begin,
)
