"""The exchange rate moves against what the platform holds, or owes, in foreign currency.

How a person sees it: ``market`` shows usd-cny leaving its path within days; the rows of ``treasury`` in that currency
lose market value against their cost, and nobody has hedged them.

Size: 80 basis points of the rate a step. Stealth: the move comes late in its course. Speed: months or a day.
Truth: ``loss_minor`` is each day's further move on the open position (foreign assets less foreign funding), hedged
parts apart. hedge-fx is told per mille of the position and works from the next day on; a hedge bought after the
move saves nothing of it.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._balance_sheet import positions_of
from bulkhead.simulation.incidents._course import hidden_per_mille
from bulkhead.simulation.incidents._mishap import Mishap
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind

STEP_BP = 80
HOME = "CNY"


class FxShock(Mishap):
    """The move, and a month for which the rate stays there."""

    usual_days = 12
    after_days = 30

    def prepare(self) -> None:
        self.booked_bp = 0  # of the move, so far in the loss

    def act(self, day: Day) -> None:
        peak = self.size * STEP_BP
        moved = self.course.level(day.number, peak, late_per_mille=hidden_per_mille(self.stealth))
        day.conditions.fx_shift_bp -= moved  # the platform holds more dollars than it owes
        self.plot.touch(day.at(9, 30))
        day.afterwards.append(lambda done: self._reckon(done, moved))

    def _reckon(self, day: Day, moved_bp: int) -> None:
        foreign = [each for each in positions_of(day) if each.currency != HOME]
        if not foreign:
            return  # the treasury is closed: the move of today is booked on the next working day
        open_minor = sum(each.amount_minor if each.is_asset else -each.amount_minor for each in foreign)
        bare = 1000 - self.dose_per_mille("hedge-fx", day.number - 1)
        self.plot.loss_minor += max(0, open_minor) * (moved_bp - self.booked_bp) * bare // 10_000_000
        self.booked_bp = moved_bp


INCIDENT = IncidentKind(
    "fx-shock",
    Family.MARKET,
    Words("Exchange rate moves against the position", "汇率剧烈波动"),
    Words(
        "The dollar falls within days. What the platform holds in dollars is worth less, and it was not hedged.",
        "美元在数日内快速贬值，平台持有的美元资产未做对冲，账面价值随之缩水。",
    ),
    FxShock.usual_days,
    ("market", "treasury"),
    FxShock.begin,
)
