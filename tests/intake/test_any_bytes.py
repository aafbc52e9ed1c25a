"""Any bytes at all: movements, quarantined rows or ``BadInput``, never anything else, in bounded memory."""

from __future__ import annotations

import io
import json
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.intake.check import check_file
from bulkhead.intake.readers.lines import READ_BYTES, line_runs
from bulkhead.intake.reading import read_row
from bulkhead.intake.source import built_in_sources, load_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import AMOUNT_MINOR_MAX
from reading_inputs import Reading, memory_vault, read_bytes

SOURCES = built_in_sources()
CARDS, PLAIN = SOURCES["card-payments"], SOURCES["movements"]
HEADERS = {code: (source.sample.lstrip("\n").splitlines()[0] + "\n").encode() for code, source in SOURCES.items()}
LATEST_US = 1_775_000_000_000_000


def read_or_refuse(data: bytes, code: str) -> Reading | None:
    """A reading that lost nothing, or None for a file refused in one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            reading = read_bytes(Path(folder), data, SOURCES[code])
        except BadInput as error:
            refusal = str(error)
        else:
            refusal = ""
    if refusal:
        assert 10 < len(refusal) < 1_000
        assert "\n" not in refusal
        return None
    assert reading.rows_done == len(reading.movements) + len(reading.quarantined)
    for movement in reading.movements:
        assert 0 <= movement["amount_minor"] <= AMOUNT_MINOR_MAX
        assert 0 < len(movement["id"].encode()) <= 128
    for row in reading.quarantined:
        assert row.reason
        assert "\n" not in row.reason
    return reading


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(sorted(SOURCES)))
def test_any_bytes(data: bytes, code: str) -> None:
    read_or_refuse(data, code)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(sorted(SOURCES)))
def test_any_bytes_behind_a_good_header(data: bytes, code: str) -> None:
    assert read_or_refuse(HEADERS[code] + data, code) is not None


CELL = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", "1", "0", "-1", "1e5", "1e-999999", "9" * 40, "0.01", "nan", "\u0661", "２", "true"]),
    st.sampled_from(
        ["2018-04-01 08:00:00", "2018-02-29 00:00:00", "20180401", "960728", "0000-00-00", "client:a"]
    ),
    st.sampled_from(
        ["place", "post", "single", "deposit", "own", "book:own", "book:x", ":", "client:", "CNY", "credit"]
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(SOURCES)))
def test_any_cells(data: st.DataObject, code: str) -> None:
    source = SOURCES[code]
    width = HEADERS[code].decode().count(source.csv.delimiter) + 1
    rows = data.draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=8))
    text = "".join(source.csv.delimiter.join(row) + "\n" for row in rows)
    read_or_refuse(HEADERS[code] + text.encode("utf-8", "surrogatepass"), code)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELL),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(PLAIN.used_columns), JSON), max_size=6), st.binary(max_size=30))
def test_any_json_lines(rows: list[dict[str, object]], tail: bytes) -> None:
    first = dict.fromkeys(PLAIN.used_columns, None)
    data = "".join(json.dumps(row) + "\n" for row in [first, *rows])
    reading = read_or_refuse(data.encode() + tail, "movements")
    assert reading is not None
    assert reading.rows_done >= len(rows) + 1


def good_parquet() -> bytes:
    table = pa.table(
        {
            "TRANSACTION_ID": pa.array(range(50)),
            "TX_DATETIME": pa.array(range(1_522_540_800_000, 1_522_540_800_050), pa.timestamp("ms")),
            "CUSTOMER_ID": [f"c{i % 7}" for i in range(50)],
            "TERMINAL_ID": pa.array([i % 5 for i in range(50)]),
            "TX_AMOUNT": [i / 100 for i in range(50)],
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=20, compression="none")
    return sink.getvalue()


PARQUET = good_parquet()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(PARQUET) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, len(PARQUET)),
)
def test_damaged_parquet(flips: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(PARQUET)
    for position, value in flips:
        data[position] = value
    read_or_refuse(bytes(data), "card-payments")
    read_or_refuse(bytes(data[:cut]), "card-payments")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TX_AMOUNT"]),
    st.sampled_from(
        [
            pa.int8(),
            pa.uint64(),
            pa.float16(),
            pa.float32(),
            pa.bool_(),
            pa.date32(),
            pa.date64(),
            pa.null(),
            pa.timestamp("s"),
            pa.timestamp("ns", "Asia/Shanghai"),
            pa.decimal128(30, 9),
            pa.decimal256(60, 20),
            pa.large_string(),
            pa.dictionary(pa.int8(), pa.string()),
            pa.binary(),
            pa.time64("us"),
            pa.duration("s"),
            pa.list_(pa.int64()),
            pa.binary(16),
        ]
    ),
)
def test_any_type_in_any_column(column: str, kind: pa.DataType) -> None:
    table = pq.read_table(io.BytesIO(PARQUET))
    try:
        cells = table[column].cast(kind)
    except (pa.ArrowException, ValueError):
        cells = pa.chunked_array([pa.nulls(len(table), kind)])
    sink = io.BytesIO()
    pq.write_table(table.set_column(table.schema.get_field_index(column), column, cells), sink)
    read_or_refuse(sink.getvalue(), "card-payments")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_corrected_row(text: str) -> None:
    try:
        batch = read_row(text, PLAIN, memory_vault(), latest_us=LATEST_US)
    except BadInput:
        return
    assert len(batch) == 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_can_be_checked(data: bytes, headed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(HEADERS["movements"] * headed + data)
        try:
            check = check_file(path, SOURCES.values(), latest_us=LATEST_US)
        except BadInput:
            assert not headed
        else:
            assert check.rows == check.good + sum(problem.count for problem in check.problems)


class Endless(io.RawIOBase):
    """A stream of so many bytes without a newline, then one."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return b"x" * size


def test_one_endless_line_is_read_in_bounded_memory() -> None:
    def longest() -> Iterator[int]:
        for run in line_runs(cast(BinaryIO, Endless(500 * READ_BYTES))):
            yield len(run)

    tracemalloc.start()
    lengths = list(longest())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(lengths) == 1
    assert peak < 6 * READ_BYTES


def test_a_column_that_unfolds_to_gigabytes_is_read_in_bounded_memory(tmp_path: Path) -> None:
    folded = pa.DictionaryArray.from_arrays(pa.array([0] * 40_000, pa.int32()), pa.array(["x" * 2**20]))
    table = pa.table(
        {
            "TRANSACTION_ID": pa.array(range(40_000)),
            "TX_DATETIME": pa.array([1_522_540_800_000] * 40_000, pa.timestamp("ms")),
            "CUSTOMER_ID": folded,
            "TERMINAL_ID": pa.array([1] * 40_000),
            "TX_AMOUNT": pa.array([1.0] * 40_000),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    assert len(sink.getvalue()) < 1_000_000
    reading = read_bytes(tmp_path, sink.getvalue(), load_source("card-payments"))
    assert len(reading.quarantined) == 40_000
    assert pa.default_memory_pool().max_memory() < 2**30
