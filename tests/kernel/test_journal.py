"""Runs of leaves and the batches that carry them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.journal import JournalBatch, Leaves


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=20))
def test_leaves_come_back_as_they_were(values: list[bytes]) -> None:
    leaves = Leaves.of(values)
    assert [leaves[i] for i in range(len(leaves))] == values
    with pytest.raises(IndexError):
        leaves[len(values)]


def test_a_batch_ends_where_the_next_begins() -> None:
    batch = JournalBatch(7, Leaves.of([b"a", b"b"]), bytes(64), bytes(32), epoch=1, received_us=0)
    assert batch.next_sequence == 9
    empty = JournalBatch(9, Leaves.of([]), b"", bytes(32), epoch=1, received_us=0)
    assert empty.next_sequence == 9
