"""Chunks: the same rows however they are cut and wherever a reading starts."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.intake.reading import Chunk
from bulkhead.intake.source import Source, load_source, parse_source
from bulkhead.kernel.memory import MemoryVault
from reading_inputs import Reading, memory_vault, plain_movements, read_bytes

CARDS, BERKA = load_source("card-payments"), load_source("berka")


def cards_file(seed: int, rows: int) -> bytes:
    """Rows of which about one in ten is bad, in runs as well as alone."""
    chance = random.Random(seed)
    lines = ["TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT"]
    for number in range(rows):
        amount = "?" if chance.random() < 0.1 else f"{chance.randrange(10_000) / 100:.2f}"
        time = f"2018-04-{1 + number * 28 // rows:02} 08:00:00"
        lines.append(f"{number},{time},{chance.randrange(9)},{chance.randrange(5)},{amount}")
        if chance.random() < 0.02:
            lines += ["ragged"] * chance.randrange(4)
    return ("\n".join(lines) + "\n").encode()


def together(chunks: Iterable[Chunk], vault: MemoryVault) -> tuple[list[dict[str, Any]], list[int]]:
    movements, bad = [], []
    for chunk in chunks:
        movements += list(plain_movements(chunk.batch, vault))
        bad += [row.row for row in chunk.quarantined]
    return movements, bad


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(1, 70), st.integers(0, 80))
def test_splitting_and_skipping_lose_and_double_nothing(seed: int, rows: int, size: int, skip: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = read_bytes(Path(folder), cards_file(seed, rows), CARDS)
        rest = read_bytes(Path(folder), cards_file(seed, rows), CARDS, skip_rows=skip)
    for chunk in whole.chunks:
        parts = list(chunk.split(size))
        assert together(parts, memory_vault()) == together([chunk], memory_vault())
        assert parts[-1].rows_done == chunk.rows_done
        assert all(len(part.batch) <= size for part in parts)
        done = 0
        for part in parts:
            assert part.rows_done - done == len(part.batch) + len(part.quarantined)
            assert part.batch_done.tolist() == sorted(part.batch_done.tolist())
            done = part.rows_done
    assert len(rest.movements) + len(rest.quarantined) == max(0, whole.rows_done - skip)
    assert rest.movements == whole.movements[len(whole.movements) - len(rest.movements) :]
    assert rest.quarantined == whole.quarantined[len(whole.quarantined) - len(rest.quarantined) :]


@pytest.fixture(scope="module")
def long_cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, Reading]:
    folder = tmp_path_factory.mktemp("cards")
    data = cards_file(7, 40_000)
    return folder, data, read_bytes(folder, data, CARDS)


@pytest.mark.parametrize("skip", [1, 16_383, 16_384, 16_385, 33_000, 10**6])
def test_a_resumed_reading_goes_on_where_it_stopped(skip: int, long_cards: tuple[Path, bytes, Reading]) -> None:
    folder, data, whole = long_cards
    assert len(whole.chunks) > 2
    rest = read_bytes(folder, data, CARDS, skip_rows=skip)
    good = sum(int((chunk.batch_done <= skip).sum()) for chunk in whole.chunks)
    assert rest.movements == whole.movements[good:]
    assert rest.sha256 == whole.sha256
    if skip < whole.rows_done:
        assert rest.rows_done == whole.rows_done


def test_each_chunk_names_only_what_it_mentions(long_cards: tuple[Path, bytes, Reading]) -> None:
    for chunk in long_cards[2].chunks:
        mentioned = {
            int(code)
            for column in ("payer", "payee", "debit_account", "credit_account")
            for code in chunk.batch.rows[column]
        }
        assert mentioned == set(range(len(chunk.batch.names)))


def test_an_id_repeated_far_away_is_found_even_by_a_resumed_reading(tmp_path: Path) -> None:
    data = cards_file(8, 40_000) + b"3,2018-04-28 09:00:00,1,1,5.00\n" + b"new,2018-04-28 09:00:00,1,1,5.00\n"
    whole = read_bytes(tmp_path, data, CARDS)
    first = next(row for row in whole.movements if row["id"] in {"3", "4", "5"})
    data += first["id"].encode() + b",2018-04-28 09:00:00,1,1,5.00\n"
    rest = read_bytes(tmp_path, data, CARDS, skip_rows=40_000)
    assert rest.movements[-1]["id"] == "new"
    assert "an id that no earlier row of the file has" in rest.quarantined[-1].reason


def late_source(order: str, skew_s: int = 300) -> Source:
    text = CARDS.definition.replace('"as-is"', f'"{order}"').replace("skew_s = 300", f"skew_s = {skew_s}")
    return parse_source(text, "late.toml")


def day_rows(days: list[int]) -> bytes:
    lines = ["TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT"]
    lines += [f"{number},2018-04-{day:02} 08:00:00,1,1,1.00" for number, day in enumerate(days)]
    return ("\n".join(lines) + "\n").encode()


def test_the_order_of_time_is_stable(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, day_rows([3, 1, 2, 1, 3, 2]), late_source("time"))
    assert [row["id"] for row in reading.movements] == ["1", "3", "2", "5", "0", "4"]


def test_one_wrong_date_does_not_make_the_rest_look_late(tmp_path: Path) -> None:
    days = [1] * 40 + [20] + [2] * 40 + [30, 30] + [3] * 5 + [1] + [4] * 10
    reading = read_bytes(tmp_path, day_rows(days), late_source("as-is"))
    assert [row.row for row in reading.quarantined] == [42, 83, 84]
    assert reading.quarantined[0].reason == (
        "found '2018-04-20 08:00:00'; expected at most 300 s ahead of the rows that follow"
    )


def test_a_wrong_date_at_the_edge_of_a_block_is_found_by_the_next_block(tmp_path: Path) -> None:
    days = [1] * 20_000
    days[16_383] = 9
    assert [row.row for row in read_bytes(tmp_path, day_rows(days), CARDS).quarantined] == [16_385]


def test_bad_rows_come_before_those_put_in_order(tmp_path: Path) -> None:
    data = BERKA.sample.lstrip("\n").replace("6.70", "six").encode()
    reading = read_bytes(tmp_path, data, BERKA)
    assert [len(chunk.quarantined) for chunk in reading.chunks] == [1, 0]
    assert len(reading.movements) == 6
    resumed = read_bytes(tmp_path, data, BERKA, skip_rows=3)
    assert (resumed.movements, resumed.quarantined) == (reading.movements[2:], [])
