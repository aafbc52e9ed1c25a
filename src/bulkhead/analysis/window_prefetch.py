"""Asks for the memory of the rows to come, so that a row finds all it touches at hand.

On a large state nearly every line a row touches is far away, and each one leads to the next: home, entity, slot.
Waiting for them in turn would take most of the time. Each stage here asks for what the stage before has made known,
a few rows earlier. It reads only; a wrong guess costs a little time, never a result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled_inline, place_of, prefetch
from bulkhead.analysis.window_history import counterparty, party
from bulkhead.analysis.window_layout import (
    KEY_COUNT,
    NO_MEMBER,
    WIDTHS_US,
    WINDOW_COUNT,
    Records,
    State,
)
from bulkhead.analysis.window_pairs import bucket_of, place_of_tag, tag_of

_ROWS_ROWS = 30
LEAD_ROWS = _HOMES_ROWS = 18
_ENTITIES_ROWS = 12
_SLOTS_ROWS = 6
_PEAKS_ROWS = 3
_LINE_BYTES = 64
_ENTITY_LINES = 5


@compiled_inline
def prefetch_ahead(state: State, rows: Records, effective_us: NDArray[np.int64], i: int, row_count: int) -> None:
    """All four stages, each for its own row after row ``i``."""
    prefetch(rows, i + _ROWS_ROWS, 0)
    if 0 <= i + _HOMES_ROWS < row_count:
        row = rows[i + _HOMES_ROWS]
        prefetch(state.homes, row.payer, 0)
        prefetch(state.homes, row.payee, 0)
        prefetch(state.homes, row.device, 0)
    if 0 <= i + _ENTITIES_ROWS < row_count:
        row = rows[i + _ENTITIES_ROWS]
        for key in range(KEY_COUNT):
            prefetch_entity(state, key, party(row, key), counterparty(row, key))
    if 0 <= i + _SLOTS_ROWS < row_count:
        row = rows[i + _SLOTS_ROWS]
        now_us = effective_us[i + _SLOTS_ROWS]
        for key in range(KEY_COUNT):
            prefetch_slots(state, key, party(row, key), counterparty(row, key), now_us)
    if 0 <= i + _PEAKS_ROWS < row_count:
        row = rows[i + _PEAKS_ROWS]
        now_us = effective_us[i + _PEAKS_ROWS]
        for key in range(KEY_COUNT):
            prefetch_peaks(state, key, party(row, key), now_us, row.amount_minor)


@compiled_inline
def prefetch_entity(state: State, key: int, number: int, other: int) -> None:
    """The lines of the entity, and the bucket where its pair with the counterparty would be."""
    if number < 0:
        return
    index = place_of(state.homes[number].entity[key])
    for line in range(_ENTITY_LINES):
        prefetch(state.entities, index, line * _LINE_BYTES)
    prefetch(state.buckets, bucket_of(state, tag_of(index, other)), 0)


@compiled_inline
def prefetch_slots(state: State, key: int, number: int, other: int, now_us: int) -> None:
    """The newest slot, the oldest of each window that will move, and the latest with this counterparty."""
    if number < 0:
        return
    home = state.homes[number]
    index = place_of(home.entity[key])
    entity = state.entities[index]
    prefetch(state.slots, entity.head, 0)
    for window in range(WINDOW_COUNT):
        bound_us = now_us - WIDTHS_US[window]
        if entity.tail_us[window] < bound_us <= home.last_us[key]:
            prefetch(state.slots, entity.tail[window], 0)
    tag = tag_of(index, other)
    bucket = state.buckets[bucket_of(state, tag)]
    prefetch(state.slots, bucket.slot[max(place_of_tag(bucket, tag), 0)], 0)


@compiled_inline
def prefetch_peaks(state: State, key: int, number: int, now_us: int, amount: int) -> None:
    """The next members of the deque of peaks, at the end where it grows and where windows leave it."""
    if number < 0:
        return
    home = state.homes[number]
    entity = state.entities[place_of(home.entity[key])]
    back = state.slots[entity.head]
    if back.amount <= amount:
        prefetch(state.slots, back.higher, 0)
    for window in range(WINDOW_COUNT):
        bound_us = now_us - WIDTHS_US[window]
        if entity.tail_us[window] < bound_us <= home.last_us[key]:
            place = place_of(entity.tail[window])
            oldest = state.slots[place]
            if oldest.later_us < bound_us:
                prefetch(state.slots, place + 1, 0)
            if oldest.lower != NO_MEMBER:
                prefetch(state.slots, oldest.lower, 0)
