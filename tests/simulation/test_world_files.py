"""A world written to files is the world itself: read back through intake, row for row."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from said_rows import said

from bulkhead.intake.reading import open_input
from bulkhead.intake.source import load_source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.movements import MovementBatch
from bulkhead.simulation.world import PERSONAL_ENTITIES, World
from bulkhead.simulation.world_files import movement_lines, write_world
from bulkhead.simulation.worlds.lending import WORLD


@cache
def world() -> World:
    return WORLD.build(5)


def test_the_file_read_through_intake_is_the_stream(tmp_path: Path) -> None:
    movements, _ = write_world(world(), tmp_path / "out")
    source, vault = load_source("movements"), MemoryVault(MemoryTables())
    with open_input(movements, source, vault, latest_us=world().calendar.end_us) as reader:
        chunks = list(reader)
    assert [row.reason for chunk in chunks for row in chunk.quarantined] == []
    assert reader.notices == []
    streamed = [i for i in world().stream(MemoryVault(MemoryTables())) if isinstance(i, MovementBatch)]
    assert said([chunk.batch for chunk in chunks]) == said(streamed)
    assert set(source.personal) == PERSONAL_ENTITIES


def test_the_truth_lies_beside_and_not_within(tmp_path: Path) -> None:
    movements, truth = write_world(world(), tmp_path)
    told = json.loads(truth.read_text(encoding="utf-8"))
    assert told["seed"] == 5
    assert [i["code"] for i in told["incidents"]] == [i.code for i in world().truth.incidents]
    text = movements.read_text(encoding="utf-8")
    assert not any(i.code in text or i.title.zh in text for i in world().truth.incidents)
    ids = {json.loads(line)["id"] for line in text.splitlines()}
    assert all(set(i["movement_ids"]) <= ids for i in told["incidents"])


def test_a_line_reads_as_a_person_would_write_it() -> None:
    first = json.loads(next(iter(movement_lines(world()))))
    assert first["time"].startswith("2026-03-01T0")
    assert first["time"].endswith("+08:00")
    assert first["currency"] == "CNY"
    amounts = [json.loads(line)["amount"] for line in movement_lines(world())]
    minor = np.array([int(amount.replace(".", "")) for amount in amounts])
    assert (minor == [m.amount_minor for m in world().movements]).all()


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be written to"):
        write_world(world(), tmp_path / "file" / "out")
