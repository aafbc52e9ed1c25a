"""What the institution itself writes down: accounts, clients' orders, its own ledger, loans and repayments.

The ledger is honest and human: an entry in a thousand comes late, and now and then one is wrong and put right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MovementKind, Phase
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US, SECOND_US
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import BOOK
from bulkhead.simulation.platform.hours import spread_us
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.platform.numbering import MOVEMENT_PREFIX
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Numbered, Stream

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

ACCOUNTS = Stream(
    "accounts",
    Words("Accounts opened, new phones and bank cards", "开户、换机与换卡"),
    {
        "time": Kind.TIME, "client": Kind.NAME, "change": Kind.TEXT, "device": Kind.NAME, "card": Kind.NAME,
        "lends": Kind.FLAG, "borrows": Kind.FLAG,
    },
)  # fmt: skip
INSTRUCTIONS = Stream(
    "instructions",
    Words("Orders of clients", "客户指令"),
    {
        "time": Kind.TIME, "instruction": Kind.TEXT, "movement": Kind.TEXT, "client": Kind.NAME, "kind": Kind.TEXT,
        "amount_minor": Kind.MINOR, "channel": Kind.TEXT, "device": Kind.NAME, "signed_by": Kind.NAME,
    },
)  # fmt: skip
PLATFORM_RECORDS = Stream(
    "platform_records",
    Words("The institution's own ledger", "平台内部台账"),
    {
        "time": Kind.TIME, "entry": Kind.TEXT, "movement": Kind.TEXT, "happened": Kind.TIME, "kind": Kind.TEXT,
        "amount_minor": Kind.MINOR, "debit": Kind.NAME, "credit": Kind.NAME, "status": Kind.TEXT,
    },
)  # fmt: skip
LOANS = Stream(
    "loans",
    Words("What becomes of each loan", "贷款状态"),
    {
        "time": Kind.TIME, "loan": Kind.TEXT, "state": Kind.TEXT, "borrower": Kind.NAME, "amount_minor": Kind.MINOR,
        "months": Kind.NUMBER, "rate_bp": Kind.NUMBER, "lenders": Kind.NUMBER, "partner": Kind.NAME,
        "guarantor": Kind.NAME,
    },
)  # fmt: skip

KINDS = tuple(kind.name.lower() for kind in MovementKind)  # movement kinds count from 1
CHANNELS = ("app", "web", "auto-bid", "standing-order")
_APP, _WEB, _TOOL, _STANDING = range(4)
STATUSES = ("booked", "held", "refused", "voided", "reversed", "corrected")
_BOOKED, _HELD, _REFUSED, _VOIDED, _REVERSED, _CORRECTED = range(6)
STATES = tuple(state.name.lower() for state in LoanState)
LATE_PER_MILLION, WRONG_PER_MILLION = 1_000, 60
_ORDERED_AT, _LATE, _LATE_BY, _WRONG, _RIGHTED, _STATE_AT, _OPENED_AT = range(7)


class Ledgers:
    """Writes these streams when the day's movements have their numbers."""

    streams = (ACCOUNTS, INSTRUCTIONS, PLATFORM_RECORDS, LOANS)

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._chance = platform.chance("ledgers")
        self._device = platform.people.device[:0].copy()
        self._card = platform.people.card[:0].copy()
        self._state = platform.loans.state[:0].copy()
        self._next_instruction = self._next_entry = 1

    def write(self, day: Day) -> None:
        self._write_accounts(day)
        self._write_instructions(day)
        self._write_records(day)
        self._write_loans(day)

    def _write_accounts(self, day: Day) -> None:
        """Opened ones, then what has changed since yesterday."""
        people, known = self.platform.people, len(self._device)
        opened = np.flatnonzero(people.joined_day == day.number)
        phones = np.flatnonzero((people.device[:known] != self._device) & (people.joined_day[:known] < day.number))
        cards = np.flatnonzero((people.card[:known] != self._card) & (people.joined_day[:known] < day.number))
        who = np.concatenate([opened, phones, cards])
        change = np.repeat(np.arange(3, dtype=np.int32), [len(opened), len(phones), len(cards)])
        at_us = np.where(
            change == 0, 0, spread_us(self._chance, 8 * HOUR_US, 9 * HOUR_US, who, day.number, _OPENED_AT)
        )
        day.write(
            Block(
                ACCOUNTS,
                {
                    "time": day.midnight_us + at_us,
                    "client": people.number[who],
                    "change": Coded(change, ("opened", "phone", "card")),
                    "device": people.device[who],
                    "card": people.card[who],
                    "lends": people.lends[who],
                    "borrows": people.borrows[who],
                },
            )
        )
        self._device, self._card = people.device.copy(), people.card.copy()

    def _write_instructions(self, day: Day) -> None:
        """An order for each requested movement that the client whose money it takes is said to have wanted."""
        rows = day.rows
        own = (rows["settled"] == 0) & (rows["debit_account"] >= len(BOOK)) & (rows["phase"] != Phase.POST)
        place = np.flatnonzero(own & (rows["instructed_by"] == rows["debit_account"]))
        rows = rows[place]
        first, self._next_instruction = self._next_instruction, self._next_instruction + len(rows)
        before_us = self._chance.between(SECOND_US // 5, 3 * SECOND_US, day.first_number + place, _ORDERED_AT)
        day.write(
            Block(
                INSTRUCTIONS,
                {
                    "time": np.maximum(rows["event_us"] - before_us, day.midnight_us),
                    "instruction": Numbered(b"IN", np.arange(first, self._next_instruction)),
                    "movement": Numbered(MOVEMENT_PREFIX, day.first_number + place),
                    "client": rows["debit_account"],
                    "kind": Coded(rows["kind"].astype(np.int32) - 1, KINDS),
                    "amount_minor": rows["amount_minor"],
                    "channel": Coded(self._channels(rows), CHANNELS),
                    "device": rows["device"],
                    "signed_by": rows["instructed_by"],
                },
            )
        )

    def _channels(self, rows: NDArray[np.void]) -> NDArray[np.int32]:
        names = self.platform.directory.names
        used, codes = np.unique(rows["device"], return_inverse=True)
        web = np.array([names[number].startswith("device:web") for number in used.tolist()], np.bool_)
        by_hand = np.where(web[codes], _WEB, _APP) if len(used) else np.zeros(0, np.int64)
        standing = np.isin(rows["kind"], (MovementKind.REPAYMENT, MovementKind.FEE))
        channel = np.where(rows["device"] >= 0, by_hand, np.where(standing, _STANDING, _TOOL))
        return channel.astype(np.int32)

    def _write_records(self, day: Day) -> None:
        rows, chance = day.rows, self._chance
        number = day.first_number + np.arange(len(rows))
        status = np.select(
            [day.refused, rows["phase"] == Phase.PLACE, rows["phase"] == Phase.VOID],
            [_REFUSED, _HELD, _VOIDED],
            _BOOKED,
        )
        wait_us = np.where(
            chance.happens(LATE_PER_MILLION, number, _LATE), chance.below(5 * HOUR_US // 6, number, _LATE_BY), 0
        )
        known = self._credits(day) != ABSENT
        wrong = np.flatnonzero(chance.happens(WRONG_PER_MILLION, number, _WRONG) & (status == _BOOKED) & known)
        amount = rows["amount_minor"].copy()
        amount[wrong] = amount[wrong] * 10
        entered = np.flatnonzero(known)
        at_us = wait_us[entered] + SECOND_US // 10
        self._write_entries(day, entered, amount[entered], status[entered], at_us)
        # A wrong entry is first taken back and then written again.
        later_us = spread_us(chance, 5 * MINUTE_US, 60 * MINUTE_US, number[wrong], _RIGHTED)
        self._write_entries(day, wrong, amount[wrong], np.full(len(wrong), _REVERSED), later_us)
        self._write_entries(day, wrong, rows["amount_minor"][wrong], np.full(len(wrong), _CORRECTED), later_us + 1)

    def _credits(self, day: Day) -> NDArray[np.int32]:
        """int32[n]: who is credited by our own account; ABSENT for what we know nothing of."""
        credit = day.rows["credit_account"].copy()
        credit[day.places[list(day.ledger_credits)]] = list(day.ledger_credits.values())
        return credit

    def _write_entries(
        self, day: Day, place: NDArray[np.int64], amount: NDArray[np.int64], status: NDArray[np.int64],
        wait_us: NDArray[np.int64],
    ) -> None:  # fmt: skip
        rows = day.rows[place]
        first, self._next_entry = self._next_entry, self._next_entry + len(rows)
        day.write(
            Block(
                PLATFORM_RECORDS,
                {
                    "time": np.minimum(rows["event_us"] + wait_us, day.at(24) - 1),
                    "entry": Numbered(b"PR", np.arange(first, self._next_entry)),
                    "movement": Numbered(MOVEMENT_PREFIX, day.first_number + place),
                    "happened": rows["event_us"],
                    "kind": Coded(rows["kind"].astype(np.int32) - 1, KINDS),
                    "amount_minor": amount,
                    "debit": rows["debit_account"],
                    "credit": self._credits(day)[place],
                    "status": Coded(status.astype(np.int32), STATUSES),
                },
            )
        )

    def _write_loans(self, day: Day) -> None:
        """New loans and those whose state is another than yesterday's, as the register stands in the evening."""
        loans = self.platform.loans
        changed = np.ones(len(loans), np.bool_)
        changed[: len(self._state)] = loans.state[: len(self._state)] != self._state
        loan = np.flatnonzero(changed)
        self._state = loans.state.copy()
        day.write(
            Block(
                LOANS,
                {
                    "time": day.midnight_us + spread_us(self._chance, 22 * HOUR_US, 23 * HOUR_US, loan, _STATE_AT),
                    "loan": Numbered(b"LN", loan),
                    "state": Coded(loans.state[loan].astype(np.int32), STATES),
                    "borrower": self.platform.people.number[loans.borrower[loan]],
                    "amount_minor": loans.amount_minor[loan],
                    "months": loans.months[loan].astype(np.int64),
                    "rate_bp": loans.rate_bp[loan].astype(np.int64),
                    "lenders": loans.share_count[loan].astype(np.int64),
                    "partner": loans.partner[loan],
                    "guarantor": loans.guarantor[loan],
                },
            )
        )
