"""Those who fund the platform's own book do not renew; lenders hold back; what is left of funding costs more.

How a person sees it: the funding rows of ``treasury`` cost more each day while market rates stand still, bids in
``movements`` thin out until loans wait for money, withdrawals rise; in the worst case ``posts`` wonder aloud.

Size: 12 basis points on funding and 5 % fewer bids a step. Stealth: the cost rises late and nobody writes about it.
Speed: a quarter of a year or a week. Truth: ``loss_minor`` is, day by day, the extra cost on the funding that has
come due (rows repriced in d days on average have all come due after 2d) and a quarter of the income on the bids that
are missing. A liquidity buffer (raise-buffer, per mille of what comes due) takes the place of dear money.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._balance_sheet import Position, positions_of
from bulkhead.simulation.incidents._course import hidden_per_mille, interest_minor, shown
from bulkhead.simulation.incidents._mishap import INCOME_DAY_MINOR, Mishap
from bulkhead.simulation.incidents._traces import post
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind

COST_BP = 12
FEWER_BIDS_PER_MILLE = 50
MORE_WITHDRAWALS_PER_MILLE = 30
TEXTS = ("{us}的标满得越来越慢，是不是没人投了", "{us}借款审批过了却一直放不了款", "听说给{us}放钱的机构在收缩")


class FundingDryUp(Mishap):
    """From the first funder who does not renew until new ones are found."""

    usual_days = 30
    after_days = 15

    def prepare(self) -> None:
        self.positions: tuple[Position, ...] = ()

    def act(self, day: Day) -> None:
        dry = self._dryness(day.number)
        bare = 1000 - self.dose_per_mille("raise-buffer", day.number, full_days=3)
        dry = dry * bare // 1000
        here = day.conditions
        extra_bp = self.size * COST_BP * dry // 1000
        missing = self.size * FEWER_BIDS_PER_MILLE * dry // 1000
        here.funding_cost_bp += extra_bp
        here.bids_per_mille = here.bids_per_mille * (1000 - missing) // 1000
        here.withdrawals_per_mille += self.size * MORE_WITHDRAWALS_PER_MILLE * dry // 1000
        self.plot.loss_minor += self.clients * INCOME_DAY_MINOR * missing // 4000
        self.plot.touch(day.at(10))
        day.afterwards.append(lambda done: self._reckon(done, extra_bp))
        if self.course.falls_on(day.number, 3):
            post(self, day, "question", TEXTS, shown(self.size * dry // 1000, self.stealth))

    def _dryness(self, day: int) -> int:
        """Per mille: rising over the course, falling again afterwards."""
        if self.course.runs_on(day):
            return self.course.level(day, 1000, late_per_mille=hidden_per_mille(self.stealth))
        over = self.course.age(day) - self.course.days
        return 1000 * (self.after_days - over) // (self.after_days + 1)

    def _reckon(self, day: Day, extra_bp: int) -> None:
        self.positions = positions_of(day) or self.positions
        age = self.course.age(day.number) + 1
        due_minor = sum(
            each.amount_minor * each.repriced_per_mille(age) // 1000
            for each in self.positions
            if not each.is_asset
        )
        self.plot.loss_minor += interest_minor(due_minor, extra_bp)


INCIDENT = IncidentKind(
    "funding-dry-up",
    Family.LIQUIDITY,
    Words("Funding dries up", "融资来源枯竭"),
    Words(
        "Funders do not renew, lenders hold back, loans wait for money, and what funding is left costs more.",
        "机构资金不再续作，出借人持币观望，借款迟迟无法放款，剩余融资越来越贵。",
    ),
    FundingDryUp.usual_days,
    ("treasury", "movements", "posts"),
    FundingDryUp.begin,
)
