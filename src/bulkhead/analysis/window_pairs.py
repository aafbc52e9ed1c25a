"""The pair table: which slot is the latest of an entity and a counterparty.

Linear hashing (Litwin 1980): the table grows by splitting one bucket at a time, in turn, so that no movement ever
waits for a rehash. A bucket is one cache line of tags and slots; the few that run over continue in an overflow bucket.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bulkhead.analysis.compiled import compiled_inline, compiled_lean, signed
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
    return signed(bits)


@compiled_inline
def bucket_of(state: State, tag: int) -> int:
    """The bucket of a tag: by one bit more where the bucket has been split already."""
    bucket: int = tag & state.counters[MASK]
    if bucket >= state.counters[BUCKETS]:
        bucket &= state.counters[MASK] >> 1
    return bucket


@compiled_inline
def replace_latest(state: State, tag: int, counterparty: int, slot: int) -> int:
    """Make ``slot`` the latest of its pair; the slot that was it before, or 0 when the pair is new."""
    bucket = state.buckets[bucket_of(state, tag)]
    while True:
        for place in range(BUCKET_PAIRS):
            if bucket.tag[place] == tag:
                latest = signed(bucket.slot[place])
                # The same tag and counterparty is the same pair; see tag_of.
                if latest != 0 and state.slots[latest].counterparty == counterparty:
                    bucket.slot[place] = slot
                    return latest
        if bucket.more == 0:
            break
        bucket = state.overflows[bucket.more]
    add_pair(state, tag, slot)
    state.counters[PAIRS] += 1
    if state.counters[PAIRS] > _PAIRS_PER_BUCKET * state.counters[BUCKETS]:
        split_next(state)
    return signed(0)


@compiled_lean
def add_pair(state: State, tag: int, slot: int) -> None:
    bucket = state.buckets[bucket_of(state, tag)]
    while True:
        for place in range(BUCKET_PAIRS):
            if bucket.slot[place] == 0:
                bucket.tag[place] = tag
                bucket.slot[place] = slot
                return
        if bucket.more == 0:
            bucket.more = new_overflow(state)
        bucket = state.overflows[bucket.more]


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
    while True:
        for place in range(BUCKET_PAIRS):
            if bucket.slot[place] == slot:
                bucket.slot[place] = 0
                state.counters[PAIRS] -= 1
                free_overflow(state, before)
                return
        if bucket.more == 0:
            break
        before, bucket = bucket, state.overflows[bucket.more]


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
