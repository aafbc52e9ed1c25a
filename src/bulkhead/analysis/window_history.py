"""Histories: a movement enters at the head, and leaves each window at that window's tail."""

from __future__ import annotations

from typing import Any

import numpy as np

from bulkhead.analysis.compiled import compiled_inline, compiled_lean, prefetch, signed
from bulkhead.analysis.features import KEYS
from bulkhead.analysis.window_layout import (
    BLOCK_BITS,
    BLOCK_LAST,
    BLOCKS,
    ENTITIES,
    FREE_BLOCK,
    FREE_ENTITY,
    GRAVE_FIRST,
    GRAVE_LAST,
    HAND,
    LONGEST,
    LONGEST_US,
    NEVER,
    NO_MEMBER,
    NUMBERS,
    WIDTHS_US,
    WINDOW_COUNT,
    State,
)
from bulkhead.analysis.window_pairs import bucket_of, remove_pair, replace_latest, tag_of
from bulkhead.analysis.window_sums import square
from bulkhead.kernel.movements import ABSENT

_ORDINALS = 0xFFFF_FFFF
_NO_PRIOR = _ORDINALS  # as a distance: farther than any window reaches
_HOMES_AHEAD = 4
_PAYER, _PAYEE, _DEVICE = range(len(KEYS))
assert KEYS == ("payer", "payee", "device")


@compiled_inline
def party(row: Any, key: int) -> int:
    """The number whose history the row enters under a key, or ABSENT."""
    if key == _PAYER:
        return signed(row.payer)
    return signed(row.payee if key == _PAYEE else row.device)


@compiled_inline
def counterparty(row: Any, key: int) -> int:
    """The number met on the other side, or ABSENT."""
    return signed(row.payee if key == _PAYER else row.payer)


@compiled_inline
def enter(state: State, key: int, number: int, other: int, now_us: int, amount: int) -> tuple[int, int]:
    """Put a movement into the history of ``number`` under ``key``.

    Gives the entity and how many movements ago the same counterparty was last met (huge when never, -1 when there
    is no counterparty).
    """
    home = state.homes[number]
    if home.entity[key] != 0 and home.last_us[key] < now_us - LONGEST_US:
        close_entity(state, key, number)
    if home.entity[key] == 0:
        home.entity[key] = new_entity(state)
    index = signed(home.entity[key])
    entity = state.entities[index]
    back = signed(entity.head)
    slot = append_slot(state, index, now_us)
    ago = signed(-1)
    if other >= 0:
        ago = meet(state, index, other, slot)
    fill_slot(state, slot, entity.ordinal, other, amount)
    push_peak(state, back, slot, amount)
    gap_us = now_us - home.last_us[key] if back != 0 else NEVER
    add_to_windows(state, entity, slot, now_us, gap_us, ago)
    home.last_us[key] = now_us
    return index, ago


@compiled_inline
def new_entity(state: State) -> int:
    """A free entity; its windows begin with the first movement."""
    counters = state.counters
    index = counters[FREE_ENTITY]
    if index != 0:
        counters[FREE_ENTITY] = state.entities[index].head
        state.entities[index].head = 0
    else:
        index = counters[ENTITIES]
        counters[ENTITIES] = index + 1
    return signed(index)


@compiled_lean
def close_entity(state: State, key: int, number: int) -> None:
    """Give an entity back whose movements have all left the longest window; in no more time for a million of them."""
    home = state.homes[number]
    index = home.entity[key]
    home.entity[key] = 0
    entity = state.entities[index]
    head = signed(entity.head)
    for unused in range(head + 1, head | BLOCK_LAST):
        state.slots[unused].counterparty = ABSENT
    bury(state, entity.tail[LONGEST] >> BLOCK_BITS, head >> BLOCK_BITS)
    entity.head = state.counters[FREE_ENTITY]
    state.counters[FREE_ENTITY] = index


@compiled_inline
def append_slot(state: State, index: int, now_us: int) -> int:
    """A new slot at the head of an entity."""
    entity = state.entities[index]
    head = signed(entity.head)
    slot = head + 1
    if head == 0:
        slot = new_block(state, index) << BLOCK_BITS
    else:
        state.slots[head].later_us = now_us
        if (slot & BLOCK_LAST) == BLOCK_LAST:
            block = new_block(state, index)
            state.blocks[head >> BLOCK_BITS].next = block
            slot = block << BLOCK_BITS
    entity.head = slot
    entity.ordinal += 1
    return slot


@compiled_inline
def new_block(state: State, index: int) -> int:
    counters = state.counters
    block: int = counters[FREE_BLOCK]
    if block != 0:
        counters[FREE_BLOCK] = state.blocks[block].next
        prefetch(state.blocks, counters[FREE_BLOCK], 0)
    else:
        block = counters[BLOCKS]
        counters[BLOCKS] = block + 1
    state.blocks[block].owner = index
    state.blocks[block].next = 0
    return block


@compiled_inline
def meet(state: State, index: int, other: int, slot: int) -> int:
    """Make ``slot`` the latest with this counterparty; how many movements ago it was met before."""
    prior = replace_latest(state, tag_of(index, other), other, slot)
    if prior == 0:
        return signed(_NO_PRIOR)
    state.slots[prior].counterparty = ABSENT
    ago = signed(state.entities[index].ordinal) - signed(state.slots[prior].ordinal)
    return ago & _ORDINALS


@compiled_inline
def fill_slot(state: State, place: int, ordinal: int, other: int, amount: int) -> None:
    slot = state.slots[place]
    slot.later_us = NEVER
    slot.amount = amount
    slot.ordinal = ordinal
    slot.counterparty = other


@compiled_inline
def push_peak(state: State, back: int, place: int, amount: int) -> None:
    """Put a slot at the back of the deque of peaks, behind those that are higher.

    A member of the deque is higher than all after it. So the oldest member within a window is the window's
    largest, and one deque serves all windows.
    """
    while back != 0 and state.slots[back].amount <= amount:
        state.slots[back].lower = NO_MEMBER
        back = signed(state.slots[back].higher)
    state.slots[place].lower = 0
    state.slots[place].higher = back
    if back != 0:
        state.slots[back].lower = place


@compiled_inline
def add_to_windows(state: State, entity: Any, place: int, now_us: int, gap_us: int, ago: int) -> None:
    """Add the newest movement, ``gap_us`` after the one before it, to every window, and let the old ones leave."""
    amount = state.slots[place].amount
    high, low = square(amount)
    for window in range(WINDOW_COUNT):
        if gap_us > WIDTHS_US[window]:  # all before it are too old
            begin_window(entity, window, place, now_us, amount, ago)
            entity.squares_high[window] = high
            entity.squares_low[window] = low
            continue
        # A counterparty met within the window is counted already: its earlier slot has given it up.
        entity.distinct[window] += ago > entity.count[window]
        entity.count[window] += 1
        entity.sum[window] += amount
        entity.peak[window] = max(entity.peak[window], amount)
        sum_low = entity.squares_low[window] + low
        entity.squares_high[window] += high + np.uint64(sum_low < low)
        entity.squares_low[window] = sum_low
        if entity.tail_us[window] < now_us - WIDTHS_US[window]:
            leave_window(state, entity, window, now_us - WIDTHS_US[window])


@compiled_inline
def begin_window(entity: Any, window: int, place: int, now_us: int, amount: int, ago: int) -> None:
    entity.tail[window] = place
    entity.tail_us[window] = now_us
    entity.distinct[window] = ago >= 0
    entity.count[window] = 1
    entity.sum[window] = amount
    entity.peak[window] = amount


@compiled_inline
def leave_windows(state: State, index: int, last_us: int, now_us: int) -> None:
    """Bring windows up to date that no movement enters. Those the last movement has left too stay as they are."""
    entity = state.entities[index]
    for window in range(WINDOW_COUNT):
        bound_us = now_us - WIDTHS_US[window]
        if last_us >= bound_us and entity.tail_us[window] < bound_us:
            leave_window(state, entity, window, bound_us)


@compiled_inline
def leave_window(state: State, entity: Any, window: int, bound_us: int) -> None:
    """Take out the movements before ``bound_us``. The newest is not one of them."""
    place = signed(entity.tail[window])
    tail_us = entity.tail_us[window]
    high, low = entity.squares_high[window], entity.squares_low[window]
    count, distinct, total = 0, 0, 0
    while tail_us < bound_us:
        slot = state.slots[place]
        tail_us = slot.later_us
        count += 1
        distinct += slot.counterparty >= 0
        total += slot.amount
        square_high, square_low = square(slot.amount)
        high = high - square_high - np.uint64(low < square_low)
        low -= square_low
        if slot.lower != NO_MEMBER:  # it was the largest
            entity.peak[window] = state.slots[slot.lower].amount
            if window == LONGEST:
                state.slots[slot.lower].higher = 0
        place = next_slot(state, place, window)
    entity.tail[window] = place
    entity.tail_us[window] = tail_us
    entity.squares_high[window] = high
    entity.squares_low[window] = low
    entity.count[window] -= count
    entity.distinct[window] -= distinct
    entity.sum[window] -= total


@compiled_inline
def next_slot(state: State, place: int, window: int) -> int:
    """The slot after this one. Its block is given back when it was the last one and leaves the longest window."""
    place += 1
    if (place & BLOCK_LAST) == BLOCK_LAST:
        block = place >> BLOCK_BITS
        place = signed(state.blocks[block].next) << BLOCK_BITS
        if window == LONGEST:
            bury(state, block, block)
    return place


@compiled_lean
def bury(state: State, first: int, last: int) -> None:
    """Put the linked blocks ``first`` to ``last`` into the grave; no history reaches them any more."""
    counters = state.counters
    state.blocks[last].next = 0
    if counters[GRAVE_LAST] == 0:
        counters[GRAVE_FIRST] = first
    else:
        state.blocks[counters[GRAVE_LAST]].next = first
    counters[GRAVE_LAST] = last


@compiled_inline
def clear_grave(state: State) -> None:
    """Free one buried block: its pairs are forgotten. Movements fill blocks more slowly than this frees them.

    Until then the table may still give a buried slot as the latest of a pair. That is harmless: ordinals never
    start again, so it lies farther back than any window reaches.
    """
    counters = state.counters
    block = counters[GRAVE_FIRST]
    following = signed(state.blocks[block].next)
    if following == 0:  # the last one waits, so that its pairs have been prefetched when its turn comes
        return
    owner = state.blocks[block].owner
    first = block << BLOCK_BITS
    for slot in range(first, first + BLOCK_LAST):
        if state.slots[slot].counterparty >= 0:
            remove_pair(state, tag_of(owner, state.slots[slot].counterparty), slot)
    state.blocks[block].next = counters[FREE_BLOCK]
    counters[FREE_BLOCK] = block
    counters[GRAVE_FIRST] = following
    owner = state.blocks[following].owner
    first = following << BLOCK_BITS
    for slot in range(first, first + BLOCK_LAST):
        if state.slots[slot].counterparty >= 0:
            prefetch(state.buckets, bucket_of(state, tag_of(owner, state.slots[slot].counterparty)), 0)


@compiled_inline
def sweep(state: State, now_us: int) -> None:
    """Look at one number a movement, in turn, and close what it has not used within the longest window."""
    counters = state.counters
    hand = counters[HAND] + 1
    if hand >= counters[NUMBERS]:
        hand = 0
    counters[HAND] = hand
    home = state.homes[hand]
    prefetch(state.homes, hand + _HOMES_AHEAD, 0)
    for key in range(len(home.entity)):
        if home.entity[key] != 0 and home.last_us[key] < now_us - LONGEST_US:
            close_entity(state, key, hand)
