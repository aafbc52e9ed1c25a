"""SipHash-2-4 of many byte strings at once: the keys under which movement ids are remembered.

Published by Aumasson and Bernstein (2012). Keyed, so that nobody who sends ids can choose two that collide.
It finds table slots; what decides equality is always the 128 bits of two such hashes, or the id itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled

KEY_BYTES = 32


def fingerprints(data: NDArray[np.uint8], offsets: NDArray[np.int64], key: bytes) -> NDArray[np.uint64]:
    """uint64[n, 2]: two independent SipHash-2-4 values of each string ``data[offsets[i]:offsets[i + 1]]``."""
    assert len(key) == KEY_BYTES
    out = np.empty((len(offsets) - 1, 2), np.uint64)
    _fingerprint_all(data, offsets, np.frombuffer(key, "<u8").copy(), out)
    return out


@compiled
def _fingerprint_all(data: Any, offsets: Any, key: Any, out: Any) -> None:
    for i in range(offsets.size - 1):
        out[i, 0] = siphash(data, offsets[i], offsets[i + 1], key[0], key[1])
        out[i, 1] = siphash(data, offsets[i], offsets[i + 1], key[2], key[3])


@compiled
def siphash(data: Any, start: int, stop: int, key0: Any, key1: Any) -> Any:
    """SipHash-2-4 of ``data[start:stop]``."""
    v0 = key0 ^ np.uint64(0x736F6D6570736575)
    v1 = key1 ^ np.uint64(0x646F72616E646F6D)
    v2 = key0 ^ np.uint64(0x6C7967656E657261)
    v3 = key1 ^ np.uint64(0x7465646279746573)
    whole = start + (stop - start) // 8 * 8
    for position in range(start, whole, 8):
        word = _word(data, position, 8)
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
    word = _word(data, whole, stop - whole) | (np.uint64((stop - start) & 0xFF) << np.uint64(56))
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= np.uint64(0xFF)
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@compiled
def _word(data: Any, position: int, count: int) -> Any:
    word = np.uint64(0)
    for k in range(count):
        word |= np.uint64(data[position + k]) << np.uint64(8 * k)
    return word


@compiled
def _rotate(x: Any, bits: int) -> Any:
    return (x << np.uint64(bits)) | (x >> np.uint64(64 - bits))


@compiled
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 += v1
    v1 = _rotate(v1, 13) ^ v0
    v0 = _rotate(v0, 32)
    v2 += v3
    v3 = _rotate(v3, 16) ^ v2
    v0 += v3
    v3 = _rotate(v3, 21) ^ v0
    v2 += v1
    v1 = _rotate(v1, 17) ^ v2
    v2 = _rotate(v2, 32)
    return v0, v1, v2, v3
