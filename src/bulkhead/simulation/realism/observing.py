"""What an honest world shows: its clients' statements, the days' sums, hours, loans and market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import MovementKind, Phase
from bulkhead.simulation.calendar import HOUR_US
from bulkhead.simulation.platform.loans import Loans
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Setting
from bulkhead.simulation.realism.accounts import Statements, Way, ordered

_DEBITS = {
    MovementKind.WITHDRAWAL: Way.TAKEN_OUT,
    MovementKind.TRANSFER: Way.TO_OTHERS,
    MovementKind.PAYMENT: Way.TO_OTHERS,
    MovementKind.BID: Way.TO_OTHERS,
    MovementKind.DISBURSEMENT: Way.TO_OTHERS,
    MovementKind.REPAYMENT: Way.TO_OTHERS,
    MovementKind.FEE: Way.CHARGED,
}
_CREDITS = {
    MovementKind.DEPOSIT: Way.PAID_IN,
    MovementKind.REFUND: Way.PAID_IN,
    MovementKind.TRANSFER: Way.FROM_OTHERS,
    MovementKind.DISBURSEMENT: Way.FROM_OTHERS,
    MovementKind.REPAYMENT: Way.FROM_OTHERS,
    MovementKind.INTEREST: Way.INTEREST,
}
_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Observed:
    """One world without incidents, seen from outside. ``statements`` are by client and day."""

    setting: Setting
    movements: int
    statements: Statements
    lends: NDArray[np.bool_]  # by client
    deposits: NDArray[np.int64]  # [days] how many by lenders: in so small a world sums hang on single amounts
    withdrawals: NDArray[np.int64]
    hours: NDArray[np.int64]  # [24] withdrawals: bids are in part made by a tool
    loans: Loans
    market: dict[str, NDArray[np.int64]]


def observed(setting: Setting) -> Observed:
    """Make the world and keep what the comparison needs: about 30 bytes a movement."""
    platform = Platform(setting)
    platform.surroundings = {}  # they write records of other systems, which nothing here looks at
    first_day = platform.calendar.date_of(0).toordinal()
    parts: list[Statements] = []
    counts = np.zeros((2, setting.days), np.int64)
    hours, count = np.zeros(24, np.int64), 0
    for day in platform.days():
        rows = day.rows[~day.refused]
        count += len(rows)
        hour = (rows["event_us"] - day.midnight_us) // HOUR_US
        asked = (rows["settled"] == 0) & (rows["kind"] == MovementKind.WITHDRAWAL)
        hours += np.bincount(hour[asked], minlength=24)
        parts.append(_of_clients(rows, platform, first_day + day.number))
        saver = platform.people.lends[parts[-1].account]
        for place, way in enumerate((Way.PAID_IN, Way.TAKEN_OUT)):
            counts[place, day.number] = np.count_nonzero(saver & (parts[-1].way == way))
    together = Statements(*(np.concatenate([getattr(p, name) for p in parts]) for name in Statements.__slots__))
    return Observed(
        setting, count, ordered(together), platform.people.lends.copy(), counts[0], counts[1], hours,
        platform.loans, dict(platform.market),
    )  # fmt: skip


def _of_clients(rows: NDArray[np.void], platform: Platform, day: int) -> Statements:
    """The day's rows as the clients see them; a movement between two clients stands in both statements."""
    paid = rows[np.isin(rows["phase"], (Phase.SINGLE, Phase.POST))]
    columns = []
    for account, ways in (("debit_account", _DEBITS), ("credit_account", _CREDITS)):
        client = platform.money.clients_of(paid[account])
        way = _table(ways)[paid["kind"]]
        mine = (client >= 0) & (way != _NOWHERE)
        columns.append((client[mine], way[mine], paid["amount_minor"][mine]))
    client, way, amount = (np.concatenate(both) for both in zip(*columns, strict=True))
    return Statements(client, np.full(len(client), day), way, amount, np.zeros(len(client), np.int64))


def _table(ways: dict[MovementKind, Way]) -> NDArray[np.int64]:
    return np.array(
        [ways.get(MovementKind(kind), _NOWHERE) if kind else _NOWHERE for kind in range(max(MovementKind) + 1)]
    )
