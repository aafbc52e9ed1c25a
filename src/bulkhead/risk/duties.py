"""Who held which permission on which days, read from the stream ``duties``; and which two nobody may hold together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.risk.facts import Facts, Mask

# Nobody may hold both of a pair: making and checking, recording and reconciling, building and paying out.
TOXIC_PAIRS = (
    ("payout.make", "payout.approve"),
    ("ledger.adjust", "ledger.reconcile"),
    ("loan.review", "partner.admit"),
    ("loan.approve", "partner.admit"),
    ("role.grant", "payout.approve"),
    ("system.deploy", "payout.make"),
    ("database.change", "ledger.reconcile"),
    ("treasury.trade", "treasury.approve"),
    ("client.change-card", "payout.approve"),
)
RELEASE_RIGHTS = frozenset({"payout.make", "payout.approve"})  # they let money out


@dataclass(frozen=True, slots=True)
class Holding:
    """One person, one permission: ``held`` is bool[days], at the end of each day."""

    staff: str
    permission: str
    held: Mask


@dataclass(frozen=True, slots=True)
class Desks:
    """Everybody's desk day by day and what each desk brings with it."""

    role_of: dict[str, NDArray[np.int64]]  # staff -> int64[days]: the code of the role, -1 before the first row
    roles: tuple[str, ...]
    brought: dict[str, dict[str, int]]  # role -> permission -> first day it was given on joining or moving to it


def holdings(facts: Facts) -> list[Holding]:
    """All pairs of person and permission that stood at some time."""
    table = facts.table("duties")
    staff, permission = table.labels("staff"), table.labels("permission")
    given = table.labels("change").among("granted").astype(np.int64)
    pair = staff.codes.astype(np.int64) * (len(permission.texts) + 1) + permission.codes
    order = np.lexsort((table.numbers("time"), pair))
    starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
    found = []
    for rows in np.split(order, starts[1:]) if len(order) else ():
        held = np.full(facts.days, -1)
        held[table.day[rows]] = given[rows]  # of several rows of a day the last one counts
        first = int(rows[0])
        found.append(Holding(staff.row(first), permission.row(first), _lasting(held) == 1))
    return found


def desks(facts: Facts) -> Desks:
    """Read from the same rows: the latest one of a person names the desk."""
    table = facts.table("duties")
    staff, role, permission = table.labels("staff"), table.labels("role"), table.labels("permission")
    by_time = np.argsort(table.numbers("time"), kind="stable")
    role_of: dict[str, NDArray[np.int64]] = {}
    for code, name in enumerate(staff.texts):
        rows = by_time[staff.codes[by_time] == code]
        days = np.full(facts.days, -1)
        days[table.day[rows]] = role.codes[rows]
        role_of[name] = _lasting(days)
    comes_with = table.labels("change").among("granted") & table.labels("reason").among("joined", "moved")
    brought: dict[str, dict[str, int]] = {name: {} for name in role.texts}
    for row in np.flatnonzero(comes_with).tolist():
        first = brought[role.row(row)]
        first[permission.row(row)] = min(int(table.day[row]), first.get(permission.row(row), facts.days))
    return Desks(role_of, role.texts, brought)


def _lasting(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each day's last known value, -1 before the first."""
    last = np.maximum.accumulate(np.where(days >= 0, np.arange(len(days)), -1))
    return np.where(last >= 0, days[np.maximum(last, 0)], -1)
