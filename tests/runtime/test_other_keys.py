"""The key that turns ids into fingerprints: with another one, every movement sent again would be new."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.keys import IDEMPOTENCY
from bulkhead.runtime.verification.verifying import verify
from bulkhead.runtime.wiring import open_stores, open_writer

OPENING = InstitutionOpened("main", "CNY", 480)
REFUSED = "not the one this database was written with"


def test_another_key_for_ids_is_refused_before_anything_is_written(database: Database, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    with open_writer(settings, database, OPENING, command="the test"):
        pass
    key = (settings.keys / IDEMPOTENCY).read_text()
    (settings.keys / IDEMPOTENCY).unlink()
    with pytest.raises(BadInput, match=REFUSED), open_writer(settings, database, OPENING, command="the test"):
        raise AssertionError("nobody may write")
    with pytest.raises(BadInput, match=REFUSED), open_stores(settings, database, OPENING.code) as stores:
        verify(stores, lambda done, expected: None)
    (settings.keys / IDEMPOTENCY).write_text(key)
    with open_writer(settings, database, OPENING, command="the test") as writer:
        assert writer.machine.sequence == 1
