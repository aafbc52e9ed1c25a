"""Structuring (拆分): a large sum goes in and out in pieces that stay under the reporting line of 50,000.

How a person sees it: in ``movements`` a client brings several deposits a day just under 50,000 yuan from different
cards, and the day after takes the money out in the same manner to cards the client never used. The sum of the day is
far beyond the line and beyond what the client's earlier deposits suggest.

Size: money and clients. Stealth: uneven pieces well below the line, more clients with a piece or two a day, own card
for the way out. Speed: over how many days the sum is spread.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import ABSENT
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, pieces_of, round_to, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

MONEY_A_STEP_MINOR = 150_000 * YUAN
LINE_MINOR = 50_000 * YUAN  # from here on a movement is reported
OWN_CARD_FROM_STEALTH = 7


class Structuring(Scheme):
    """Clients lend their names to somebody with much cash."""

    usual_days = 5

    def prepare(self) -> None:
        self.fronts: list[int] = []

    def act(self, day: Day) -> None:
        if not self.fronts:
            self.fronts = self.cast(self.regulars(1 + self.size * (self.stealth - 1) // 15, day.number))
            self.cards = [self.stranger_card() for _ in range(self.hidden_or(5, 1))]
        total = whole(self.due_today(day, self.size * MONEY_A_STEP_MINOR))
        shares = pieces_of(self, total, len(self.fronts), uneven_per_mille=100)
        for front, share in zip(self.fronts, shares, strict=False):
            pieces = self._pieces(share)
            for piece in pieces:
                card = ABSENT if self.stealth >= OWN_CARD_FROM_STEALTH else self.stranger_card()
                self.deposit(day, Part.DEED, self.moment_us(day, 9, 8), front, piece, card=card)
            self.later(day.number + 1, partial(self._take_out, front=front, share=sum(pieces)))

    def _pieces(self, share: int) -> list[int]:
        """About as many as it takes, each by itself under the line."""
        piece, swing = self.hidden_or(49_800, 30_000) * YUAN, self.hidden_or(2, 300)
        drawn = (self.draw.between(1000 - swing, 1000 + swing) for _ in range(max(1, round_to(share, piece))))
        return [min(whole(piece * per_mille // 1000, 10 * YUAN), LINE_MINOR - YUAN) for per_mille in drawn]

    def _take_out(self, day: Day, front: int, share: int) -> None:
        """The next morning, before the client thinks of anything else to do with it."""
        for piece in self._pieces(share):
            card = ABSENT if self.stealth >= OWN_CARD_FROM_STEALTH else self.draw.pick(self.cards)
            self.withdraw(day, Part.HARM, self.moment_us(day, 9, 10), front, piece, card=card)


INCIDENT = IncidentKind(
    "structuring",
    Family.LEGAL,
    Words("Structuring below the reporting line", "化整为零规避大额报告"),
    Words(
        "Day after day clients pay in and take out sums just under fifty thousand; the whole is ten times as much.",
        "多名客户连续数日以略低于五万元的金额分笔转入、次日分笔转出，累计金额远超大额交易报告标准。",
    ),
    Structuring.usual_days,
    ("movements",),
    Structuring.begin,
)
