"""Data that earlier versions wrote are read, verified and continued by this one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.verification.verifying import Verdict, verify
from bulkhead.runtime.wiring import open_stores
from kept_folder import OPENING, feed, load, state

FOLDERS = sorted((Path(__file__).parents[1] / "fixtures").glob("v*"))


def test_there_are_folders() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_data_of_an_earlier_version_are_read_verified_and_continued(
    folder: Path, database: Database, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    load(folder, settings, database)
    before = verdict(settings, database)
    assert (before.fault, before.size, before.root.hex()) == (None, expected["size"], expected["root"])
    assert state(settings, database) == expected
    feed(settings, database, seed=42, rows=100, scratch=tmp_path, days=30)
    after = verdict(settings, database)
    assert after.fault is None
    assert after.size > before.size
    assert after.projected == after.movements


def verdict(settings: Settings, database: Database) -> Verdict:
    with open_stores(settings, database, OPENING.code) as stores:
        return verify(stores, lambda done, expected: None)
