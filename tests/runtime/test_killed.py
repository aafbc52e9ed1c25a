"""Must-show 5: a ``watch`` killed and cut off from its database again and again ends where one left alone ends.

``BULKHEAD_KILLS`` says how often (4 by default, so that the suite stays quick).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.journal_payload import unpack_leaves
from command_line import CommandLine
from seeded_town import seeded_batch, write_town

KILLS = int(os.environ.get("BULKHEAD_KILLS", "4"))
ROWS = 5_000 * max(KILLS, 4)
BATCHES = ("512", "4096", "97", "1024", "16384", "2048")
EVERYTHING = {
    "movement": "SELECT * FROM movement ORDER BY sequence",
    "movement_key": "SELECT * FROM movement_key ORDER BY id_key, sequence",
    "facet_run": "SELECT * FROM facet_run ORDER BY run, facet, value",
    "pair_run": "SELECT * FROM pair_run ORDER BY run, facet, last, part",
    "name": "SELECT * FROM name ORDER BY number",
    "event": "SELECT * FROM event ORDER BY sequence",
    # Where a mark falls follows from the commits; what the last one of an account says does not.
    "balance": """SELECT DISTINCT ON (account) account, posted_minor, held_minor, currency, account_class
        FROM balance ORDER BY account, sequence DESC""",
    "read_progress": "SELECT * FROM read_progress ORDER BY input_sha256",
    "quarantine": "SELECT input_sha256, source, input_row, field, reason, state FROM quarantine ORDER BY input_row",
    "node": "SELECT level, index, hash FROM journal_node ORDER BY level, index",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a home keeps of its one institution, without commit edges, clocks and epochs."""

    leaves: tuple[bytes, ...]
    root: bytes
    tables: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of movements with a bad row here and there."""
    path = write_town(tmp_path_factory.mktemp("town") / "town.csv", seeded_batch(5, ROWS, clients=200, pace_s=9))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for k in range(1_000, len(lines), 2_500):
        lines[k] = lines[k].replace(",CNY,", ",no currency,", 1)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_killed_at_any_moment_it_goes_on_and_ends_the_same(town: Path, tmp_path: Path) -> None:
    quiet, stormy = CommandLine(tmp_path / "quiet"), CommandLine(tmp_path / "stormy")
    few = write_town(tmp_path / "few.csv", seeded_batch(1, 60))
    _seconds(CommandLine(tmp_path / "first"), few)  # now all is compiled
    starts_s = _seconds(CommandLine(tmp_path / "second"), few)
    works_s = _seconds(quiet, town) - starts_s
    shutil.copytree(tmp_path / "quiet/keys", tmp_path / "stormy/keys")
    random, killed, cut_off = Random(f"kills {KILLS}"), 0, 0
    haste = 1.0  # a machine that has grown faster since it was measured is come upon sooner
    for kill in range(KILLS):
        after_s = haste * random.uniform(starts_s / 2, starts_s + works_s / 2)
        haste = haste if killed + cut_off else haste * 0.8
        if kill % 2:
            cut_off += _cut_off(stormy, town, BATCHES[kill % len(BATCHES)], after_s, tmp_path / "stormy")
        else:
            killed += _killed(stormy, town, BATCHES[kill % len(BATCHES)], after_s)
    stormy.run("watch", town, "--json", "--batch", "333", seconds_max=600)
    assert killed + cut_off, "it was always faster than the one who came to kill it"
    assert kept(tmp_path / "stormy") == kept(tmp_path / "quiet")
    assert stormy.run("verify", "--json").json["sound"]


def _seconds(home: CommandLine, file: Path) -> float:
    """How long a run takes that nobody disturbs."""
    began_s = time.monotonic()
    assert home.run("watch", file, "--json", seconds_max=600).exit_code in (0, 1)
    return time.monotonic() - began_s


def _killed(home: CommandLine, town: Path, batch: str, after_s: float) -> bool:
    """Whether it still ran when it was killed."""
    process = home.start("watch", town, "--json", "--batch", batch)
    with suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    process.kill()
    return process.wait() == -signal.SIGKILL


def _cut_off(home: CommandLine, town: Path, batch: str, after_s: float, folder: Path) -> bool:
    """Whether it noticed that every connection of its was ended by the server; it says so in one sentence."""
    process = home.start("watch", town, "--json", "--batch", batch)
    with suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    with (
        open_database(Settings(home=folder / "home", keys=folder / "keys")) as database,
        database.connect("admin", autocommit=True) as admin,
    ):
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return process.wait(120) == 2


def kept(folder: Path) -> Kept:
    with open_database(Settings(home=folder / "home", keys=folder / "keys")) as database:
        return _kept(database)


def _kept(database: Database) -> Kept:
    with database.connect() as connection:
        rows = connection.execute("SELECT payload, leaf_count, root FROM journal_batch ORDER BY first_sequence")
        leaves: list[bytes] = []
        root = b""
        for payload, count, root in rows.fetchall():  # noqa: B007 - the last root is the head
            unpacked = unpack_leaves(payload, count)
            leaves += [unpacked[k] for k in range(count)]
        tables = {name: connection.execute(query.encode()).fetchall() for name, query in EVERYTHING.items()}
    return Kept(tuple(leaves), root, tables)
