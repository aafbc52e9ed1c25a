"""An allocation error: for some days a faulty batch credits instalments to the wrong lenders or pays them twice.

How a person sees it: ``platform_records`` says who ought to have got an instalment's part, and ``movements`` has it
going to somebody without a share in that loan, or a second time to the same lender, of which the records know nothing;
lenders who got less complain of a wrong amount, and the ledger desk is busy with corrections afterwards.

Size: share of the day's collections that goes wrong. Stealth: to another lender of the same batch instead of anybody,
doubles hours apart, later and fewer complaints. Speed: how many days it stays. Truth: harm is each wrong payment.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._course import shown
from bulkhead.simulation.incidents._scheme import Scheme, inside
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

WRONG_PER_MILLE = 70  # of the day's instalments, for each step of size
DOUBLED_PER_MILLE = 350  # of those, where the borrower has the money; the others go to the wrong lender
TRIES_MAX = 50
ROWS_MAX = 2_000  # of one day, however large the world


class AllocationError(Scheme):
    """A batch that lost its order. Nobody gains on purpose."""

    usual_days = 6

    def prepare(self) -> None:
        self.desk = self.employ("ledger-desk")
        self.hurt: set[int] = set()

    def act(self, day: Day) -> None:
        day.afterwards.append(self._garble)

    def _garble(self, day: Day) -> None:
        """Once everyday life has collected: some rows change their lender, some are written twice."""
        for place, rows in enumerate(day.movements):
            client = self.platform.money.clients_of(rows["debit_account"])
            paid = (rows["kind"] == MovementKind.REPAYMENT) & (client >= 0)
            # The first attempt on an account without the money fails in any case.
            paid[paid] = rows["amount_minor"][paid] <= self.platform.free_minor[client[paid]]
            due = np.flatnonzero(paid).tolist()
            batch = sorted(set(rows["credit_account"][due].tolist()))
            wrong = self.draw.pick_many(due, min(ROWS_MAX, -(-len(due) * self.size * WRONG_PER_MILLE // 1000)))
            replaced = [row for row in wrong if self._go_wrong(day, rows[row], batch)]
            day.movements[place] = np.delete(rows, replaced)

    def _go_wrong(self, day: Day, row: np.void, batch: list[int]) -> bool:
        """Write the wrong row; True when it takes the place of the right one. ``batch``: lenders of the day."""
        payer, right, amount = (int(row[column]) for column in ("debit_account", "credit_account", "amount_minor"))
        borrower, at_us = self.platform.client_of(payer), int(row["event_us"])
        doubled = self.draw.chance(DOUBLED_PER_MILLE) and day.left_minor[borrower] >= amount
        if doubled:
            day.left_minor[borrower] -= amount
            at_us = inside(day, at_us + self.draw.between(1, self.hidden_or(15, 400)) * MINUTE_US)
            payee = right
        else:
            payee = self._wrong_lender(batch, payer, right)
        self._hurt(right)
        known = ABSENT if doubled else right
        kind = MovementKind.REPAYMENT
        day.move(self.plot, Part.HARM, at_us, kind, amount, payer, payee, ledger_credit=known)
        self._follow_up(day, borrower if doubled else self.platform.client_of(right))
        return not doubled

    def _hurt(self, number: int) -> None:
        """Everybody stands once among the actors."""
        if number not in self.hurt:
            self.hurt.add(number)
            self.plot.actors.append(self.platform.directory.names[number])

    def _wrong_lender(self, batch: list[int], payer: int, right: int) -> int:
        """Another lender of the batch when it is well hidden, otherwise anybody."""
        people, own = self.platform.people, {payer, right}
        if not self.is_open() and set(batch) - own:
            return next(other for other in self.draw.pick_many(batch, 3) if other not in own)
        for _ in range(TRIES_MAX):
            client = self.draw.below(len(people))
            if people.joined_day[client] == 0 and self.number(client) not in own:
                break
        return self.number(client)

    def _follow_up(self, day: Day, short: int) -> None:
        """Who is short complains sooner or later, some never; then the ledger desk corrects it by hand."""
        wait = 1 + self.draw.below(1 + 2 * self.stealth)
        if self.draw.below(1000) < shown(600, self.stealth):
            self.later(day.number + wait, partial(self.complains, client=short, topic="wrong-amount"))
        self.later(day.number + wait + 2, partial(self._correct, client=short))

    def _correct(self, day: Day, client: int) -> None:
        self.uses(day, self.desk_us(day), self.desk, "custody-desk", "ledger.adjust", on=self.number(client))


INCIDENT = IncidentKind(
    "allocation-error",
    Family.OPERATIONAL,
    Words("Collections allocated wrongly", "还款分账错误"),
    Words(
        "After a faulty batch some instalments go to lenders who have no share in the loan, others are paid twice.",
        "批处理出错，连续数日将借款人还款错分给无关的出借人，或向同一出借人重复支付，客户陆续投诉金额不符。",
    ),
    AllocationError.usual_days,
    ("movements", "platform_records", "complaints", "permission_use"),
    AllocationError.begin,
)
