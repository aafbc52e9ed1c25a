"""A movement that was read well can still be shown as it stood in its file, in whatever order it was decided."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bulkhead.intake.reading import read_row
from bulkhead.intake.source import Source, built_in_sources, load_source
from bulkhead.kernel.errors import BadInput
from reading_inputs import LATEST_US, memory_vault, read_bytes, read_file

EVERY_SOURCE = pytest.mark.parametrize("source", built_in_sources().values(), ids=lambda source: source.code)


@EVERY_SOURCE
def test_every_movement_is_read_again_from_its_own_raw_row(source: Source, tmp_path: Path) -> None:
    lines = source.sample.strip().splitlines()
    reading = read_bytes(tmp_path, source.sample.lstrip().encode(), source)
    for chunk in reading.chunks:
        for index in range(len(chunk.batch)):
            row = chunk.origins.row(index)
            assert lines[row - 1].startswith(chunk.batch.ids[index])
            again = read_row(chunk.origins.raw(index), source, memory_vault(), latest_us=LATEST_US)
            assert again.ids[0] == chunk.batch.ids[index]
            for field in ("event_us", "amount_minor", "kind", "settled", "stated_balance_minor"):
                assert again.rows[field][0] == chunk.batch.rows[field][index]


def test_chunks_cut_small_or_resumed_keep_their_origins(tmp_path: Path) -> None:
    source = load_source("berka")
    [chunk] = [c for c in read_bytes(tmp_path, source.sample.lstrip().encode(), source).chunks if len(c.batch)]
    pieces = [*chunk.split(2)]
    assert [p.origins.row(i) for p in pieces for i in range(len(p.batch))] == [
        chunk.origins.row(i) for i in range(len(chunk.batch))
    ]
    rest = chunk.after(3)
    assert [rest.origins.row(i) for i in range(len(rest.batch))] == [
        chunk.origins.row(i) for i in range(3, len(chunk.batch))
    ]


def test_a_csv_row_that_could_not_be_split_is_mended_in_its_own_format(tmp_path: Path) -> None:
    source = load_source("card-payments")
    header, first, *_ = source.sample.strip().splitlines()
    [bad] = read_bytes(tmp_path, f"{header}\n{first},1\n".encode(), source).quarantined
    assert bad.raw == f"{header}\n{first},1"
    with pytest.raises(BadInput, match="the row has 6 fields; expected 5"):
        read_row(bad.raw, source, memory_vault(), latest_us=LATEST_US)
    assert read_row(f"{header}\n{first}", source, memory_vault(), latest_us=LATEST_US).ids[0] == "1"
    with pytest.raises(BadInput, match="lacks the column TX_AMOUNT"):
        read_row("TRANSACTION_ID,TX_DATETIME\n1,2018-04-01", source, memory_vault(), latest_us=LATEST_US)


def test_a_damaged_parquet_row_keeps_its_other_cells(tmp_path: Path) -> None:
    source = load_source("movements")
    columns = {"id": ["a", "b"], "time": ["2026-03-02"] * 2, "kind": ["deposit"] * 2, "amount": ["1", "2"]}
    payees = pa.array([b"client:ann", b"client:\xff"], pa.binary()).view(pa.string())
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({**columns, "payee": payees, "settled": [True, True]}), path)
    [bad] = read_file(path, source).quarantined
    cells = json.loads(bad.raw)
    assert (cells["id"], cells["amount"], cells["payee"]) == ("b", "2", "client:\\xff")
    mended = json.dumps(cells | {"payee": "client:bo"})
    assert read_row(mended, source, memory_vault(), latest_us=LATEST_US).ids[0] == "b"


def test_a_long_cell_is_cut_and_the_row_stays_whole(tmp_path: Path) -> None:
    source = load_source("movements")
    row = {"id": "x" * 40_000, "time": "2026-03-02", "kind": "deposit", "amount": "1", "payee": "ann"}
    [bad] = read_bytes(tmp_path, (json.dumps(row) + "\n").encode(), source).quarantined
    assert json.loads(bad.raw)["payee"] == "ann"
    assert len(bad.raw) < 2_000
