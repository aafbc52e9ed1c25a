"""The loop over the rows of a batch: each enters its histories, then its features are read off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled_inline, compiled_lean
from bulkhead.analysis.features import KEYS
from bulkhead.analysis.window_history import clear_grave, counterparty, enter, party, sweep
from bulkhead.analysis.window_layout import (
    BLOCKS,
    BUCKETS,
    CLOCK_US,
    ENTITIES,
    KEY_COUNT,
    NUMBERS,
    OVERFLOWS,
    ROOM_SPARE,
    Records,
    State,
)
from bulkhead.analysis.window_output import (
    Plan,
    sums_are_exact,
    write_instants,
    write_shares,
    write_unknown,
    write_windows,
)
from bulkhead.analysis.window_prefetch import LEAD_ROWS, prefetch_ahead

DONE, OUT_OF_ORDER, BAD_AMOUNT, FULL = range(4)
AMOUNT_MINOR_MAX = 10**13

_PAYER, _PAYEE = KEYS.index("payer"), KEYS.index("payee")


@compiled_lean
def process(
    state: State,
    plan: Plan,
    rows: Records,
    effective_us: NDArray[np.int64],
    attempt: NDArray[np.uint8],
    out: NDArray[np.float64],
) -> int:
    """Rows of ``MOVEMENT`` in, one line of features each out. Stops at the first row it cannot take and says why."""
    row_count = len(rows)
    for i in range(-LEAD_ROWS if row_count > 1 else 0, row_count):
        prefetch_ahead(state, rows, effective_us, i, row_count)
        if i < 0:
            continue
        if not attempt[i]:
            for key in range(KEY_COUNT):
                write_unknown(plan, key, out[i])
            continue
        problem = refusal(state, rows[i], effective_us[i])
        if problem != DONE:
            return problem
        write_row(state, plan, rows[i], effective_us[i], out[i])
        clear_grave(state)
        sweep(state, effective_us[i])
    return DONE


@compiled_inline
def refusal(state: State, row: Any, now_us: int) -> int:
    counters = state.counters
    if now_us < counters[CLOCK_US] or now_us <= 0:
        return OUT_OF_ORDER
    counters[CLOCK_US] = now_us
    if row.amount_minor < 0 or row.amount_minor > AMOUNT_MINOR_MAX:
        return BAD_AMOUNT
    top = max(row.payer, row.payee, row.device)
    counters[NUMBERS] = max(counters[NUMBERS], top + 1)
    if (
        top >= len(state.homes)
        or counters[ENTITIES] + ROOM_SPARE > len(state.entities)
        or counters[BLOCKS] + ROOM_SPARE > len(state.blocks)
        or counters[BUCKETS] + ROOM_SPARE > len(state.buckets)
        or counters[OVERFLOWS] + ROOM_SPARE > len(state.overflows)
    ):
        return FULL
    return DONE


@compiled_inline
def write_row(state: State, plan: Plan, row: Any, now_us: int, out: NDArray[np.float64]) -> None:
    for key in range(KEY_COUNT):
        number, other = party(row, key), counterparty(row, key)
        if number < 0:
            write_unknown(plan, key, out)
            continue
        before_us = state.homes[number].last_us[key]
        index, ago = enter(state, key, number, other, now_us, row.amount_minor)
        if sums_are_exact(state.entities[index]):
            write_windows(state, plan, key, index, out)
        else:
            write_unknown(plan, key, out)
        write_instants(plan, key, state.entities[index], ago, now_us - before_us if before_us != 0 else -1, out)
    for key in (_PAYER, _PAYEE):
        if party(row, key) >= 0:
            write_shares(state, plan, key, party(row, key), now_us, out)
