"""Market rates rise; what the platform owes is priced anew within weeks, what it owns only after years.

How a person sees it: ``market`` shows shibor-3m and gov-5y climbing away from their path; in ``treasury`` the rate of
the funding rows follows at once and that of the asset rows hardly, so the margin between them closes day by day, and
the market value of the longest assets falls below their cost.

Size: 30 basis points a step. Stealth: the rise comes late in its course and looks like the market's usual noise
until then. Speed: months or days. Truth: ``loss_minor`` is the economic value lost: each day's further rise on
(amount times average days until it is repriced, over 365) of the assets less the same of the funding. The margin
lost day by day is that same loss as it comes in, so it is not added; but when it passes half a per mille of the
assets (the shift on what is repriced of the funding less what is repriced of the assets, a row that is repriced
in d days on average having repriced evenly after 2d), those who fund the platform grow wary and funding dries up.
Long assets moved to short terms (rebalance-assets, per mille of them, settled after two days and all moved after
ten more) no longer lose by what is still to come; what has risen by then is lost.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._balance_sheet import Position, positions_of
from bulkhead.simulation.incidents._course import hidden_per_mille, interest_minor
from bulkhead.simulation.incidents._mishap import Mishap
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials

STEP_BP = 30
WARY_PER_MILLION = 500  # of the assets


class RateShock(Mishap):
    """The rise, and the months for which rates stay where they are."""

    usual_days = 30
    after_days = 120

    def prepare(self) -> None:
        self.positions: tuple[Position, ...] = ()
        self.booked_bp = 0  # of the rise, so far in the loss
        self.margin_minor = 0  # lost so far
        self.wary = False

    def act(self, day: Day) -> None:
        shift = self.course.level(day.number, self.size * STEP_BP, late_per_mille=hidden_per_mille(self.stealth))
        day.conditions.rate_shift_bp += shift
        self.plot.touch(day.at(9, 30))
        day.afterwards.append(lambda done: self._reckon(done, shift))
        assets_minor = sum(each.amount_minor for each in self.positions if each.is_asset)
        if self.margin_minor * 1_000_000 > assets_minor * WARY_PER_MILLION and not self.wary:
            self.wary = True
            self.set_off(day, "funding-dry-up", Dials(max(1, self.size - 1), self.stealth, 5))

    def _reckon(self, day: Day, shift_bp: int) -> None:
        """Value and margin lost today. The average age of the shift is half its course while it rises."""
        self.positions = positions_of(day) or self.positions
        if not self.positions:
            return  # the treasury has not told yet: booked on its first day
        age = self.course.age(day.number)
        age -= min(age, self.course.days) // 2
        value_days = margin_minor = 0  # minor units times days; minor units
        for each in self.positions:
            sign = 1 if each.is_asset else -1
            value_days += sign * each.amount_minor * each.reprices_in_days
            margin_minor -= sign * (each.amount_minor * each.repriced_per_mille(age) // 1000)
        self.plot.loss_minor += interest_minor(max(0, value_days), shift_bp - self.booked_bp)
        self.margin_minor += interest_minor(max(0, margin_minor), shift_bp)
        self.booked_bp = shift_bp


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
