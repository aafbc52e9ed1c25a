"""Must-show 7: whatever is wrong with a file, one clear sentence; bad rows in quarantine, the others decided."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command_line import CommandLine
from seeded_town import seeded_batch, write_town

ROWS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """One installation for all: each file has ids of its own."""
    return CommandLine(tmp_path_factory.mktemp("bad-input"))


@pytest.fixture
def lines(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """A good file of 60 rows, its header first."""
    seed = 1_000 + sum(request.node.name.encode())
    path = write_town(tmp_path / "good.csv", seeded_batch(seed, ROWS, clients=10))
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def changed(lines: list[str], at: int, column: str, value: str) -> None:
    """Write another value into one cell of a line."""
    cells = lines[at].rstrip("\r\n").split(",")
    cells[lines[0].rstrip("\r\n").split(",").index(column)] = value
    lines[at] = ",".join(cells) + "\n"


def watch(home: CommandLine, path: Path, data: bytes | str) -> dict[str, Any]:
    """Watch the file; some of its rows go to quarantine and all others are decided."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    answer = home.run("watch", path, "--source", "movements", "--institution", path.stem, "--json")
    assert answer.exit_code == 1, answer
    told = answer.json
    assert told["rows"] == told["decided"] + told["quarantined"]
    assert told["quarantined"] > 0
    return told


def refused(home: CommandLine, path: Path, *options: str) -> str:
    """The one sentence about a file that cannot be read at all."""
    answer = home.run("watch", path, "--json", *options)
    assert (answer.exit_code, answer.stdout) == (2, ""), answer
    sentences = answer.stderr.splitlines()
    assert len(sentences) == 1, sentences
    assert "bug" not in sentences[0]
    return sentences[0]


CELLS: dict[str, tuple[str, str, str]] = {
    "text in the amount": ("amount", "twelve", "found 'twelve'; expected"),
    "a negative amount": ("amount", "-5.00", "found '-5.00'; expected"),
    "nothing in the amount": ("amount", "", "found nothing; expected an amount"),
    "an absurd amount": ("amount", "999999999999999.00", "expected at most 10,000,000,000,000 minor units"),
    "an amount that overflows": ("amount", "9" * 40, "expected"),
    "an amount that is no number": ("amount", "NaN", "expected"),
    "too many decimals": ("amount", "1.005", "expected"),
    "a date from 1900": ("time", "1900-01-01 00:00:00", "expected a time from 1990 to"),
    "a date from 2999": ("time", "2999-12-31 00:00:00", "expected a time from 1990 to"),
    "a date that does not exist": ("time", "2026-02-30 00:00:00", "found '2026-02-30 00:00:00'"),
    "no id": ("id", "", "expected an id"),
    "an unknown currency": ("currency", "XYZ", "; expected one of aud, cad, chf, cny"),
    "an unknown kind": ("kind", "gamble", "gamble"),
    "a million characters": ("payer", "x" * 1_000_000, "the row is longer than 65,536 characters"),
    "a name with a null byte": ("payee", "client:\x00", "the row holds a NUL byte at position"),
}


@pytest.mark.parametrize("part", [0, 1])
def test_a_bad_cell_costs_its_row_and_no_other(
    part: int, home: CommandLine, lines: list[str], tmp_path: Path
) -> None:
    """Half of the bad cells, each in a row of its own: only so many examples are shown."""
    bad = dict(zip(range(12, ROWS, 5), list(CELLS.values())[part::2], strict=False))
    for at, (column, value, _) in bad.items():
        changed(lines, at, column, value)
    told = watch(home, tmp_path / f"cells-{part}.csv", "".join(lines))
    assert (told["rows"], told["quarantined"]) == (ROWS, len(bad)), told["quarantine_examples"]
    for (at, (_, _, sentence)), example in zip(bad.items(), told["quarantine_examples"], strict=True):
        assert example.startswith(f"cells-{part}.csv, row {at + 1}"), example
        assert sentence in example
        assert len(example) < 400, "one sentence, not the whole field"


def test_an_id_twice_in_a_file_is_taken_once(home: CommandLine, lines: list[str], tmp_path: Path) -> None:
    lines.insert(30, lines[12])
    told = watch(home, tmp_path / "twice.csv", "".join(lines))
    assert (told["rows"], told["quarantined"]) == (ROWS + 1, 1)
    assert "expected an id that no earlier row of the file has" in told["quarantine_examples"][0]


def test_an_id_used_by_another_movement_in_another_file_is_told(
    home: CommandLine, lines: list[str], tmp_path: Path
) -> None:
    (tmp_path / "first").mkdir()
    first = tmp_path / "first" / "used.csv"
    first.write_text("".join(lines), encoding="utf-8")
    assert home.run("watch", first, "--source", "movements", "--institution", "used", "--json").exit_code == 0
    changed(lines, 60, "amount", "0.07")
    told = watch(home, tmp_path / "used.csv", "".join([lines[0], lines[60]]))
    assert told["decided"] == 0
    assert "expected a new one" in told["quarantine_examples"][0]


def test_a_file_cut_in_the_middle_of_a_row_keeps_its_whole_rows(
    home: CommandLine, lines: list[str], tmp_path: Path
) -> None:
    told = watch(home, tmp_path / "cut.csv", "".join(lines)[: -len(lines[-1]) + 9])
    assert (told["decided"], told["quarantined"]) == (ROWS - 1, 1)


def test_a_wrong_encoding_is_told_row_by_row(home: CommandLine, lines: list[str], tmp_path: Path) -> None:
    changed(lines, 7, "payer", "client:张三")
    told = watch(home, tmp_path / "gbk.csv", "".join(lines).encode("gbk"))
    assert (told["decided"], told["quarantined"]) == (ROWS - 1, 1)
    assert "row 8" in told["quarantine_examples"][0]


def test_ragged_rows_are_told(home: CommandLine, lines: list[str], tmp_path: Path) -> None:
    lines[9] = lines[9].rstrip("\n") + ",more\n"
    lines[11] = "only,three,cells\n"
    told = watch(home, tmp_path / "ragged.csv", "".join(lines))
    assert (told["decided"], told["quarantined"]) == (ROWS - 2, 2)


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "an empty file": (lambda path: path.write_bytes(b""), "empty"),
    "a folder": (lambda path: path.mkdir(), "is not a file"),
    "a missing file": (lambda path: None, "no"),
    "binary junk": (lambda path: path.write_bytes(bytes(range(256)) * 40), "is not text"),
    "null bytes": (lambda path: path.write_bytes(bytes(5_000)), ""),
    "a missing column": (lambda path: path.write_bytes(b"id,time,kind\nm,2026-01-05,fee\n"), "amount"),
    "Parquet in name only": (lambda path: path.write_bytes(b"PAR1 and nothing else PAR1"), ""),
    "JSON that is no rows": (lambda path: path.write_bytes(b'[{"id": 1}]\n'), ""),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_sentence(what: str, home: CommandLine, tmp_path: Path) -> None:
    make, sentence = UNREADABLE[what]
    path = tmp_path / "input.csv"
    make(path)
    told = refused(home, path, *(("--source", "movements") if len(what) % 2 else ()))  # or it is found by columns
    assert "input.csv" in told
    assert sentence in told.lower()


def test_a_parquet_file_that_is_cut_is_one_sentence(home: CommandLine, tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"id": ["m-1", "m-2"], "amount": ["1.00", "2.00"]}), whole)
    path = tmp_path / "cut.parquet"
    path.write_bytes(whole.read_bytes()[:-20])
    assert "cut.parquet" in refused(home, path)


def test_a_file_that_vanishes_while_it_is_read_is_one_sentence(home: CommandLine, tmp_path: Path) -> None:
    """A pipe that ends: what it gave cannot be read a second time."""
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"id,time\n"), daemon=True)
    writer.start()
    assert "pipe.csv" in refused(home, path, "--source", "movements")


def test_after_all_of_it_the_journal_is_sound(home: CommandLine) -> None:
    answer = home.run("verify", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["sound"]
