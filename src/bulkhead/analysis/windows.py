"""Exact sliding windows over attempts to move money, by payer, payee and device.

A feature is what SQL gives for ``RANGE BETWEEN INTERVAL w PRECEDING AND CURRENT ROW`` over the order (effective
time, sequence): the current row counts, a row exactly ``w`` ago counts, and of rows with equal time only the earlier
ones. A payer's history is what it paid, a payee's what it received, a device's what was done on it; the counterparty
is the payee, the payer and the payer.

* ``count``, ``sum``, ``max`` and ``distinct`` (counterparties) are exact integers; money is in minor units.
* ``std`` divides by n - 1 and is NaN for one row. ``mean`` and ``std`` are computed from integers, rounded once.
* ``out_share`` is what the party paid of all it paid and received, this row included; NaN when both are zero.
* ``since_last_s`` is the time since the key's previous row, however long ago; NaN for its first.
* ``new_counterparty`` is 1 when the key had no row with this counterparty in the last 30 days, NaN when there is no
  counterparty.
* An absent key has NaN in all its features. Rows that are no attempts have NaN everywhere and leave no trace.
* Where a 30-day sum might pass 2^63 minor units the key's features over windows are NaN: unknown, never wrong.

A row costs the same whatever the history. Memory follows the rows of the last 30 days; of older ones only the last
time of each number and key stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.features import Feature
from bulkhead.analysis.window_kernel import BAD_AMOUNT, DONE, FULL, OUT_OF_ORDER, process
from bulkhead.analysis.window_layout import (
    BLOCKS,
    BUCKETS,
    CLOCK_US,
    ENTITIES,
    NUMBERS,
    OVERFLOWS,
    Records,
    State,
    empty_state,
)
from bulkhead.analysis.window_output import Plan, plan_of
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import MOVEMENT

_PLANS_MAX = 64
_BUGS = {OUT_OF_ORDER: "effective time goes back", BAD_AMOUNT: "amount below 0 or above 10^13"}
# How much of each array is in use stands at this place of the counters.
_USED = {"homes": NUMBERS, "entities": ENTITIES, "blocks": BLOCKS, "buckets": BUCKETS, "overflows": OVERFLOWS}


class WindowsFull(Exception):
    """More movements are live than the windows have address space for."""


@lru_cache(maxsize=_PLANS_MAX)
def plan(features: tuple[Feature, ...]) -> Plan:
    """The features to compute, prepared: feature ``i`` goes into column ``i``."""
    return plan_of(features)


class Windows:
    """The windows of one institution. Not for two threads at once."""

    def __init__(self) -> None:
        self._state = empty_state()

    def update(
        self,
        rows: NDArray[np.void],
        effective_us: NDArray[np.int64],
        attempt: NDArray[np.uint8] | NDArray[np.bool_],
        features: Plan | tuple[Feature, ...],
        out: NDArray[np.float64],
    ) -> None:
        """Take ``n`` rows of ``MOVEMENT`` in order and write their features to ``out``, shape (n, features).

        ``payer``, ``payee`` and ``device`` are dense numbers or ``ABSENT``. ``effective_us`` never goes back, over
        all calls. Any split of the rows into calls gives the same bits. Raises ``WindowsFull``; the state is then
        of no further use.
        """
        wanted = features if isinstance(features, Plan) else plan(features)
        assert rows.dtype == MOVEMENT, rows.dtype
        assert len(rows) == len(effective_us) == len(attempt) == len(out)
        assert out.shape[1] == len(wanted.places)
        assert out.flags.c_contiguous
        problem = process(self._state, wanted, rows, effective_us, attempt.view(np.uint8), out)
        if problem == FULL:
            raise WindowsFull("more movements are live than the windows can hold")
        assert problem == DONE, _BUGS[problem]

    @property
    def clock_us(self) -> int:
        """Effective time of the last attempt, 0 when there was none."""
        return int(self._state.counters[CLOCK_US])

    def arrays(self) -> dict[str, Records]:
        """Copies of the used part of the state, for a snapshot."""
        counters = self._state.counters.copy()
        state = self._state._asdict()
        return {"counters": counters} | {name: state[name][: counters[at]].copy() for name, at in _USED.items()}

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[Any]]) -> Windows:
        """The windows these arrays were taken of. Raises ``BadInput`` when they do not fit this version."""
        windows = cls()
        state = windows._state
        _check(arrays, state)
        state.counters[:] = arrays["counters"]
        for name in _USED:
            getattr(state, name)[: len(arrays[name])] = arrays[name]
        return windows


def _check(arrays: Mapping[str, NDArray[Any]], state: State) -> None:
    for name in ("counters", *_USED):
        own = getattr(state, name)
        found = arrays.get(name)
        if found is None or found.dtype != own.dtype or found.ndim != 1:
            raise BadInput(f"the snapshot of the windows has no usable array {name!r}")
        expected = len(own) if name == "counters" else int(arrays["counters"][_USED[name]])
        if len(found) != expected or expected > len(own):
            raise BadInput(f"array {name!r} of the windows' snapshot has {len(found)} records, not {expected}")
