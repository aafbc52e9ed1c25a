"""Laws that every source keeps, built in or added later."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bulkhead.intake.check import best_source
from bulkhead.intake.source import SOURCES, Source, built_in_sources, load_source, parse_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import AccountClass
from reading_inputs import Reading, read_bytes

EVERY_SOURCE = pytest.mark.parametrize("source", built_in_sources().values(), ids=lambda source: source.code)


def sample_rows(source: Source) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(source.sample.lstrip("\n")), delimiter=source.csv.delimiter))


def sample_as(form: str, source: Source) -> bytes:
    """The source's sample in one of the formats it reads."""
    rows = sample_rows(source)
    if form == "csv":
        return source.sample.lstrip("\n").encode(source.csv.encoding)
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def read_sample(folder: Path, source: Source, form: str | None = None) -> Reading:
    return read_bytes(folder, sample_as(form or source.formats[0], source), source)


@EVERY_SOURCE
def test_a_source_is_named_like_its_file_and_speaks_both_languages(source: Source) -> None:
    assert (SOURCES / f"{source.code}.toml").exists()
    assert source.title.en.isascii()
    assert not source.title.zh.isascii()
    assert source.title.zh != source.title.en


@EVERY_SOURCE
def test_the_sample_is_read_whole_and_the_same_in_every_format(source: Source, tmp_path: Path) -> None:
    readings = [read_sample(tmp_path, source, form) for form in source.formats]
    assert len(readings[0].movements) == len(sample_rows(source)) > 0
    for reading in readings:
        assert reading.reasons == []
        assert reading.movements == readings[0].movements


@EVERY_SOURCE
def test_reading_twice_gives_the_same_batches(source: Source, tmp_path: Path) -> None:
    first, second = read_sample(tmp_path, source), read_sample(tmp_path, source)
    assert first.sha256 == second.sha256
    for one, other in zip(first.chunks, second.chunks, strict=True):
        assert one.batch.rows.tolist() == other.batch.rows.tolist()
        assert (one.batch.names, one.batch.holds) == (other.batch.names, other.batch.holds)


@EVERY_SOURCE
def test_both_sides_of_every_movement_are_accounts_of_the_book(source: Source, tmp_path: Path) -> None:
    for movement in read_sample(tmp_path, source).movements:
        assert movement["debit_account"] != movement["credit_account"]
        assert AccountClass.NONE not in (movement["debit_class"], movement["credit_class"])


@EVERY_SOURCE
def test_clients_are_personal_and_leave_as_tokens(source: Source, tmp_path: Path) -> None:
    assert "client" in source.personal
    personal_values = {cell for row in sample_rows(source) for cell in row.values() if len(cell) > 6}
    for chunk in read_sample(tmp_path, source).chunks:
        for name in chunk.batch.names:
            entity, _, value = name.partition(":")
            assert entity not in source.personal or value not in personal_values


@EVERY_SOURCE
def test_an_unusual_number_of_rows_is_noticed(source: Source, tmp_path: Path) -> None:
    few = len(sample_rows(source)) < source.volume.rows_min
    assert any("files of this source have" in n for n in read_sample(tmp_path, source).notices) == few
    assert source.volume.rows_max < 10**9


@EVERY_SOURCE
def test_a_key_nobody_knows_is_refused(source: Source) -> None:
    for table in ("", "[columns]\n", "[volume]\n", "[title]\n"):
        text = source.definition
        spoilt = f"surprise = 1\n{text}" if not table else text.replace(table, f"{table}surprise = 1\n", 1)
        assert spoilt != text
        with pytest.raises(BadInput, match="surprise"):
            parse_source(spoilt, "spoilt.toml")


@EVERY_SOURCE
def test_each_required_column_is_missed_by_name(source: Source, tmp_path: Path) -> None:
    header = source.sample.lstrip("\n").splitlines()[0]
    for column in source.required_columns:
        cells = ["other" if cell == column else cell for cell in header.split(source.csv.delimiter)]
        with pytest.raises(BadInput, match=rf"lacks the columns? .*\b{column}\b"):
            read_bytes(tmp_path, (source.csv.delimiter.join(cells) + "\n").encode(), source)


@EVERY_SOURCE
def test_the_definition_alone_gives_the_source_back(source: Source) -> None:
    assert parse_source(source.definition, "again") == source
    assert tomllib.loads(source.definition)["code"] == source.code


@EVERY_SOURCE
def test_a_file_of_the_source_is_recognised(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(sample_as("csv", source))
    assert best_source([path]) == source


def test_a_code_that_no_source_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"no source 'berkka'; built in are berka, card-payments, movements"):
        load_source("berkka")
