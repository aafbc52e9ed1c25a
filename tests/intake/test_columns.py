"""Cells become numbers, alone or among others, from text or from types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.intake.columns import BEYOND, amounts, choices, labels, texts, times
from bulkhead.intake.faults import Faults
from bulkhead.kernel.money import AMOUNT_MINOR_MAX, parse_minor
from bulkhead.kernel.movements import NO_AMOUNT

AMOUNT_TEXT = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,14}(\.[0-9]{1,4})?([eE][+-]?[0-9])?", fullmatch=True),
    st.text(alphabet="0123456789.-+eE _,", max_size=12),
)
TIME_TEXT = st.one_of(
    st.datetimes().map(lambda t: t.isoformat(sep=" ")),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])).map(datetime.isoformat),
    st.from_regex(
        r"[12][0-9]{3}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?", fullmatch=True
    ),
)


def amount_of(text: str, places: int = 2) -> int | None:
    faults = Faults(1)
    (value,) = amounts(pa.array([text]), places, "amount", faults).tolist()
    return None if faults.bad[0] else value


@settings(max_examples=200)
@given(AMOUNT_TEXT)
def test_an_amount_is_what_the_kernel_says_it_is(text: str) -> None:
    """Wherever both read it; this room refuses what is longer than any amount."""
    found = amount_of(text)
    try:
        wanted = parse_minor(text, "CNY")
    except ValueError:
        assert found is None or found == NO_AMOUNT or abs(found) > AMOUNT_MINOR_MAX
    else:
        assert found == wanted or abs(wanted) > AMOUNT_MINOR_MAX


@settings(max_examples=100)
@given(st.lists(AMOUNT_TEXT | TIME_TEXT, max_size=8))
def test_a_cell_does_not_depend_on_its_neighbours(cells: list[str]) -> None:
    def both(column: list[str]) -> list[tuple[int, int, bool, bool]]:
        money, moments = Faults(len(column)), Faults(len(column))
        array = pa.array(column, pa.string())
        minor = amounts(array, 2, "", money).tolist()
        event_us = times(array, "iso", 0, "", moments).tolist()
        return list(zip(minor, event_us, money.bad.tolist(), moments.bad.tolist(), strict=True))

    assert both(cells) == [row for cell in cells for row in both([cell])]


@settings(max_examples=200)
@given(st.integers(-(10**13), 10**13), st.sampled_from([0, 2, 3]))
def test_an_amount_survives_every_type(minor: int, places: int) -> None:
    major = Decimal(minor).scaleb(-places)
    columns = [
        pa.array([format(major, "f")]),
        pa.array([f"  {major:.6f}"]),
        pa.array([major], pa.decimal128(38, 9)),
        pa.array([float(major)]),
        pa.array([minor]).cast(pa.int64()) if places == 0 else pa.array([str(major)]),
    ]
    for column in columns:
        faults = Faults(1)
        assert (amounts(column, places, "", faults).tolist(), faults.first) == ([minor], {})


@settings(max_examples=200)
@given(TIME_TEXT)
def test_a_time_is_what_the_standard_library_says_it_is(text: str) -> None:
    faults = Faults(1)
    (found,) = times(pa.array([text]), "iso", 0, "", faults).tolist()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        assert faults.bad[0]
    else:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        wanted = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        assert found == max(-BEYOND, min(BEYOND, wanted))


@pytest.mark.parametrize(
    ("cell", "time_format", "offset_h", "expected"),
    [
        ("2018-04-01 08:00:00", "iso", 8, "2018-04-01T00:00:00"),
        ("2018-04-01T08:00:00Z", "iso", 8, "2018-04-01T08:00:00"),
        ("2018-04-01 08:00+01:00", "iso", 8, "2018-04-01T07:00:00"),
        ("2018-04-01", "iso", 0, "2018-04-01T00:00:00"),
        ("960728", "%y%m%d", 1, "1996-07-27T23:00:00"),
        ("1522540800", "epoch_s", 8, "2018-04-01T00:00:00"),
        ("1522540800000", "epoch_ms", 8, "2018-04-01T00:00:00"),
        ("1522540800000000", "epoch_us", 8, "2018-04-01T00:00:00"),
    ],
)
def test_times_are_read_at_the_offset_of_the_source(
    cell: str, time_format: str, offset_h: int, expected: str
) -> None:
    (found,) = times(pa.array([cell]), time_format, offset_h * 3_600_000_000, "", Faults(1)).tolist()
    assert np.datetime64(found, "us") == np.datetime64(expected)


def test_typed_times_are_taken_by_their_zone() -> None:
    moment = datetime(2018, 4, 1, 8)
    for unit in ("s", "ms", "us", "ns"):
        naive = times(pa.array([moment], pa.timestamp(unit)), "iso", 3_600_000_000, "", Faults(1))
        aware = times(pa.array([moment], pa.timestamp(unit, "UTC")), "iso", 3_600_000_000, "", Faults(1))
        assert aware[0] - naive[0] == 3_600_000_000
    assert times(pa.array([moment.date()]), "iso", 0, "", Faults(1)).tolist() == [1_522_540_800_000_000]


def test_ids_that_a_tool_made_floats_are_whole_again() -> None:
    assert texts(pa.array([12.0, None, 0.5, float("nan")])).to_pylist() == ["12", None, "0.5", None]


def test_labels_are_bounded_in_bytes_not_characters() -> None:
    faults = Faults(3)
    labels(pa.array(["客" * 42, "客" * 43, "a\tb"]), "name", faults)
    assert sorted(faults.first) == [1, 2]


def test_choices_ignore_case_and_keep_the_default_for_empty_cells() -> None:
    faults = Faults(4)
    found = choices(pa.array(["Yes", "", None, "maybe"]), {"yes": 1, "no": 0}, 7, "settled", faults)
    assert found.tolist()[:3] == [1, 7, 7]
    assert faults.first == {3: ("settled", "found 'maybe'; expected one of yes, no")}
