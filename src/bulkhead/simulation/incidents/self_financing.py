"""Self-financing (自融): the owner's people borrow on the platform, and the money comes back as the owner's capital.

How a person sees it: ``loans`` has several loans near the legal limit of one person, filled one after the other; in
``movements`` all the borrowers withdraw the proceeds to one bank account, and from that very account, days later,
capital is paid into the platform's own account.

Size: borrowers. Stealth: smaller loans, accounts with a history, detours over a relative's account and other cards,
capital that comes weeks later in another amount. Speed: days over which they borrow.
"""

from __future__ import annotations

from functools import partial

from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._borrowing import Borrowing
from bulkhead.simulation.incidents._scheme import whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import OWN, SUMMARY
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

HOLDING = "company:river-mouth-holding"
DETOUR_FROM_STEALTH = 6
RATE_BP = 1_250


class SelfFinancing(Borrowing):
    """The owner, and relatives and drivers in whose names the loans run."""

    usual_days = 20

    def prepare(self) -> None:
        self.shells = self.accounts(1 + self.size, days_before=5 + 6 * self.stealth, borrows=True)
        self.relative = self.accounts(1, days_before=20 + 4 * self.stealth)[0]
        self.holding_card = self.stranger_card()
        self.other_cards = [self.stranger_card() for _ in range(self.hidden_or(1, 6))]
        self.plot.actors.append(HOLDING)
        self.asked = 0

    def act(self, day: Day) -> None:
        for _ in range(self.due_today(day, len(self.shells))):
            yuan = self.hidden_or(195_000, 60_000) * self.draw.between(88, 100) // 100_000 * 1_000
            self.borrow(
                day, self.shells[self.asked], yuan, months=12, rate_bp=RATE_BP, then=self._hand_over,
                paid_months=self.hidden_or(0, 4),
            )  # fmt: skip
            self.asked += 1

    def _hand_over(self, day: Day, shell: int) -> None:
        """The morning after the loan was paid out."""
        at_us = self.moment_us(day, 9, 7)
        goods = whole(self.has(day, shell) * 98 // 100)
        payer, card = shell, self.holding_card
        if self.stealth >= DETOUR_FROM_STEALTH:
            goods = self.transfer(day, Part.DEED, at_us, shell, self.relative, goods)
            payer, card = self.relative, self.draw.pick(self.other_cards)
            at_us += self.draw.between(30, 200) * MINUTE_US
        out = self.withdraw(day, Part.HARM, at_us, payer, goods, card=card)
        lag = 1 + self.draw.below(1 + 2 * self.stealth)
        self.later(
            day.number + lag, partial(self._pay_in_capital, amount=whole(out * self.hidden_or(1000, 700) // 1000))
        )

    def _pay_in_capital(self, day: Day, amount: int) -> None:
        """Clients' money returns as the owner's."""
        hidden = self.stealth >= DETOUR_FROM_STEALTH
        payer = self.platform.directory.number(HOLDING) if hidden else self.holding_card
        if amount > 0:
            at_us = self.moment_us(day, 9, 8)
            day.move(
                self.plot, Part.DEED, at_us, MovementKind.OWN, amount, SUMMARY, OWN, payer=payer, settled=True
            )


INCIDENT = IncidentKind(
    "self-financing",
    Family.MORAL_HAZARD,
    Words("The owner lends to himself", "平台自融"),
    Words(
        "People close to the owner borrow near the limit; one account collects it all and pays it in as capital.",
        "实际控制人以亲属、司机等名义在平台借款，放款后汇入同一账户，再以股东增资名义转回平台自有账户。",
    ),
    SelfFinancing.usual_days,
    ("loans", "movements"),
    SelfFinancing.begin,
)
