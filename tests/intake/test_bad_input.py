"""Everything that comes from outside may be wrong: one sentence, the row in quarantine, the rest processed."""

from __future__ import annotations

import io
import json
import math
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bulkhead.intake.reading import open_input, read_row
from bulkhead.intake.source import load_source, parse_source
from bulkhead.kernel.errors import BadInput
from reading_inputs import LATEST_US, memory_vault, read_bytes

CARDS = load_source("card-payments")
PLAIN = load_source("movements")
BERKA = load_source("berka")
HEADER = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT"
GOOD_1 = "1,2018-04-01 08:00:31,4,51,12.50"
GOOD_2 = "2,2018-04-01 08:02:10,7,52,81.00"


def csv_of(*rows: str, header: str = HEADER) -> bytes:
    return "".join(f"{row}\n" for row in (header, *rows)).encode()


BAD_ROWS = {
    "text in the amount": ("9,2018-04-01 08:01:00,4,51,abc", "TX_AMOUNT", "found 'abc'; expected an amount"),
    "negative": ("9,2018-04-01 08:01:00,4,51,-1.00", "TX_AMOUNT", "found '-1.00'; expected no less than 0"),
    "absurd": (
        "9,2018-04-01 08:01:00,4,51,1e30",
        "TX_AMOUNT",
        "found '1e30'; expected at most 10,000,000,000,000",
    ),
    "three decimals": (
        "9,2018-04-01 08:01:00,4,51,1.234",
        "TX_AMOUNT",
        "found '1.234'; expected at most 2 decimals",
    ),
    "thousands": ("9,2018-04-01 08:01:00,4,51,1_000", "TX_AMOUNT", "found '1_000'; expected an amount"),
    "infinite": ("9,2018-04-01 08:01:00,4,51,inf", "TX_AMOUNT", "found 'inf'; expected an amount"),
    "not a number": ("9,2018-04-01 08:01:00,4,51,NaN", "TX_AMOUNT", "found 'NaN'; expected an amount"),
    "a boolean": ("9,2018-04-01 08:01:00,4,51,true", "TX_AMOUNT", "found 'true'; expected an amount"),
    "no amount": ("9,2018-04-01 08:01:00,4,51,", "TX_AMOUNT", "found nothing; expected an amount"),
    "1900": (
        "9,1900-01-01 00:00:00,4,51,1.00",
        "TX_DATETIME",
        "found '1900-01-01 00:00:00'; expected a time from 1990",
    ),
    "2999": (
        "9,2999-01-01 00:00:00,4,51,1.00",
        "TX_DATETIME",
        "found '2999-01-01 00:00:00'; expected a time from 1990",
    ),
    "30 February": ("9,2018-02-30 00:00:00,4,51,1.00", "TX_DATETIME", "expected a time such as"),
    "no time": ("9,,4,51,1.00", "TX_DATETIME", "found nothing; expected a time"),
    "no id": (",2018-04-01 08:01:00,4,51,1.00", "TRANSACTION_ID", "found nothing; expected an id"),
    "the id again": (
        "1,2018-04-01 08:01:00,4,51,1.00",
        "TRANSACTION_ID",
        "found '1'; expected an id that no earlier row",
    ),
    "long id": (f"{'9' * 129},2018-04-01 08:01:00,4,51,1.00", "TRANSACTION_ID", "expected at most 128 bytes"),
    "no payer": ("9,2018-04-01 08:01:00,,51,1.00", "CUSTOMER_ID", "names no account of the book to debit"),
    "control character": ("9,2018-04-01 08:01:00,4\x07,51,1.00", "CUSTOMER_ID", "expected no control character"),
    "too few fields": ("9,2018-04-01 08:01:00,4", "", "the row has 3 fields; expected 5"),
    "too many fields": ("9,2018-04-01 08:01:00,4,51,1.00,7", "", "the row has 6 fields; expected 5"),
    "open quote": ('9,2018-04-01 08:01:00,"4,51,1.00', "", "the row's quotes do not fit"),
    "NUL": ("9,2018-04-01 08:01:00,4\0,51,1.00", "", "the row holds a NUL byte at position 24"),
    "a million characters": (
        f"9,2018-04-01 08:01:00,{'x' * 1_000_000},51,1.00",
        "",
        "the row is longer than 65,536",
    ),
    "a long name": (f"9,2018-04-01 08:01:00,{'x' * 60_000},51,1.00", "CUSTOMER_ID", "expected at most 128 bytes"),
}


@pytest.mark.parametrize(("row", "field", "sentence"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_quarantined_with_its_reason_and_the_rest_goes_on(
    row: str, field: str, sentence: str, tmp_path: Path
) -> None:
    reading = read_bytes(tmp_path, csv_of(GOOD_1, row, GOOD_2), CARDS)
    assert [movement["id"] for movement in reading.movements] == ["1", "2"]
    ((number, found_field, reason),) = reading.reasons
    assert (number, found_field) == (3, field)
    assert sentence in reason
    assert len(reason) < 250
    assert "\n" not in reason
    assert reading.rows_done == 3
    assert len(reading.quarantined[0].raw) <= 65_536


def test_a_wrong_encoding_costs_only_the_rows_it_spoils(tmp_path: Path) -> None:
    row = "9,2018-04-01 08:01:00,客户,51,1.00"
    data = csv_of(GOOD_1) + row.encode("gb18030") + b"\n" + GOOD_2.encode() + b"\n"
    reading = read_bytes(tmp_path, data, CARDS)
    assert [movement["id"] for movement in reading.movements] == ["1", "2"]
    assert reading.reasons == [(3, "", "the row is not utf-8 text")]
    assert "\\xa7,51" in reading.quarantined[0].raw


def test_a_declared_encoding_is_read(tmp_path: Path) -> None:
    text = CARDS.definition.replace("[title]", '[csv]\nencoding = "gb18030"\n\n[title]')
    source = parse_source(text, "own.toml")
    row = "9,2018-04-01 08:01:00,客户,51,1.00"
    (movement,) = read_bytes(tmp_path, csv_of(row, header=HEADER).decode().encode("gb18030"), source).movements
    assert movement["payer"] == "client:客户"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_marks_quotes_and_blank_lines_make_no_difference(ending: str, mark: str, tmp_path: Path) -> None:
    rows = [HEADER, GOOD_1, "", '"9","2018-04-01 08:01:00","4","5""1","1.00"', GOOD_2]
    reading = read_bytes(tmp_path, (mark + ending.join(rows)).encode(), CARDS)
    assert reading.reasons == []
    assert [(m["id"], m["payee"]) for m in reading.movements] == [
        ("1", "terminal:51"),
        ("9", 'terminal:5"1'),
        ("2", "terminal:52"),
    ]


def test_a_file_cut_off_in_the_middle_of_a_row_keeps_what_came_before(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, csv_of(GOOD_1, GOOD_2)[:-10], CARDS)
    assert [movement["id"] for movement in reading.movements] == ["1"]
    assert reading.reasons == [(3, "", "the row has 3 fields; expected 5")]
    assert reading.notices[0] == "input does not end in a line end: it may be cut off"


UNREADABLE = {
    "empty": (b"", "input is empty"),
    "only a mark": (b"\xef\xbb\xbf", "lacks the columns"),
    "UTF-16": (csv_of(GOOD_1).decode().encode("utf-16"), "input is UTF-16: save it as UTF-8"),
    "gzip": (b"\x1f\x8b\x08\x00rest", "input is compressed: unpack it first"),
    "a workbook": (b"PK\x03\x04rest", "input is a ZIP archive or a workbook: save it as CSV"),
    "no text": (b"\xff\xfa\x00\x01" * 20, "its first line"),
    "old line ends": (csv_of(GOOD_1).replace(b"\n", b"\r"), "its lines end in neither LF nor CRLF"),
    "one endless line": (b"x" * 400_000, "its lines end in neither LF nor CRLF"),
    "a missing column": (csv_of(GOOD_1).replace(b"TX_AMOUNT", b"AMOUNT"), "lacks the column TX_AMOUNT"),
    "a column twice": (
        csv_of(GOOD_1).replace(b"TERMINAL_ID", b"CUSTOMER_ID"),
        "names the column 'CUSTOMER_ID' twice",
    ),
    "a broken header": (b'"' + csv_of(GOOD_1), "no first line that names columns"),
    "no Parquet": (b"PAR1" + b"x" * 100, "input is not a whole Parquet file"),
    "no JSON": (b"{'a': 1}\n", "input has no JSON object in its first lines"),
    "other JSON": (b'{"a": 1}\n', "lacks the columns TRANSACTION_ID"),
}


@pytest.mark.parametrize(("data", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(data: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        read_bytes(tmp_path, data, CARDS)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent", tmp_path / ("x" * 300), "nul\0"):
        with pytest.raises(BadInput, match=r"is not (a file|there)|cannot be opened"):
            open_input(path, CARDS, memory_vault(), latest_us=LATEST_US)


def test_a_format_the_source_does_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a jsonl file; the source berka reads csv"):
        read_bytes(tmp_path, b'{"trans_id": 1}\n', BERKA)


def test_columns_the_source_does_not_know_are_noticed(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, csv_of(GOOD_1 + ",7", header=HEADER + ",MOOD"), CARDS)
    assert reading.notices[0] == "input has columns the source does not know: MOOD"
    assert len(reading.movements) == 1


def parquet_of(**changes: list[Any]) -> bytes:
    columns: dict[str, Any] = {
        "TRANSACTION_ID": [1, 2, 3],
        "TX_DATETIME": [datetime(2018, 4, 1, 8, minute) for minute in range(3)],
        "CUSTOMER_ID": ["4", "5", "6"],
        "TERMINAL_ID": [51, 52, 53],
        "TX_AMOUNT": [12.5, 81.0, 0.1 + 0.2],
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns | changes), sink, row_group_size=2)
    return sink.getvalue()


PARQUET = {
    "negative": ({"TX_AMOUNT": [1.0, -2.0, 3.0]}, [(2, "TX_AMOUNT", "found '-2'; expected no less than 0")]),
    "infinite": ({"TX_AMOUNT": [1.0, math.inf, 3.0]}, [(2, "TX_AMOUNT", "found 'inf'; expected a finite amount")]),
    "not a number": ({"TX_AMOUNT": [1.0, math.nan, 3.0]}, [(2, "TX_AMOUNT", "found 'nan'; expected an amount")]),
    "half a cent": (
        {"TX_AMOUNT": [1.0, 2.005, 3.0]},
        [(2, "TX_AMOUNT", "found '2.005'; expected at most 2 decimals")],
    ),
    "huge": (
        {"TX_AMOUNT": [1.0, 1e300, 3.0]},
        [(2, "TX_AMOUNT", "expected at most 10,000,000,000,000 minor units")],
    ),
    "missing": (
        {"CUSTOMER_ID": ["4", None, "6"]},
        [(2, "CUSTOMER_ID", "names no account of the book to debit; a payment needs one")],
    ),
    "long": (
        {"CUSTOMER_ID": ["4", "x" * 10**6, "6"]},
        [(2, "", "found 1,000,000 bytes in the column 'CUSTOMER_ID'")],
    ),
    "far": ({"TX_DATETIME": pa.array([1_522_569_600, 2**60, 1_522_569_601], pa.timestamp("ms"))}, []),
}


@pytest.mark.parametrize(("changes", "reasons"), PARQUET.values(), ids=PARQUET)
def test_parquet_rows_are_judged_alike(
    changes: dict[str, Any], reasons: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    reading = read_bytes(tmp_path, parquet_of(**changes), CARDS)
    if not reasons:  # times far outside what a calendar holds
        assert {reason.split("expected")[1][:23] for _, _, reason in reading.reasons} == {
            " a time from 1990 to 20"
        }
        return
    assert [movement["id"] for movement in reading.movements] == ["1", "3"]
    for (row, field, reason), (want_row, want_field, want) in zip(reading.reasons, reasons, strict=True):
        assert (row, field) == (want_row, want_field)
        assert want in reason


def test_parquet_cut_off_or_of_strange_types_is_refused(tmp_path: Path) -> None:
    whole = parquet_of()
    with pytest.raises(BadInput, match="input is not a whole Parquet file"):
        read_bytes(tmp_path, whole[:-10], CARDS)
    with pytest.raises(BadInput, match="expected text, numbers or times"):
        read_bytes(tmp_path, parquet_of(CUSTOMER_ID=[[4], [5], [6]]), CARDS)


def test_cents_that_binary_sums_miss_are_still_cents(tmp_path: Path) -> None:
    amounts = [movement["amount_minor"] for movement in read_bytes(tmp_path, parquet_of(), CARDS).movements]
    assert amounts == [1250, 8100, 30]


ABSENT_KEY = object()


def plain(**fields: Any) -> bytes:
    row = {
        "id": "r",
        "time": "2026-03-02 09:00:00",
        "kind": "transfer",
        "amount": "5.00",
        "payer": "ann",
        "payee": "bo",
    }
    row |= fields
    return (json.dumps({key: value for key, value in row.items() if value is not ABSENT_KEY}) + "\n").encode()


REQUESTS = {
    "nothing asked for": ({"amount": "0.00"}, "amount", "found '0.00'; expected more than 0"),
    "an unknown kind": ({"kind": "gift"}, "kind", "found kind 'gift'; expected a kind of movement"),
    "an unknown entity": ({"payer": "king:1"}, "payer", "found 'king:1'; expected client or bank"),
    "an account of no book": (
        {"payee": "book:secret"},
        "payee",
        "found 'book:secret'; expected one of book:summary",
    ),
    "a transfer outside": ({"payee": "merchant:x"}, "payee", "names no account of the book to credit"),
    "an unknown currency": ({"currency": "DOGE"}, "currency", "found 'doge'; expected one of aud, cad"),
    "yen with decimals": (
        {"currency": "JPY", "amount": "1.5"},
        "amount",
        "found '1.5'; expected at most 0 decimals",
    ),
    "a place without hold": ({"phase": "place"}, "hold", "expected the hold that the phase place uses"),
    "a hold without phase": ({"hold": "h"}, "hold", "found a hold; expected none in the phase single"),
    "an expiry without hold": ({"expires": "2026-03-03 09:00:00"}, "expires", "only a placed hold expires"),
    "an expiry in the past": (
        {"phase": "place", "hold": "h", "expires": "2026-03-01 09:00:00"},
        "expires",
        "not within ten years after the row's own",
    ),
    "a list": ({"payer": ["ann"]}, "", "the row holds a list or an object; expected plain values"),
    "a boolean amount": ({"amount": True}, "amount", "found 'true'; expected an amount"),
    "no time": ({"time": ABSENT_KEY}, "time", "found nothing; expected a time"),
}


@pytest.mark.parametrize(("fields", "field", "sentence"), REQUESTS.values(), ids=REQUESTS)
def test_a_bad_request_is_quarantined_with_its_reason(
    fields: dict[str, Any], field: str, sentence: str, tmp_path: Path
) -> None:
    reading = read_bytes(tmp_path, plain(id="a") + plain(**fields) + plain(id="z"), PLAIN)
    assert [movement["id"] for movement in reading.movements] == ["a", "z"]
    ((row, found_field, reason),) = reading.reasons
    assert (row, found_field) == (2, field)
    assert sentence in reason


def test_json_fractions_never_become_floats(tmp_path: Path) -> None:
    data = plain(amount=ABSENT_KEY)[:-2] + b', "amount": 90071992547.41}\n'
    (movement,) = read_bytes(tmp_path, data, PLAIN).movements
    assert movement["amount_minor"] == 9_007_199_254_741


def test_a_corrected_row_is_read_like_any_other(tmp_path: Path) -> None:
    bad = read_bytes(tmp_path, csv_of("9,2018-04-01 08:01:00,4,51,12.5O"), CARDS).quarantined[0].raw
    assert bad == (
        '{"TRANSACTION_ID": "9", "TX_DATETIME": "2018-04-01 08:01:00", "TX_AMOUNT": "12.5O", '
        '"CUSTOMER_ID": "4", "TERMINAL_ID": "51"}'
    )
    batch = read_row(bad.replace("12.5O", "12.50"), CARDS, memory_vault(), latest_us=LATEST_US)
    assert batch.ids[0] == "9"
    assert batch.rows["amount_minor"].tolist() == [1250]


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"TRANSACTION_ID": 1}\n{"TRANSACTION_ID": 2}', "[]"])
def test_a_row_that_is_still_wrong_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="the row"):
        read_row(text, CARDS, memory_vault(), latest_us=LATEST_US)
