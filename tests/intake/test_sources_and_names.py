"""Source files that are wrong, names, ids already seen, and the check of a file."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bulkhead.intake.check import best_source, check_file
from bulkhead.intake.reading import open_input
from bulkhead.intake.seen import SeenIds, fingerprints
from bulkhead.intake.source import built_in_sources, load_source, parse_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import Strings
from reading_inputs import LATEST_US, memory_vault, shared_data

CARDS, PLAIN = load_source("card-payments"), load_source("movements")
HEADER = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT"

WRONG_SOURCES = {
    'code = "card-payments"': ('code = "Card Payments"', "code is 'Card Payments'"),
    'currency = "EUR"': ('currency = "DOGE"', "currency is 'DOGE'"),
    "settled = true": ('settled = "perhaps"', "Expected `bool`"),
    '"+00:00"': ('"Europe/Paris"', "utc_offset is 'Europe/Paris'"),
    'time_format = "iso"': ('time_format = "%H:%M"', "time_format is '%H:%M'"),
    'order = "as-is"': ('order = "random"', "order is 'random'; expected one of as-is, time, balances"),
    "skew_s = 300": ("skew_s = 99999999", "skew_s is 99999999"),
    '"TX_FRAUD"': ('"TX_AMOUNT"', "column 'TX_AMOUNT' is both ignored and used"),
    'personal = ["client"]': ("personal = [1]", "Expected `str`"),
    "rows_min = 1_000": ("rows_min = 999_999_999", "volume.rows_min is negative or above"),
    'kind = "payment"': ('kind = "gift"', "kind 'gift' is not one of bid"),
    'debit = "payer"': ('debit = "payee or nobody"', "an account of kind 'payment' is 'nobody'"),
    'entities = ["client"]': ("entities = []", "names.payer needs at least one column and one entity"),
    'amount = "TX_AMOUNT"': ('amount = ""', "columns.amount is empty or optional"),
    "[volume]": ("[volume", "source wrong.toml is not usable"),
}


@pytest.mark.parametrize(("there", "instead", "sentence"), [(k, *v) for k, v in WRONG_SOURCES.items()])
def test_a_wrong_source_is_refused_with_the_key_at_fault(there: str, instead: str, sentence: str) -> None:
    assert there in CARDS.definition
    with pytest.raises(BadInput) as refusal:
        parse_source(CARDS.definition.replace(there, instead, 1), "wrong.toml")
    assert sentence in str(refusal.value)


def test_anyones_own_source_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CARDS.definition.replace('code = "card-payments"', 'code = "mine"'), encoding="utf-8")
    assert load_source(str(path)).code == "mine"
    path.write_bytes(b"code = '\xff'")
    with pytest.raises(BadInput, match="is not UTF-8 text"):
        load_source(str(path))
    with pytest.raises(BadInput, match="cannot be read"):
        load_source(str(tmp_path / "absent.toml"))


def test_two_sources_of_one_code_stop_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(CARDS.definition, encoding="utf-8")
    monkeypatch.setattr("bulkhead.intake.source.SOURCES", tmp_path)
    with pytest.raises(BadInput, match=r"source b.toml repeats the code 'card-payments'"):
        built_in_sources()


class OpenVault:
    """Keeps names as they are, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        self.given += [f"{entity}:{value}" for value in values]
        return [f"{entity}:{value}" for value in values]

    def reveal(self, names: Sequence[str]) -> list[str | None]:
        return [name.partition(":")[2] for name in names]


def test_the_vault_is_given_personal_values_of_good_rows_once(tmp_path: Path) -> None:
    path, vault = tmp_path / "rows.csv", OpenVault()
    people = ["ann", "bo", "ann ", "never", "bo"]
    rows = [f"{n},2018-04-01 08:00:00,{who},51,{'x' if who == 'never' else 1}" for n, who in enumerate(people)]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    with open_input(path, CARDS, vault, latest_us=LATEST_US) as reader:
        (chunk,) = reader
    assert vault.given == ["client:ann", "client:bo"]
    assert chunk.batch.names == ("client:ann", "client:bo", "terminal:51", "book:summary")
    assert chunk.batch.rows["payer"].tolist() == [0, 1, 0, 1]


def test_seen_ids_are_found_whatever_the_calls() -> None:
    chance = random.Random(5)
    pool = [f"{n}" for n in range(400)] + [f"transaction-{n}" for n in range(400)]
    seen, known = SeenIds(), set[str]()
    for _ in range(60):
        ids = chance.choices(pool, k=chance.randrange(20))
        wanted = []
        for each in ids:
            wanted.append(each in known)
            known.add(each)
        assert seen.repeated(Strings.of(ids)).tolist() == wanted


def test_marks_of_different_ids_differ() -> None:
    ids = [f"{a}{n}" for a in ("", "x", "0", "a-long-prefix-") for n in range(20_000)] + ["", "0" * 128]
    assert len(np.unique(fingerprints(Strings.of(ids)))) == len(set(ids))


def test_the_check_of_a_file_names_the_source_and_counts_the_problems(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    rows = [f"{n},2018-04-01 08:00:00,4,51,{'x' if n % 5 == 0 else '1.00'}" for n in range(50)]
    path.write_text("\n".join([HEADER, *rows, "short"]) + "\n", encoding="utf-8")
    check = check_file(path, built_in_sources().values(), latest_us=LATEST_US)
    assert (check.source.code, check.rows, check.good) == ("card-payments", 51, 40)
    assert [(p.field, p.count, len(p.examples)) for p in check.problems] == [("TX_AMOUNT", 10, 3), ("", 1, 1)]
    assert ("payer", "CUSTOMER_ID", "client (token)") in check.mapping
    assert [row["id"] for row in check.first_rows] == ["1", "2", "3", "4", "6"]
    assert check.first_rows[0]["payer"] == "client:4***"
    assert [fit.source.code for fit in check.fits if fit.fits] == ["card-payments"]


def test_files_of_two_sources_are_not_read_together(tmp_path: Path) -> None:
    for code in ("card-payments", "movements"):
        (tmp_path / code).write_text(load_source(code).sample.lstrip("\n"), encoding="utf-8")
    with pytest.raises(BadInput, match="read them one by one"):
        best_source([tmp_path / "card-payments", tmp_path / "movements"])
    (tmp_path / "poem").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no source fits poem: "):
        best_source([tmp_path / "poem"])


def test_the_card_payments_are_read_whole_and_their_label_never() -> None:
    assert not {"TX_FRAUD", "TX_FRAUD_SCENARIO"} & set(CARDS.used_columns)
    path = shared_data("card_payments", "2018-04_2018-07.parquet")
    rows = minor = 0
    with open_input(path, CARDS, memory_vault(), latest_us=LATEST_US) as reader:
        assert reader.rows_expected == 1_169_723
        for chunk in reader:
            assert not chunk.quarantined
            rows += len(chunk.batch)
            minor += int(chunk.batch.rows["amount_minor"].sum())
    assert (rows, reader.rows_done, reader.notices) == (1_169_723, 1_169_723, [])
    major = pq.read_table(path, columns=["TX_AMOUNT"])["TX_AMOUNT"].to_numpy()
    assert minor == round(float(major.sum()) * 100)
