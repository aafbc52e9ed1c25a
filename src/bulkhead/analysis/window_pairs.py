"""The pair table: which slot is the latest of an entity and a counterparty.

Linear hashing (Litwin 1980): the table grows by splitting one bucket at a time, in turn, so that no movement ever
waits for a rehash. A bucket is one cache line of tags and slots; the few that run over continue in an overflow bucket.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bulkhead.analysis.compiled import compiled_inline, compiled_lean, place_of, signed
from bulkhead.analysis.window_layout import BUCKET_PAIRS, BUCKETS, FREE_OVERFLOW, MASK, OVERFLOWS, PAIRS, State

_LOW = np.uint64(0xFFFF_FFFF)
_PAIRS_PER_BUCKET = 3  # of BUCKET_PAIRS, on average: few run over


@compiled_inline
def tag_of(entity: int, counterparty: int) -> int:
    """32 bits of a pair. Two entities never share a tag for the same counterparty: every step can be undone."""
    bits = np.uint64(entity) ^ ((np.uint64(counterparty) * np.uint64(0x9E3779B1)) & _LOW)
    bits ^= bits >> np.uint64(16)
    bits = (bits * np.uint64(0x85EBCA6B)) & _LOW
    bits ^= bits >> np.uint64(13)
    bits = (bits * np.uint64(0xC2B2AE35)) & _LOW
    bits ^= bits >> np.uint64(16)
    return place_of(bits)


@compiled_inline
def bucket_of(state: State, tag: int) -> int:
    """The bucket of a tag: by one bit more where the bucket has been split already."""
    bucket = place_of(tag & state.counters[MASK])
    if bucket >= state.counters[BUCKETS]:
        bucket &= state.counters[MASK] >> 1
    return place_of(bucket)


@compiled_inline
def place_of_tag(bucket: Any, tag: int) -> int:
    """Where a bucket has a pair of this tag, -1 when nowhere. Looks at all places: a guess costs more than a look."""
    found = -1
    for place in range(BUCKET_PAIRS):
        found = place if (bucket.tag[place] == tag) & (bucket.slot[place] != 0) else found
    return found


@compiled_inline
def place_of_slot(bucket: Any, slot: int) -> int:
    """Where a bucket has this slot (0: where it has room), -1 when nowhere."""
    found = -1
    for place in range(BUCKET_PAIRS):
        found = place if bucket.slot[place] == slot else found
    return found


@compiled_inline
def replace_latest(state: State, tag: int, counterparty: int, slot: int) -> int:
    """Make ``slot`` the latest of its pair; the slot that was it before, or 0 when the pair is new."""
    bucket = state.buckets[bucket_of(state, tag)]
    while True:
        place = place_of_tag(bucket, tag)
        if place >= 0:
            latest = place_of(bucket.slot[place])
            # The same tag and counterparty is the same pair; see tag_of.
            if state.slots[latest].counterparty == counterparty:
                bucket.slot[place] = slot
                return latest
            twin = replace_twin(state, bucket, tag, counterparty, slot)
            if twin != 0:
                return twin
        if bucket.more == 0:
            break
        bucket = state.overflows[bucket.more]
    add_pair(state, tag, slot)
    state.counters[PAIRS] += 1
    if state.counters[PAIRS] > _PAIRS_PER_BUCKET * state.counters[BUCKETS]:
        split_next(state)
    return place_of(0)


@compiled_lean
def replace_twin(state: State, bucket: Any, tag: int, counterparty: int, slot: int) -> int:
    """As ``replace_latest`` within one bucket, for the rare tag that two pairs share."""
    for place in range(BUCKET_PAIRS):
        latest = place_of(bucket.slot[place])
        if latest != 0 and bucket.tag[place] == tag and state.slots[latest].counterparty == counterparty:
            bucket.slot[place] = slot
            return latest
    return place_of(0)


@compiled_lean
def add_pair(state: State, tag: int, slot: int) -> None:
    bucket = state.buckets[bucket_of(state, tag)]
    while place_of_slot(bucket, 0) < 0:
        if bucket.more == 0:
            bucket.more = new_overflow(state)
        bucket = state.overflows[bucket.more]
    place = place_of_slot(bucket, 0)
    bucket.tag[place] = tag
    bucket.slot[place] = slot


@compiled_inline
def new_overflow(state: State) -> int:
    """An empty overflow bucket."""
    counters = state.counters
    index: int = counters[FREE_OVERFLOW]
    if index != 0:
        counters[FREE_OVERFLOW] = state.overflows[index].more
        state.overflows[index].more = 0
    else:
        index = counters[OVERFLOWS]
        counters[OVERFLOWS] = index + 1
    return index


@compiled_inline
def remove_pair(state: State, tag: int, slot: int) -> None:
    """Forget the pair whose latest slot this is."""
    before = bucket = state.buckets[bucket_of(state, tag)]
    while place_of_slot(bucket, slot) < 0:
        if bucket.more == 0:
            return
        before, bucket = bucket, state.overflows[bucket.more]
    bucket.slot[place_of_slot(bucket, slot)] = 0
    state.counters[PAIRS] -= 1
    free_overflow(state, before)


@compiled_inline
def free_overflow(state: State, before: Any) -> None:
    """Give back the overflow bucket that continues ``before`` when it has become empty."""
    index = before.more
    if index == 0:
        return
    overflow = state.overflows[index]
    for place in range(BUCKET_PAIRS):
        if overflow.slot[place] != 0:
            return
    before.more = overflow.more
    overflow.more = state.counters[FREE_OVERFLOW]
    state.counters[FREE_OVERFLOW] = index


@compiled_lean
def split_next(state: State) -> None:
    """One bucket more: it takes its share of the pairs of the bucket whose turn it is."""
    counters = state.counters
    added = counters[BUCKETS]
    if added > counters[MASK]:
        counters[MASK] = 2 * counters[MASK] + 1
    bucket = state.buckets[added & (counters[MASK] >> 1)]
    counters[BUCKETS] = added + 1
    while True:
        for place in range(BUCKET_PAIRS):
            if bucket.slot[place] != 0 and (bucket.tag[place] & counters[MASK]) == added:
                add_pair(state, signed(bucket.tag[place]), bucket.slot[place])
                bucket.slot[place] = 0
        if bucket.more == 0:
            break
        bucket = state.overflows[bucket.more]
