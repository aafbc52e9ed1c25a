"""Must-show 3, and that nobody reads the answers: real files, where they are at hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bulkhead.kernel.leaves import LEAF_MOVEMENT, decode_movement_leaf
from bulkhead.kernel.movements import Finding
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.wiring import open_stores
from command_line import CommandLine
from reading_inputs import shared_data

BERKA_ROWS = 30_200
PAYMENTS = 12_000
ROUNDING_MINOR = 10  # the file's own bound: a tenth of a crown
LABELS = ("TX_FRAUD", "TX_FRAUD_SCENARIO")


def test_berkas_days_are_ordered_so_that_balances_close(tmp_path: Path) -> None:
    """Every row is booked; from row to row of an account, book and bank agree but for rounding, and that is said."""
    home, path = CommandLine(tmp_path), shared_data("berka", "trans_30200.csv")
    answer = home.run("watch", path, "--source", "berka", "--json")
    told = answer.json
    assert answer.exit_code == 0
    assert (told["rows"], told["decided"], told["quarantined"]) == (BERKA_ROWS, BERKA_ROWS, 0)
    assert not [notice for notice in told["notices"] if "order" in notice], "every account-day has an order"
    assert told["statuses"] == {"booked": BERKA_ROWS}
    last_gap: dict[str, int] = {}
    for account, gap, is_told in differences(tmp_path):
        assert is_told == (gap != last_gap.get(account, 0)), "a difference is said when it appears, and only then"
        assert account not in last_gap or abs(gap - last_gap[account]) <= ROUNDING_MINOR
        last_gap[account] = gap
    assert home.run("verify", "--json").json["sound"]


def test_the_label_of_a_payment_is_never_read(tmp_path: Path) -> None:
    """Other labels, or none at all, and the journal's head is the same."""
    whole = pq.ParquetFile(shared_data("card_payments", "2018-04_2018-07.parquet"))
    table = pa.Table.from_batches([next(whole.iter_batches(PAYMENTS))])
    assert set(LABELS) <= set(table.column_names)
    heads = []
    for name, labels in (("as-it-is", None), ("turned", [1] * PAYMENTS), ("without", [])):
        changed = table
        for column in LABELS if labels is not None else ():
            changed = changed.drop_columns([column])
            changed = changed.append_column(column, pa.array(labels, pa.int64())) if labels else changed
        path = tmp_path / f"{name}.parquet"
        pq.write_table(changed, path)
        heads.append(head_in(tmp_path / "one", tmp_path / name, path))
    assert heads[0] == heads[1] == heads[2]


def head_in(first: Path, folder: Path, path: Path) -> object:
    """The head of a new home that has the same keys as all the others."""
    if (first / "keys").exists():
        shutil.copytree(first / "keys", folder / "keys")
    home = CommandLine(folder)
    told = home.run("watch", path, "--source", "card-payments", "--json").json
    assert told["decided"] == PAYMENTS
    if not (first / "keys").exists():
        shutil.copytree(folder / "keys", first / "keys")
    return told["journal"]


def differences(folder: Path) -> list[tuple[str, int, bool]]:
    """(account, booked minus stated, told as a finding) of every row, in the order they were decided."""
    settings, found = Settings(home=folder / "home", keys=folder / "keys"), []
    with open_database(settings) as database, open_stores(settings, database, "berka") as stores:
        for batch in stores.journal.read(0):
            for k in range(len(batch.leaves)):
                if batch.leaves[k][0] == LEAF_MOVEMENT:
                    leaf = decode_movement_leaf(batch.leaves[k])
                    side = "debit" if leaf.strings["debit_account"].startswith("client:") else "credit"
                    gap = leaf.fixed[f"{side}_posted_minor"] - leaf.fixed["stated_balance_minor"]
                    told = bool(leaf.fixed["findings"] & Finding.BALANCE_DIFFERS)
                    found.append((leaf.strings[f"{side}_account"], gap, told))
    return found
