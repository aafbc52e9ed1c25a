"""Leaves survive storage, and bytes that are not leaves are said to be none."""

from __future__ import annotations

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.journal import Leaves
from bulkhead.runtime.store.journal_payload import PAYLOAD_BYTES_MAX, pack_leaves, unpack_leaves


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=40))
def test_leaves_come_back(leaves: list[bytes]) -> None:
    back = unpack_leaves(pack_leaves(Leaves.of(leaves)), len(leaves))
    assert [back[i] for i in range(len(back))] == leaves


@settings(max_examples=50)
@given(st.binary(max_size=200), st.integers(-3, 2**31))
def test_any_bytes_are_leaves_or_a_value_error(payload: bytes, leaf_count: int) -> None:
    with pytest.raises(ValueError, match=r"leaves|bytes"):
        unpack_leaves(payload, leaf_count)


def test_every_flipped_byte_is_noticed_or_harmless() -> None:
    leaves = [b"first leaf", b"", b"third leaf" * 9]
    payload = pack_leaves(Leaves.of(leaves))
    for position in range(len(payload)):
        flipped = bytearray(payload)
        flipped[position] ^= 0x55
        try:
            back = unpack_leaves(bytes(flipped), 3)
        except ValueError:
            continue
        assert [back[i] for i in range(3)] == leaves, position


def _frame(lengths: list[int], data: bytes) -> bytes:
    return zstandard.compress(np.array(lengths, "<u4").tobytes() + data)


@pytest.mark.parametrize(
    ("payload", "leaf_count"),
    [
        (_frame([3, 4], b"seven b"), 1),  # one leaf fewer than stored
        (_frame([3, 4], b"seven b"), 3),
        (_frame([3, 4], b"six by"), 2),  # lengths that claim more
        (_frame([2**32 - 1, 2**32 - 1], b""), 2),
        (_frame([3], b"abc") + b"more", 1),  # bytes behind the frame
        (_frame([3], b"abc")[:-2], 1),  # cut short
        (zstandard.compress(bytes(PAYLOAD_BYTES_MAX + 1)), 1),  # a bomb
        (zstandard.ZstdCompressor(write_content_size=False).compress(b"\3\0\0\0abc"), 1),
    ],
)
def test_what_does_not_fit_is_refused(payload: bytes, leaf_count: int) -> None:
    with pytest.raises(ValueError, match=r"leaves|bytes"):
        unpack_leaves(payload, leaf_count)
