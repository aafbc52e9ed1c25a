"""A file that repeats what an older one said: however late the rows come, the first answers stand."""

from __future__ import annotations

from pathlib import Path

from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.watch_summary import WatchSummary
from bulkhead.runtime.watching import watch
from bulkhead.runtime.wiring import open_writer

NOW_US = 1_775_000_000_000_000  # 2026-03-31
ROWS = [
    "id,time,kind,amount,payee,settled",
    "d-1,2026-03-02 09:00:00,deposit,100.00,ann,true",
    "d-2,2026-03-04 09:00:00,deposit,50.00,bo,true",
    "d-3,2026-03-06 09:00:00,deposit,20.00,cy,true",
    "d-4,2026-03-07 09:00:00,deposit,10.00,ann,true",
]


def watched(settings: Settings, database: Database, *lines: str) -> WatchSummary:
    path = settings.home / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    opening = InstitutionOpened("main", "CNY", 480)
    with open_writer(settings, database, opening, command="the test") as writer:
        source = load_source("movements")
        return watch(writer, [path], source, latest_us=NOW_US, on_progress=lambda done, expected: None)


def test_a_growing_export_is_read_again_without_a_row_in_quarantine(database: Database, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    settings.home.mkdir()
    assert watched(settings, database, *ROWS[:4]).decided == 3
    again = watched(settings, database, *ROWS)
    assert (again.decided, again.repeats, again.quarantined) == (1, 3, 0)


def test_a_late_row_that_says_another_thing_under_an_old_id_is_told_apart(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    settings.home.mkdir()
    watched(settings, database, *ROWS[:4])
    other = ROWS[1].replace("100.00", "900.00")
    unknown = ROWS[1].replace("d-1", "d-9")
    found = watched(settings, database, ROWS[0], other, unknown)
    assert (found.decided, found.repeats, found.quarantined) == (0, 0, 2)
    late, used = found.quarantine_reasons
    assert "behind the journal's" in late
    assert "stands for another movement" in used
