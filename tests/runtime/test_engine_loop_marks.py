"""The loop around the machine, with a real journal: what is stored by when."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bulkhead.kernel.events import AccountOpened, InstitutionOpened
from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.projections.projector import Projection, Projector
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.wiring import open_writer

OPENING = InstitutionOpened("main", "CNY", 480)


def test_a_mark_is_stored_before_anybody_signs_a_checkpoint_on_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Projector.write

    def slowly(projector: Projector, projections: list[Projection]) -> None:
        time.sleep(0.2)
        write(projector, projections)

    monkeypatch.setattr(Projector, "write", slowly)
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    with open_writer(settings, database, OPENING, command="the test") as writer:
        writer.loop.apply(AccountOpened("client:ann", int(AccountClass.CLIENT), "CNY"))
        writer.loop.mark()
        with database.connect() as connection:
            marked = connection.execute("SELECT max(sequence) FROM balance").fetchone()
    assert marked == (2,)
