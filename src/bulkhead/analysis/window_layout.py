"""How the window state lies in memory.

Arrays are reserved once, far larger than needed, and cost memory only where they have been touched: nothing is
ever copied to grow. Zero means "nothing" everywhere, so fresh memory needs no preparation, and entity, slot, block
and overflow bucket 0 are never given out.

A cache line that is not at hand costs more than all arithmetic on it. So what a movement reads lies together: a
history's figures for all windows in five lines, a movement in half a line, the pairs of a bucket in one line.
"""

from __future__ import annotations

import mmap
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.features import KEYS, WINDOWS

Records: TypeAlias = NDArray[Any]

WIDTHS_US = tuple(seconds * 1_000_000 for seconds in WINDOWS.values())
WINDOW_COUNT = len(WIDTHS_US)
LONGEST = WINDOW_COUNT - 1
LONGEST_US = WIDTHS_US[LONGEST]
KEY_COUNT = len(KEYS)

NEVER = int(np.iinfo(np.int64).max)
NO_MEMBER = 0xFFFF_FFFF

# What is known of a number (a party or device) under each key. Kept for good, unlike all below.
HOME = np.dtype([("last_us", np.int64, (KEY_COUNT,)), ("entity", np.uint32, (KEY_COUNT,))], align=True)

# One history: the movements of the last 30 days of one number under one key.
ENTITY = np.dtype(
    [
        (
            "tail_us",
            np.int64,
            (WINDOW_COUNT,),
        ),  # time of its oldest movement; the newest may have left too
        ("tail", np.uint32, (WINDOW_COUNT,)),  # its slot
        ("head", np.uint32),  # slot of the newest movement; of a free entity the next free one
        ("count", np.int32, (WINDOW_COUNT,)),
        ("distinct", np.int32, (WINDOW_COUNT,)),
        ("sum", np.int64, (WINDOW_COUNT,)),
        ("peak", np.int64, (WINDOW_COUNT,)),  # largest amount
        ("squares_low", np.uint64, (WINDOW_COUNT,)),  # sum of squared amounts, 128 bits in two halves
        ("squares_high", np.uint64, (WINDOW_COUNT,)),
        ("ordinal", np.uint32),  # of the newest movement; goes on when the entity is reused
        ("_line", np.uint8, (52,)),
    ],
    align=True,
)

# One movement in one history.
SLOT = np.dtype(
    [
        ("later_us", np.int64),  # time of the next movement of the history, NEVER for the newest
        ("amount", np.int64),  # minor units
        ("ordinal", np.uint32),
        ("counterparty", np.int32),  # ABSENT where there is none, or a later movement with the same one exists
        ("lower", np.uint32),  # deque of peaks: next member, NO_MEMBER when this is none
        ("higher", np.uint32),  # deque of peaks: previous member
    ],
    align=True,
)

# Seven movements in time order and where the history goes on: beside the last of them, so in the same cache line.
BLOCK_BITS = 3
BLOCK_LAST = (1 << BLOCK_BITS) - 1  # place of the link in its block; the slots come before it
BLOCK = np.dtype(
    [
        ("slots", SLOT, (BLOCK_LAST,)),
        ("next", np.uint32),  # block of the same history, of the grave or of the free list
        ("owner", np.uint32),  # entity
        ("_line", np.uint8, (24,)),
    ],
    align=True,
)

# Where the latest slot of a pair (entity, counterparty) is found.
BUCKET_PAIRS = 7
BUCKET = np.dtype(
    [
        ("tag", np.uint32, (BUCKET_PAIRS,)),
        ("more", np.uint32),  # overflow bucket that continues this one
        ("slot", np.uint32, (BUCKET_PAIRS,)),
        ("_line", np.int32),
    ],
    align=True,
)
assert (ENTITY.itemsize, SLOT.itemsize, BLOCK.itemsize, BUCKET.itemsize) == (320, 32, 256, 64)

# Places in ``counters``: how many of each are in use (number 0 counts), and the ends of the lists.
CLOCK_US, NUMBERS, ENTITIES, BLOCKS, BUCKETS, OVERFLOWS, PAIRS, MASK = range(8)
FREE_ENTITY, FREE_BLOCK, FREE_OVERFLOW, GRAVE_FIRST, GRAVE_LAST, HAND = range(8, 14)
COUNTER_COUNT = 14

BUCKETS_FIRST = 1024
ROOM_SPARE = 64  # more than one movement can take of anything


class State(NamedTuple):
    """All of it, as the compiled loops take it. ``slots`` and ``blocks`` are two views of the same memory."""

    homes: Records
    entities: Records
    slots: Records
    blocks: Records
    buckets: Records
    overflows: Records
    counters: NDArray[np.int64]


# Records reserved of each: 67 million numbers, 33 million histories, 470 million movements live at once.
_HOMES, _ENTITIES, _BLOCKS, _BUCKETS, _OVERFLOWS = 1 << 26, 1 << 25, 1 << 26, 1 << 26, 1 << 24
_SMALLER_MAX = 10  # times the reservation is halved where a limit on address space forbids it
_MAP_NORESERVE = 0x4000  # Linux; the mmap module names it only from 3.12 on


def empty_state() -> State:
    """A state that has seen nothing."""
    for halvings in range(_SMALLER_MAX):
        try:
            return _reserve(halvings)
        except OSError:
            continue
    raise MemoryError("no address space is left for the windows: raise the limit on virtual memory")


def _reserve(halvings: int) -> State:
    blocks = _reserved(_BLOCKS >> halvings, BLOCK)
    counters = np.zeros(COUNTER_COUNT, np.int64)
    counters[[ENTITIES, BLOCKS, OVERFLOWS]] = 1
    counters[BUCKETS] = BUCKETS_FIRST
    counters[MASK] = BUCKETS_FIRST - 1
    return State(
        homes=_reserved(_HOMES >> halvings, HOME),
        entities=_reserved(_ENTITIES >> halvings, ENTITY),
        slots=blocks.view(SLOT),
        blocks=blocks,
        buckets=_reserved(_BUCKETS >> halvings, BUCKET),
        overflows=_reserved(_OVERFLOWS >> halvings, BUCKET),
        counters=counters,
    )


def _reserved(count: int, dtype: np.dtype[Any]) -> Records:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
    pages = mmap.mmap(-1, count * dtype.itemsize, flags=flags)
    pages.madvise(mmap.MADV_HUGEPAGE)  # random access over many small pages would miss the address cache too
    return np.frombuffer(pages, dtype)
