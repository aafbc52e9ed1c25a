"""Ids seen before, against a dictionary that forgets nothing, through many turn-overs of small generations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bulkhead.engine.duplicates import Duplicates
from bulkhead.kernel.movements import ABSENT

GENERATION = 64


def keys_of(ids: list[int]) -> NDArray[np.uint64]:
    """Two words an id, spread over the tables as fingerprints are."""
    words = np.stack(
        [np.array(ids, np.uint64) * np.uint64(2), np.array(ids, np.uint64) * np.uint64(2) + np.uint64(1)]
    )
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        words = (words ^ (words >> np.uint64(30))) * np.uint64(factor)
    return np.ascontiguousarray((words ^ (words >> np.uint64(31))).T)


def contents_of(ids: list[int]) -> NDArray[np.uint64]:
    return np.array(ids, np.uint64) % np.uint64(7)


@pytest.mark.parametrize("seed", range(6))
def test_no_id_is_ever_new_twice_whatever_the_batches(seed: int) -> None:
    random = np.random.default_rng(seed)
    ids, first_of, sequence = Duplicates(GENERATION), dict[int, int](), 0
    for turn in range(400):
        batch = random.integers(0, 3_000, int(random.integers(1, GENERATION // 2 + 1))).tolist()
        suspects = ids.suspects(keys_of(batch))
        earlier = {i for i, suspect in zip(batch, suspects, strict=True) if suspect and i in first_of}
        asked = [i for i in batch if i not in earlier]
        screening = ids.admit(keys_of(asked), contents_of(asked), sequence)
        for i, seen, same in zip(asked, screening.seen.tolist(), screening.same.tolist(), strict=True):
            assert seen == first_of.get(i, ABSENT), f"id {i} in batch {turn}"
            assert same == (seen != ABSENT)
            if seen == ABSENT:
                first_of[i] = sequence
                sequence += 1
        if turn % 50 == 49:
            ids = Duplicates.restore(ids.arrays(), GENERATION)
    assert len(first_of) > 10 * GENERATION, "the tables turned over many times"


def test_the_latest_ids_are_known_without_asking_the_journal() -> None:
    ids = Duplicates(GENERATION)
    for start in range(0, 1_000, 20):
        batch = list(range(start, start + 20))
        ids.admit(keys_of(batch), contents_of(batch), start)
        latest = list(range(max(0, start + 20 - ids.recent_ids), start + 20))
        assert not ids.suspects(keys_of(latest)).any()
        assert ids.find(keys_of(latest)).tolist() == latest


def test_an_id_that_leaves_the_tables_is_a_suspect_from_then_on() -> None:
    ids = Duplicates(GENERATION)
    for start in range(0, 20 * GENERATION, 16):
        batch = list(range(start, start + 16))
        ids.admit(keys_of(batch), contents_of(batch), start)
    every = list(range(20 * GENERATION))
    known = (ids.find(keys_of(every)) != ABSENT) | ids.suspects(keys_of(every))
    assert known.all()
    strangers = ids.suspects(keys_of(list(range(10**6, 10**6 + 20_000))))
    assert strangers.mean() < 0.05, "a filter that suspects everybody would be of no use"


def test_another_content_under_a_known_id_is_told() -> None:
    ids = Duplicates(GENERATION)
    ids.admit(keys_of([5]), np.array([1], np.uint64), 40)
    again = ids.admit(keys_of([5, 5]), np.array([1, 2], np.uint64), 41)
    assert again.seen.tolist() == [40, 40]
    assert again.same.tolist() == [True, False]
