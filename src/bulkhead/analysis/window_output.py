"""From running figures to feature values: which column wants what, and what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled_inline, place_of
from bulkhead.analysis.features import AGGREGATES, INSTANTS, KEYS, WINDOWS, Feature
from bulkhead.analysis.window_history import leave_windows
from bulkhead.analysis.window_layout import LONGEST, WIDTHS_US, Records, State
from bulkhead.analysis.window_sums import fits_in_64_bits, sample_deviation

PLACE = np.dtype([("column", np.uint32), ("window", np.uint32)], align=True)

_ORDER = AGGREGATES + INSTANTS
_COUNT, _SUM, _MEAN, _STD, _MAX, _DISTINCT, _SHARE, _SINCE, _NEW = range(len(_ORDER))
_END = len(_ORDER)
_PAYER, _PAYEE = KEYS.index("payer"), KEYS.index("payee")
_SUM_END = 2.0**63


class Plan(NamedTuple):
    """The wanted features, by key and aggregate: those are ``places[starts[key, a]:starts[key, a + 1]]``."""

    starts: NDArray[np.uint32]
    places: Records


def plan_of(features: Sequence[Feature]) -> Plan:
    """Where each feature goes: feature ``i`` of the sequence into column ``i``."""
    windows = {name: place for place, name in enumerate(WINDOWS)}
    wanted = [(KEYS.index(f.key), _ORDER.index(f.aggregate), column) for column, f in enumerate(features)]
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places = np.zeros(len(wanted), PLACE)
    starts = np.zeros((len(KEYS), _END + 1), np.uint32)
    for place, column in enumerate(order):
        key, aggregate, _ = wanted[column]
        places[place] = (column, windows.get(features[column].window or "", 0))
        starts[key, aggregate + 1 :] += 1
        starts[key + 1 :] += 1
    return Plan(starts, places)


@compiled_inline
def write_unknown(plan: Plan, key: int, out: NDArray[np.float64]) -> None:
    """Not a number in every column of the key."""
    for place in range(plan.starts[key, 0], plan.starts[key, _END]):
        out[plan.places[place].column] = np.nan


@compiled_inline
def write_windows(state: State, plan: Plan, key: int, index: int, out: NDArray[np.float64]) -> None:
    """The aggregates over windows, but for the shares."""
    starts, places = plan.starts[key], plan.places
    entity = state.entities[index]
    for place in range(starts[_COUNT], starts[_SUM]):
        out[places[place].column] = entity.count[places[place].window]
    for place in range(starts[_SUM], starts[_MEAN]):
        out[places[place].column] = entity.sum[places[place].window]
    for place in range(starts[_MEAN], starts[_STD]):
        window = places[place].window
        out[places[place].column] = entity.sum[window] / entity.count[window]
    narrow = fits_in_64_bits(entity.count[LONGEST], entity.peak[LONGEST])
    for place in range(starts[_STD], starts[_MAX]):
        out[places[place].column] = sample_deviation(entity, places[place].window, narrow)
    for place in range(starts[_MAX], starts[_DISTINCT]):
        out[places[place].column] = entity.peak[places[place].window]
    for place in range(starts[_DISTINCT], starts[_SHARE]):
        out[places[place].column] = entity.distinct[places[place].window]


@compiled_inline
def write_instants(plan: Plan, key: int, entity: Any, ago: int, since_us: int, out: NDArray[np.float64]) -> None:
    """Seconds since the number's last movement (``since_us`` negative: it is the first), and whom it never met."""
    starts, places = plan.starts[key], plan.places
    for place in range(starts[_SINCE], starts[_NEW]):
        out[places[place].column] = since_us / 1e6 if since_us >= 0 else np.nan
    for place in range(starts[_NEW], starts[_END]):
        is_new = 1.0 if ago >= entity.count[LONGEST] else 0.0
        out[places[place].column] = is_new if ago >= 0 else np.nan


@compiled_inline
def sums_are_exact(entity: Any) -> bool:
    """False when a sum might have passed 63 bits; its square then stays within 126."""
    return bool(float(entity.count[LONGEST]) * float(entity.peak[LONGEST]) < _SUM_END)


@compiled_inline
def write_shares(state: State, plan: Plan, key: int, number: int, now_us: int, out: NDArray[np.float64]) -> None:
    """What the number paid of all it paid and received; both histories have this movement already."""
    first, end = plan.starts[key, _SHARE], plan.starts[key, _SHARE + 1]
    if first == end:
        return
    home = state.homes[number]
    opposite_key = _PAYEE if key == _PAYER else _PAYER
    opposite_index = place_of(home.entity[opposite_key])
    if opposite_index != 0:
        leave_windows(state, opposite_index, home.last_us[opposite_key], now_us)
    own, opposite = state.entities[home.entity[key]], state.entities[opposite_index]
    exact = sums_are_exact(own) and sums_are_exact(opposite)
    for place in range(first, end):
        window = plan.places[place].window
        idle = home.last_us[opposite_key] < now_us - WIDTHS_US[window]
        opposite_minor = 0.0 if idle else float(opposite.sum[window])
        total_minor = float(own.sum[window]) + opposite_minor
        paid_minor = opposite_minor if key == _PAYEE else float(own.sum[window])
        out[plan.places[place].column] = paid_minor / total_minor if exact else np.nan
