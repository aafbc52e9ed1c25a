"""What a sealed movement leaf may say: checked before its numbers reach compiled code, which trusts them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.engine.leaf_codec import Decoded
from bulkhead.kernel.leaves import LEAF_VERSION
from bulkhead.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from bulkhead.kernel.movements import (
    ABSENT,
    NAME_BYTES_MAX,
    AccountClass,
    MovementKind,
    Outcome,
    Phase,
    Refusal,
    Status,
)

assert LEAF_VERSION == 1, "a new version of the leaf needs its own bounds here"
_BOUNDS = {
    "kind": (min(MovementKind), max(MovementKind)),
    "phase": (min(Phase), max(Phase)),
    "settled": (0, 1),
    "debit_class": (min(AccountClass), max(AccountClass)),
    "credit_class": (min(AccountClass), max(AccountClass)),
    "amount_minor": (0, AMOUNT_MINOR_MAX),
}
_OUTCOME_BOUNDS = {
    "outcome": (min(Outcome), max(Outcome)),
    "status": (min(Status), max(Status)),
    "refusal": (min(Refusal), max(Refusal)),
}
ASCII_END = 128
_CURRENCY_NUMBERS = np.array(sorted(number for number, _ in CURRENCIES.values()))


def check_decoded(decoded: Decoded, effective_us: int, rules: int) -> None:
    """Raise ``ValueError`` naming the first movement (counted from 0) that no machine would have sealed.

    ``effective_us`` is the effective time before these movements, ``rules`` how many decided them.
    """
    rows, outcomes = decoded.batch.rows, decoded.outcomes
    for table, bounds in ((rows, _BOUNDS), (outcomes, _OUTCOME_BOUNDS)):
        for field, (low, high) in bounds.items():
            _refuse((table[field] < low) | (table[field] > high), f"has an impossible {field}")
    _refuse(~np.isin(rows["currency"], _CURRENCY_NUMBERS), "has an impossible currency")
    in_order = np.concatenate([[effective_us], outcomes["effective_us"]])
    _refuse(in_order[1:] < in_order[:-1], "goes back in effective time")
    _refuse(outcomes["effective_us"] < rows["event_us"], "took effect before it happened")
    settled = rows["settled"] == 1
    for side in ("debit", "credit"):
        nowhere = (rows[f"{side}_account"] == ABSENT) | (rows[f"{side}_class"] == AccountClass.NONE)
        _refuse(settled & nowhere, f"is settled without a {side} account")
    spare = 8 * decoded.hits.shape[1] - rules
    if spare:
        stray = (decoded.hits[:, -1] | decoded.unknowns[:, -1]) >> np.uint8(8 - spare)
        _refuse(stray != 0, "has a bit set that belongs to no rule")
    id_bytes = np.diff(decoded.batch.ids.offsets)
    _refuse((id_bytes == 0) | (id_bytes > NAME_BYTES_MAX), "has no possible id")
    if (decoded.batch.ids.data >= ASCII_END).any():
        for index in range(len(rows)):
            str(decoded.batch.ids[index])  # raises where it is no text
    if any(len(name.encode()) > NAME_BYTES_MAX for name in (*decoded.batch.names, *decoded.batch.holds)):
        raise ValueError(f"a name is longer than {NAME_BYTES_MAX} bytes")


def _refuse(wrong: NDArray[np.bool_], what: str) -> None:
    if wrong.any():
        raise ValueError(f"movement {int(np.flatnonzero(wrong)[0])} of a run {what}")
