"""The stored form of a batch's leaves: one zstd frame over their lengths (little-endian u32) and their bytes."""

from __future__ import annotations

import numpy as np
import zstandard

from bulkhead.kernel.journal import Leaves

LEAVES_MAX = 1 << 20  # in one batch
PAYLOAD_BYTES_MAX = 1 << 26  # uncompressed; what a damaged row can make a reader allocate
_LEVEL = 1  # commits wait for it; higher levels save few bytes here
_LENGTH = np.dtype("<u4")


def pack_leaves(leaves: Leaves) -> bytes:
    """The compressed bytes of a batch's leaves."""
    assert len(leaves) <= LEAVES_MAX, len(leaves)
    content = np.diff(leaves.offsets).astype(_LENGTH).tobytes() + leaves.data
    assert len(content) <= PAYLOAD_BYTES_MAX, len(content)
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(content)


def unpack_leaves(payload: bytes, leaf_count: int) -> Leaves:
    """The leaves of ``pack_leaves``. Raises ``ValueError`` for bytes that are not ``leaf_count`` leaves."""
    if not 0 < leaf_count <= LEAVES_MAX:
        raise ValueError(f"{leaf_count} leaves are out of bounds")
    lengths_bytes = leaf_count * _LENGTH.itemsize
    try:
        size = zstandard.frame_content_size(payload)
        if not lengths_bytes <= size <= PAYLOAD_BYTES_MAX:
            raise ValueError(f"the leaves claim {size} bytes, which is out of bounds")
        content = zstandard.ZstdDecompressor().decompress(payload, size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise ValueError(f"the leaves do not decompress: {error}") from None
    offsets = np.zeros(leaf_count + 1, np.int64)
    np.cumsum(np.frombuffer(content, _LENGTH, leaf_count), dtype=np.int64, out=offsets[1:])
    if offsets[-1] != len(content) - lengths_bytes:
        raise ValueError(f"the leaves have {len(content) - lengths_bytes} bytes, their lengths say {offsets[-1]}")
    return Leaves(content[lengths_bytes:], offsets)
