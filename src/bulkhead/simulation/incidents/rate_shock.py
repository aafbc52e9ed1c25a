"""Market rates rise; what the platform owes is priced anew within weeks, what it owns only after years.

How a person sees it: ``market`` shows shibor-3m and gov-5y climbing away from their path; in ``treasury`` the rate of
the funding rows follows at once and that of the asset rows hardly, so the margin between them closes day by day.

Size: 30 basis points a step. Stealth: the rise comes late in its course and looks like the market's usual noise
until then. Speed: months or days. Truth: ``loss_minor`` is, day by day, the shift on what has been repriced of the
funding less the shift on what has been repriced of the assets, a year having 365 days. A row that is repriced in
d days on average has repriced evenly after 2d. Long assets moved to short terms (rebalance-assets, per mille of
them, settled after two days and all moved after ten more) earn the shift at once: the rows themselves show it. When
the margin lost passes half a per mille of the assets, those who fund the platform grow wary: funding dries up.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.balance_sheet import Position, positions_of
from bulkhead.simulation.course import hidden_per_mille, interest_minor
from bulkhead.simulation.mishap import Mishap
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Family, IncidentKind
from bulkhead.simulation.platform.plot import Dials

STEP_BP = 30
WARY_PER_MILLION = 500  # of the assets


class RateShock(Mishap):
    """The rise, and the months for which rates stay where they are."""

    usual_days = 30
    after_days = 120

    def prepare(self) -> None:
        self.positions: tuple[Position, ...] = ()
        self.wary = False

    def act(self, day: Day) -> None:
        shift = self.course.level(day.number, self.size * STEP_BP, late_per_mille=hidden_per_mille(self.stealth))
        day.conditions.rate_shift_bp += shift
        self.plot.touch(day.at(9, 30))
        day.afterwards.append(lambda done: self._reckon(done, shift))
        assets_minor = sum(each.amount_minor for each in self.positions if each.is_asset)
        if self.plot.loss_minor * 1_000_000 > assets_minor * WARY_PER_MILLION and not self.wary:
            self.wary = True
            self.set_off(day, "funding-dry-up", Dials(max(1, self.size - 1), self.stealth, 5))

    def _reckon(self, day: Day, shift_bp: int) -> None:
        """Margin lost today. The average age of the shift is half its course while it rises."""
        self.positions = positions_of(day) or self.positions
        age = self.course.age(day.number)
        age -= min(age, self.course.days) // 2
        exposed_minor = 0
        for each in self.positions:
            repriced_minor = each.amount_minor * each.repriced_per_mille(age) // 1000
            exposed_minor += -repriced_minor if each.is_asset else repriced_minor
        self.plot.loss_minor += interest_minor(max(0, exposed_minor), shift_bp)


INCIDENT = IncidentKind(
    "rate-shock",
    Family.MARKET,
    Words("Rates rise", "市场利率急升"),
    Words(
        "Rates rise. Short funding follows at once, long assets do not, and the margin between them is eaten up.",
        "市场利率快速上行，短期融资成本立即跟涨，长期资产收益却基本不变，利差被逐日吞噬。",
    ),
    RateShock.usual_days,
    ("market", "treasury"),
    RateShock.begin,
)
