"""The window kernel against its written meaning."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from window_reference import SECOND_US, Row, computed, expected, movements

from bulkhead.analysis.features import ALL_FEATURES, WINDOWS, parse_feature
from bulkhead.analysis.windows import Windows, plan
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import ABSENT

FEATURES = tuple(parse_feature(name) for name in ALL_FEATURES)
DAY_US = 86_400 * SECOND_US
EXACT = [c for c, f in enumerate(FEATURES) if f.aggregate not in ("std", "mean", "out_share")]

# Steps in time that meet the windows' edges: equal times, just inside, exactly on, just outside, far beyond.
STEPS_US = sorted(
    {w * SECOND_US + d for w in (0, *WINDOWS.values()) for d in (-1, 0, 1) if w or d >= 0} | {70 * DAY_US}
)
NUMBERS = st.integers(ABSENT, 4)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(STEPS_US) | st.integers(0, 4000) | st.integers(0, DAY_US),
        NUMBERS,
        NUMBERS,
        NUMBERS,
        st.integers(0, 50) | st.integers(0, 10**13),
        st.integers(0, 9).map(bool),
    ),
    min_size=1,
    max_size=60,
)


def timeline(steps: list[tuple[int, int, int, int, int, bool]]) -> list[Row]:
    rows, at_us = [], 1
    for step_us, payer, payee, device, amount, attempt in steps:
        at_us += step_us
        rows.append(Row(at_us, payer, payee, device, amount, attempt))
    return rows


def crowd(seed: int, count: int, numbers: int, gap_us: int) -> list[Row]:
    """A seeded stream of a few numbers that pay each other, with equal times and long silences in it."""
    draw = random.Random(seed)
    rows, at_us = [], DAY_US
    for _ in range(count):
        at_us += draw.choice(
            (0, 0, 1, gap_us, draw.randrange(1, 2 * gap_us), 400 * gap_us * (draw.random() < 0.01))
        )
        payer, payee, device = (draw.randrange(numbers) if draw.random() < 0.97 else ABSENT for _ in range(3))
        rows.append(
            Row(
                int(at_us),
                payer,
                payee,
                device,
                amount=draw.choice((draw.randrange(10**4), 10**13, 5)),
                attempt=draw.random() < 0.95,
            )
        )
    return rows


def assert_as_expected(
    rows: list[Row], out: np.ndarray[tuple[int, int], np.dtype[np.float64]], step: int = 1
) -> None:
    for i in range(0, len(rows), step):
        want = np.array([expected(rows, i, feature) for feature in FEATURES])
        np.testing.assert_array_equal(out[i, EXACT], want[EXACT], err_msg=f"row {i}")
        np.testing.assert_allclose(out[i], want, rtol=1e-12, atol=1e-12, err_msg=f"row {i}")


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_every_feature_means_what_is_written(steps: list[tuple[int, int, int, int, int, bool]]) -> None:
    rows = timeline(steps)
    assert_as_expected(rows, computed(rows, FEATURES, [7]))


@pytest.mark.parametrize(
    ("numbers", "gap_us"), [(1, 200 * SECOND_US), (3, DAY_US // 40), (12, DAY_US // 4), (300, DAY_US // 9)]
)
def test_long_histories_pass_through_many_blocks(numbers: int, gap_us: int) -> None:
    rows = crowd(numbers, 3000, numbers, gap_us)
    assert_as_expected(rows, computed(rows, FEATURES, [64]), step=17)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=5), st.integers(0, 10**6))
def test_batch_sizes_do_not_change_one_bit(sizes: list[int], seed: int) -> None:
    rows = crowd(seed, 500, 9, DAY_US // 12)
    assert computed(rows, FEATURES, sizes).tobytes() == computed(rows, FEATURES, [500]).tobytes()


def test_state_after_any_batch_sizes_is_the_same() -> None:
    rows = crowd(5, 2000, 30, DAY_US // 20)
    states = []
    for sizes in ([1], [2000], [3, 77]):
        windows = Windows()
        computed(rows, FEATURES, sizes, windows)
        states.append({name: array.tobytes() for name, array in windows.arrays().items()})
    assert states[0] == states[1] == states[2]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 799))
def test_a_restored_snapshot_goes_on_as_if_nothing_had_happened(seed: int, cut: int) -> None:
    rows = crowd(seed, 800, 12, DAY_US // 10)
    whole = computed(rows, FEATURES, [50])
    before = Windows()
    computed(rows[:cut], FEATURES, [50], before)
    after = Windows.restore(before.arrays())
    assert after.clock_us == before.clock_us
    assert computed(rows[cut:], FEATURES, [50], after).tobytes() == whole[cut:].tobytes()


def test_the_features_asked_for_do_not_change_the_others() -> None:
    rows = crowd(2, 600, 6, DAY_US // 15)
    whole = computed(rows, FEATURES, [100])
    chosen = [
        FEATURES.index(parse_feature(name)) for name in ("payee.std_7d", "payer.out_share_1h", "payer.count_5m")
    ]
    part = computed(rows, tuple(FEATURES[c] for c in chosen), [100])
    assert part.tobytes() == np.ascontiguousarray(whole[:, chosen]).tobytes()


def test_a_self_payment_is_paid_and_received() -> None:
    names = ("payer.out_share_1d", "payee.out_share_1d", "payer.count_1d", "payee.count_1d")
    rows = [Row(1, 3, 3, ABSENT, 40), Row(2, 3, 8, ABSENT, 80)]
    out = computed(rows, tuple(map(parse_feature, names)), [1])
    np.testing.assert_array_equal(out, [[0.5, 0.5, 1, 1], [0.75, 0.0, 2, 1]])


def test_a_sum_that_might_not_fit_is_unknown_and_comes_back() -> None:
    names = tuple(map(parse_feature, ("payer.sum_5m", "payer.std_5m", "payer.max_30d", "payer.out_share_1d")))
    count = 2**63 // 10**13 + 2
    windows = Windows()
    table, _, attempt = movements([Row(1, 0, 1, ABSENT, 10**13)] * count)
    out = np.empty((count, len(names)))
    windows.update(table, np.full(count, DAY_US), attempt, names, out)
    assert not np.isnan(out[1:-3]).any()
    assert np.isnan(out[-1]).all()
    later = computed([Row(DAY_US * 40, 0, 1, ABSENT, 5), Row(DAY_US * 40, 0, 1, ABSENT, 9)], names, [1], windows)
    np.testing.assert_allclose(later[1], [14, 8**0.5, 9, 1])


def test_memory_follows_the_live_movements() -> None:
    windows = Windows()
    feature = (parse_feature("payer.distinct_30d"),)
    draw = np.random.Generator(np.random.PCG64(11))
    sizes = []
    for day in range(240):
        table, _, attempt = movements([Row(1, 0, 0, ABSENT, 1)] * 500)
        table["payer"] = draw.integers(0, 40, 500) + day * 20  # a population that moves on
        table["payee"] = draw.integers(0, 4000, 500)
        windows.update(table, np.full(500, (day + 1) * DAY_US), attempt, feature, np.empty((500, 1)))
        sizes.append({name: array.nbytes for name, array in windows.arrays().items()})
    for name in ("entities", "blocks", "buckets", "overflows"):
        assert sizes[239][name] <= 1.1 * sizes[100][name], name


def test_bugs_of_the_caller_are_caught() -> None:
    names = (parse_feature("payer.count_5m"),)
    windows = Windows()
    computed([Row(50, 0, 1, ABSENT, 1)], names, [1], windows)
    with pytest.raises(AssertionError, match="goes back"):
        computed([Row(49, 0, 1, ABSENT, 1)], names, [1], windows)
    with pytest.raises(AssertionError, match="amount"):
        computed([Row(60, 0, 1, ABSENT, 10**13 + 1)], names, [1], windows)


def test_a_foreign_snapshot_is_refused() -> None:
    arrays = Windows().arrays()
    with pytest.raises(BadInput, match="'buckets'"):
        Windows.restore({name: array for name, array in arrays.items() if name != "buckets"})
    with pytest.raises(BadInput, match=r"'homes' .* 1 records, not 0"):
        Windows.restore(arrays | {"homes": np.zeros(1, arrays["homes"].dtype)})


def test_a_plan_can_be_prepared_once() -> None:
    rows = crowd(4, 50, 5, DAY_US // 15)
    table, at_us, attempt = movements(rows)
    out = np.empty((50, len(FEATURES)))
    Windows().update(table, at_us, attempt.astype(np.bool_), plan(FEATURES), out)
    assert out.tobytes() == computed(rows, FEATURES, [50]).tobytes()
