"""Data as an earlier version left them: how a fixture of this version is made, and how it is loaded again.

``PYTHONPATH=src:tests python tests/kept_folder.py tests/fixtures/v0.2`` writes the next one: a journal of invented
movements as its rows, the keys made for it, and what is expected of it. A fixture is never made anew once released.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.watching import publish_rules, watch
from bulkhead.runtime.wiring import open_stores, open_writer
from seeded_town import START_US, seeded_batch, write_town

OPENING = InstitutionOpened("main", "CNY", 480)
LATEST_US = START_US + 400 * 86_400_000_000
KEYS = ("idempotency", "signing-main")
TABLES = {
    "journal_batch": (
        "institution, first_sequence, leaf_count, epoch, received_us, payload, leaf_hashes, root, row_sha256"
    ),
    "journal_node": "institution, level, index, hash",
    "checkpoint": "institution, size, note_sha256, note",
}


def make(folder: Path) -> None:
    """Write a fixture of today's version."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="bulkhead-fixture-") as scratch:
        settings = Settings(home=Path(scratch) / "home", keys=Path(scratch) / "keys")
        with open_database(settings) as database:
            feed(settings, database, seed=41, rows=600, scratch=Path(scratch))
            expected = state(settings, database)
            tables = {table: _rows(database, table) for table in TABLES}
        (folder / "keys").mkdir()
        for name in KEYS:
            shutil.copyfile(settings.keys / name, folder / "keys" / name)
    (folder / "tables.json").write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, settings: Settings, database: Database) -> None:
    """Put a fixture's rows and keys where today's version looks for them."""
    settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    for key in (folder / "keys").iterdir():
        shutil.copyfile(key, settings.keys / key.name)
        (settings.keys / key.name).chmod(0o600)
    tables = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
    with open_stores(settings, database, OPENING.code, create=True), database.connect() as connection:
        for table, rows in tables.items():
            columns = TABLES[table]
            marks = ", ".join(["%s"] * len(columns.split(", ")))
            for row in rows:
                values = [base64.b85decode(cell["bytes"]) if isinstance(cell, dict) else cell for cell in row]
                connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})".encode(), values)
        connection.execute("INSERT INTO lease (institution, epoch) VALUES (1, 1)")


def feed(settings: Settings, database: Database, *, seed: int, rows: int, scratch: Path, days: int = 0) -> None:
    """Let a writer take some more of an invented town, so many days later."""
    batch = seeded_batch(seed, rows, clients=20, pace_s=200)
    batch.rows["event_us"] += days * 86_400_000_000
    batch.rows["expires_us"][batch.rows["expires_us"] > 0] += days * 86_400_000_000
    path = write_town(scratch / f"town-{seed}.csv", batch)
    with open_writer(settings, database, OPENING, command="the fixture") as writer:
        publish_rules(writer, default_rule_set().text, "the fixture")
        source = load_source("movements")
        watch(writer, [path], source, latest_us=LATEST_US, on_progress=lambda done, of: None, batch_rows=150)


def state(settings: Settings, database: Database) -> dict[str, Any]:
    """Head and balances, as the journal gives them."""
    with open_writer(settings, database, OPENING, command="the fixture") as writer:
        machine = writer.machine
        accounts = {
            machine.names[n]: [int(record["posted_minor"]), int(record["held_minor"])]
            for n, record in enumerate(machine.book.accounts[: len(machine.names)])
            if record["account_class"]
        }
        return {"size": machine.sequence, "root": machine.tree.root().hex(), "balances": accounts}


def _rows(database: Database, table: str) -> list[list[Any]]:
    with database.connect() as connection:
        rows = connection.execute(f"SELECT {TABLES[table]} FROM {table} ORDER BY 1, 2, 3".encode()).fetchall()
    return [
        [{"bytes": base64.b85encode(cell).decode()} if isinstance(cell, bytes) else cell for cell in row]
        for row in rows
    ]


if __name__ == "__main__":
    make(Path(sys.argv[1]))
