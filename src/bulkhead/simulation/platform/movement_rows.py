"""Movements of everyday life as rows, made a column at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MovementKind, Phase
from bulkhead.simulation.platform.day import blank_movements

Numbers = int | NDArray[np.int32] | NDArray[np.int64]


def movement_rows(
    kind: MovementKind, at_us: NDArray[np.int64], amount_minor: NDArray[np.int64], debit: Numbers, credit: Numbers,
    *, payer: Numbers | None = None, payee: Numbers | None = None, device: Numbers = ABSENT,
    instructed_by: Numbers | None = None, settled: bool = False,
) -> NDArray[np.void]:  # fmt: skip
    """MOVEMENT[n] of one kind. Parties are the two accounts, and the payer instructs what is requested, unless told."""
    rows = blank_movements(len(at_us))
    assert (amount_minor > 0).all(), kind
    rows["event_us"], rows["amount_minor"] = at_us, amount_minor
    rows["kind"], rows["settled"] = kind, settled
    rows["debit_account"], rows["credit_account"] = debit, credit
    rows["payer"] = debit if payer is None else payer
    rows["payee"] = credit if payee is None else payee
    rows["device"] = device
    if instructed_by is not None:
        rows["instructed_by"] = instructed_by
    elif not settled:
        rows["instructed_by"] = rows["payer"]
    return rows


def with_hold(
    rows: NDArray[np.void], phase: Phase, hold: NDArray[np.int64], expires_us: NDArray[np.int64] | None = None
) -> NDArray[np.void]:
    """The same rows, changed in place to place or use the holds of these numbers."""
    rows["phase"], rows["hold"] = phase, hold
    if expires_us is not None:
        rows["expires_us"] = expires_us
    return rows
