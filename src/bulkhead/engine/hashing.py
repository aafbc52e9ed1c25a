"""SHA-256 of whole batches by the OpenSSL that Python itself is linked to, without a Python step per hash.

``hashlib`` costs most of a microsecond a call and holds the interpreter lock; the same library called from
compiled code costs a third and holds nothing. Where Python carries its OpenSSL hidden inside, the kernel's plain
functions serve: same hashes, only slower. ``kernel.merkle`` is the reference for both.
"""

from __future__ import annotations

import _hashlib
import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled
from bulkhead.analysis.intrinsics import call_c
from bulkhead.kernel import merkle
from bulkhead.kernel.journal import Leaves

_FUNCTIONS = ("SHA256_Init", "SHA256_Update", "SHA256_Final")
_CONTEXT_BYTES = 1024  # OpenSSL's is 112; room for builds that keep more


def hash_leaves(leaves: Leaves) -> bytes:
    """RFC 6962 hashes of all leaves end to end, 32 bytes a leaf."""
    if _ADDRESSES is None:
        return merkle.leaf_hashes(leaves)
    return _hash_all(np.frombuffer(leaves.data, np.uint8), leaves.offsets, 0)


def hash_pairs(row: bytes) -> bytes:
    """The parents of a row of nodes, 64 bytes a pair, as ``Frontier.append`` wants them."""
    if _ADDRESSES is None:
        return merkle.hash_pairs(row)
    return _hash_all(np.frombuffer(row, np.uint8), np.arange(0, len(row) + 1, 64), 1)


def _hash_all(data: NDArray[np.uint8], offsets: NDArray[np.int64], prefix: int) -> bytes:
    assert _ADDRESSES is not None
    out = np.empty(32 * (len(offsets) - 1), np.uint8)
    _hash_strings(_ADDRESSES, data, offsets, np.array([prefix], np.uint8), np.empty(_CONTEXT_BYTES, np.uint8), out)
    return out.tobytes()


def _addresses() -> NDArray[np.uint64] | None:
    """Where OpenSSL's functions are in this process; None when they cannot be reached or do not hash right."""
    try:
        library = ctypes.CDLL(_hashlib.__file__)
        found = [ctypes.cast(getattr(library, name), ctypes.c_void_p).value for name in _FUNCTIONS]
    except (AttributeError, OSError):
        return None
    return np.array(found, np.uint64)


@compiled
def _hash_strings(addresses: Any, data: Any, offsets: Any, prefix: Any, context: Any, out: Any) -> None:
    init, update, final = addresses[0], addresses[1], addresses[2]
    state, none = np.uint64(context.ctypes.data), np.uint64(0)
    for i in range(offsets.size - 1):
        start, length = np.uint64(offsets[i]), np.uint64(offsets[i + 1] - offsets[i])
        call_c(init, state, none, none)
        call_c(update, state, np.uint64(prefix.ctypes.data), np.uint64(1))
        call_c(update, state, np.uint64(data.ctypes.data) + start, length)
        call_c(final, np.uint64(out.ctypes.data) + np.uint64(32 * i), state, none)


_ADDRESSES = _addresses()
