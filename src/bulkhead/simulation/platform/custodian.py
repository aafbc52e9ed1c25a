"""The custodian's statement of the summary account: every line with the balance after it.

Its noise is honest: a line that comes a day late, a reference left out, the bank's own monthly charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, Phase
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import HOUR_US, SECOND_US
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.ledgers import KINDS
from bulkhead.simulation.platform.numbering import MOVEMENT_PREFIX
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Numbered, Stream

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

BANK_STATEMENT = Stream(
    "bank_statement",
    Words("The custodian's statement of the summary account", "存管银行汇总账户对账单"),
    {
        "time": Kind.TIME, "line": Kind.TEXT, "value_time": Kind.TIME, "reference": Kind.TEXT, "text": Kind.TEXT,
        "counterparty": Kind.NAME, "amount_minor": Kind.MINOR, "balance_minor": Kind.MINOR,
    },
)  # fmt: skip
LATE_PER_MILLION, UNNAMED_PER_MILLION = 400, 700
CHARGE_MINOR_PER_CLIENT = 5  # a month
TEXTS = (*KINDS, "bank charge")
_CHARGE = len(KINDS)
_LATE, _UNNAMED, _AFTER, _MORNING = range(4)


LINE = np.dtype(
    [
        ("time", np.int64),
        ("value_time", np.int64),
        ("movement", np.int64),  # -1: no reference
        ("text", np.int32),
        ("counterparty", np.int32),
        ("amount_minor", np.int64),  # signed from the account's side
    ]
)


class Custodian:
    """Keeps the summary account as the bank sees it."""

    streams = (BANK_STATEMENT,)

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("custodian")
        self._bank = platform.directory.number("bank:custodian")
        self._balance_minor = 0
        self._next_line = 1
        self._late = np.zeros(0, LINE)

    def write(self, day: Day) -> None:
        lines = self._lines(day)
        late = self._chance.happens(LATE_PER_MILLION, lines["movement"], _LATE)
        today = np.concatenate([lines[~late], self._late, self._charge(day)])
        self._late = lines[late]
        morning_us = self._chance.below(HOUR_US, self._late["movement"], _MORNING)
        self._late["time"] = day.at(24) + 7 * HOUR_US + morning_us
        self._print(day, today[np.argsort(today["time"], kind="stable")])

    def _lines(self, day: Day) -> NDArray[np.void]:
        rows = day.rows
        into, out = rows["debit_account"] == SUMMARY, rows["credit_account"] == SUMMARY
        known = np.ones(len(rows), np.bool_)
        known[day.places[day.unbanked]] = False
        place = np.flatnonzero((into | out) & known & ~day.refused & (rows["phase"] != Phase.PLACE))
        rows, into = rows[place], into[place]
        lines = np.zeros(len(rows), LINE)
        lines["movement"] = day.first_number + place
        after_us = self._chance.below(20 * SECOND_US, lines["movement"], _AFTER)
        lines["time"] = np.minimum(rows["event_us"] + after_us, day.at(24) - 1)
        lines["value_time"] = rows["event_us"]
        lines["text"] = rows["kind"].astype(np.int32) - 1
        lines["counterparty"] = np.where(into, rows["payer"], rows["payee"])
        lines["amount_minor"] = np.where(into, rows["amount_minor"], -rows["amount_minor"])
        return lines

    def _charge(self, day: Day) -> NDArray[np.void]:
        """On the first of a month the bank takes its charge, which nobody has booked yet."""
        if self.platform.calendar.date_of(day.number).day != 1 or day.number == 0:
            return np.zeros(0, LINE)
        amount = CHARGE_MINOR_PER_CLIENT * self.platform.setting.clients
        return np.array([(day.at(2), day.at(2), ABSENT, _CHARGE, self._bank, -amount)], LINE)

    def _print(self, day: Day, lines: NDArray[np.void]) -> None:
        balance = self._balance_minor + np.cumsum(lines["amount_minor"])
        if len(balance):
            self._balance_minor = int(balance[-1])
        first, self._next_line = self._next_line, self._next_line + len(balance)
        unnamed = self._chance.happens(UNNAMED_PER_MILLION, lines["movement"], _UNNAMED)
        day.write(
            Block(
                BANK_STATEMENT,
                {
                    "time": lines["time"],
                    "line": Numbered(b"CU", np.arange(first, self._next_line)),
                    "value_time": lines["value_time"],
                    "reference": Numbered(MOVEMENT_PREFIX, np.where(unnamed, ABSENT, lines["movement"])),
                    "text": Coded(lines["text"], TEXTS),
                    "counterparty": lines["counterparty"],
                    "amount_minor": lines["amount_minor"],
                    "balance_minor": balance,
                },
            )
        )
