"""The world platform as files: what intake reads is the stream, ledgers agree with movements, bytes are the same."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from said_rows import said

from bulkhead.intake.reading import open_input
from bulkhead.intake.source import load_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.movements import MovementBatch
from bulkhead.simulation.platform.files import Written, write_platform
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Setting

SETTING = Setting(seed=11, clients=300, days=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("platform")


@cache
def written(folder: Path, file_format: str = "parquet") -> dict[str, Written]:
    return write_platform(Platform(SETTING), folder / file_format, file_format)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_the_file_read_through_intake_is_the_stream(folder: Path, file_format: str) -> None:
    file = folder / file_format / written(folder, file_format)["movements"].file
    world = Platform(SETTING).world()
    with open_input(
        file, load_source("movements"), MemoryVault(MemoryTables()), latest_us=world.calendar.end_us
    ) as reader:
        chunks = list(reader)
    assert [row.reason for chunk in chunks for row in chunk.quarantined] == []
    streamed = [i for i in world.stream(MemoryVault(MemoryTables())) if isinstance(i, MovementBatch)]
    assert said([chunk.batch for chunk in chunks]) == said(streamed)


def test_the_same_setting_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = write_platform(Platform(SETTING), tmp_path, "parquet")
    assert {code: each.sha256 for code, each in again.items()} == {
        code: each.sha256 for code, each in written(folder).items()
    }
    assert all(
        each.rows == pq.read_metadata(tmp_path / each.file).num_rows
        for each in again.values()
        if "truth" not in each.file
    )


def test_the_custodians_balance_is_the_sum_of_its_lines(folder: Path) -> None:
    written(folder)
    lines = pq.read_table(folder / "parquet" / "bank_statement.parquet")
    amounts, balances = (lines[name].to_numpy() for name in ("amount_minor", "balance_minor"))
    assert (np.cumsum(amounts) == balances).all()
    assert (np.diff(lines["time"].cast("int64").to_numpy()) >= 0).all()
    late = pc.greater(pc.subtract(lines["time"].cast("int64"), lines["value_time"].cast("int64")), 3_600_000_000)
    assert 0 <= pc.sum(late).as_py() < 0.01 * len(lines)
    assert "bank charge" in lines["text"].to_pylist()


def test_every_movement_stands_in_the_ledger_and_every_order_beside_its_movement(folder: Path) -> None:
    written(folder)
    movements, entries, orders = (
        pq.read_table(folder / "parquet" / f"{code}.parquet")
        for code in ("movements", "platform_records", "instructions")
    )
    amount_of = dict(zip(movements["id"].to_pylist(), movements["amount"].to_pylist(), strict=True))
    assert set(entries["movement"].to_pylist()) == set(amount_of)
    for movement, minor in zip(orders["movement"].to_pylist(), orders["amount_minor"].to_pylist(), strict=True):
        assert amount_of[movement] * 100 == minor
    by_hand = {"withdrawal", "transfer"}
    asked = {
        m
        for m, kind in zip(movements["id"].to_pylist(), movements["kind"].to_pylist(), strict=True)
        if kind in by_hand
    }
    assert asked <= set(orders["movement"].to_pylist())


def test_the_truth_lies_apart(folder: Path) -> None:
    told = json.loads((folder / "parquet" / written(folder)["truth"].file).read_text(encoding="utf-8"))
    assert (told["world"], told["seed"], told["incidents"]) == ("platform", 11, [])


def test_csv_holds_the_same_rows(folder: Path) -> None:
    parquet, csv = written(folder), written(folder, "csv")
    assert {code: each.rows for code, each in parquet.items()} == {code: each.rows for code, each in csv.items()}
    assert pyarrow.csv.read_csv(folder / "csv" / "loans.csv").num_rows == csv["loans"].rows


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be written to"):
        write_platform(Platform(SETTING), tmp_path / "file" / "out", "parquet")
