"""Mules (跑分): dirty money comes in from strangers, is scattered over accounts opened for it, and leaves as cash.

How a person sees it: in ``movements`` a few clients get deposits from cards that never paid them, pass all of it on
within hours to a dozen accounts opened in the weeks before (several worked from one phone), and each of those
withdraws nearly all of what it got within the hour; ``accounts`` shows them opened together.

Size: money, gatherers and mules. Stealth: each mule on a phone of its own, opened long before, deposits small and
uneven instead of just under 50,000, money rests for hours. Speed: days it goes on, minutes the money stays.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, pieces_of, round_to, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

MONEY_A_STEP_MINOR = 200_000 * YUAN
KEPT_PER_MILLE = 30  # by a mule, for the trouble


class MuleNetwork(Scheme):
    """Gatherers are regular clients who let their accounts; the mules exist for this alone."""

    usual_days = 6

    def prepare(self) -> None:
        phones = 0 if self.stealth > 7 else self.hidden_or(1, 6)
        self.mules = self.accounts(4 + 2 * self.size, days_before=6 + 5 * self.stealth, devices=phones)
        self.gatherers: list[int] = []

    def act(self, day: Day) -> None:
        if not self.gatherers:
            self.gatherers = self.cast(self.regulars(1 + self.size // 3, day.number))
        dirty = whole(self.due_today(day, self.size * MONEY_A_STEP_MINOR))
        shares = pieces_of(self, dirty, max(1, len(self.gatherers)), uneven_per_mille=150)
        for gatherer, share in zip(self.gatherers, shares, strict=False):
            done_us = self._gather(day, gatherer, share)
            self._scatter(day, done_us, gatherer, share)

    def _gather(self, day: Day, gatherer: int, share: int) -> int:
        """Strangers pay in, one soon after the other; gives when the last did."""
        piece = self.hidden_or(49_500, 9_000) * YUAN
        at_us = self.moment_us(day, 8, 3)
        count = max(1, round_to(share, piece))
        for amount in pieces_of(self, share, count, uneven_per_mille=self.hidden_or(5, 400)):
            self.deposit(day, Part.DEED, at_us, gatherer, amount, card=self.stranger_card())
            at_us += self.draw.between(1, 240 // count + 2) * MINUTE_US
        return at_us

    def _scatter(self, day: Day, from_us: int, gatherer: int, share: int) -> None:
        used = self.draw.pick_many(self.mules, self.hidden_or(len(self.mules), 3))
        wait = self.hidden_or(5, 60) * self.hurried(20, 2) // 10 + 1
        at_us = from_us
        for mule, amount in zip(used, pieces_of(self, share, len(used), uneven_per_mille=120), strict=False):
            at_us += self.draw.between(wait, 2 * wait) * MINUTE_US // 4
            moved = self.transfer(day, Part.DEED, at_us, gatherer, mule, amount)
            out_us = at_us + self.draw.between(wait, 2 * wait) * MINUTE_US
            self.withdraw(day, Part.HARM, out_us, mule, whole(moved * (1000 - KEPT_PER_MILLE) // 1000, 10 * YUAN))


INCIDENT = IncidentKind(
    "mule-network",
    Family.LEGAL,
    Words("Network of mule accounts", "跑分账户网络"),
    Words(
        "Strangers pay into a few clients' accounts; within hours the money is scattered over accounts opened for "
        "it and cashed out.",
        "陌生银行卡向少数客户账户集中转入，数小时内分散转给一批专门开立的账户，随即提现，客户账户沦为洗钱通道。",
    ),
    MuleNetwork.usual_days,
    ("movements", "accounts"),
    MuleNetwork.begin,
)
