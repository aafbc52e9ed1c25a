"""For tests that read files: a vault in memory, and what a reading gave as plain values."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bulkhead.intake.reading import Chunk, open_input
from bulkhead.intake.source import Source
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.movements import ABSENT, MOVEMENT, NAME_COLUMNS, NO_AMOUNT, MovementBatch

LATEST_US = 1_775_000_000_000_000  # 2026-03-31
DATA = Path(os.environ.get("BULKHEAD_DATA") or Path(__file__).parents[2] / "shared" / "data")


@dataclass(frozen=True)
class Reading:
    """``movements`` and ``quarantined`` in the order they came; ``sha256`` of the input."""

    movements: list[dict[str, Any]]
    quarantined: list[QuarantinedRow]
    notices: list[str]
    chunks: list[Chunk]
    rows_done: int
    sha256: bytes

    @property
    def reasons(self) -> list[tuple[int, str, str]]:
        return [(row.row, row.field, row.reason) for row in self.quarantined]


def memory_vault() -> MemoryVault:
    return MemoryVault(MemoryTables())


def read_bytes(folder: Path, data: bytes, source: Source, *, skip_rows: int = 0) -> Reading:
    path = folder / "input"
    path.write_bytes(data)
    return read_file(path, source, skip_rows=skip_rows)


def read_file(path: Path, source: Source, *, skip_rows: int = 0) -> Reading:
    vault = memory_vault()
    with open_input(path, source, vault, latest_us=LATEST_US, skip_rows=skip_rows) as reader:
        chunks = list(reader)
    movements = [row for chunk in chunks for row in plain_movements(chunk.batch, vault)]
    quarantined = [row for chunk in chunks for row in chunk.quarantined]
    return Reading(movements, quarantined, reader.notices, chunks, reader.rows_done, reader.input_sha256)


def plain_movements(batch: MovementBatch, vault: MemoryVault) -> Iterator[dict[str, Any]]:
    """Each movement's fields that are not absent, names revealed."""
    revealed = vault.reveal(list(batch.names))
    names = [
        name if value is None else f"{name.partition(':')[0]}:{value}"
        for name, value in zip(batch.names, revealed, strict=True)
    ]
    for index, row in enumerate(batch.rows):
        plain: dict[str, Any] = {"id": batch.ids[index]}
        for field in MOVEMENT.names or ():
            value = int(row[field])
            if field in NAME_COLUMNS:
                plain |= {field: names[value]} if value != ABSENT else {}
            elif field == "hold":
                plain |= {field: batch.holds[value]} if value != ABSENT else {}
            elif value != NO_AMOUNT:
                plain[field] = value
        yield plain


def shared_data(*parts: str) -> Path:
    """A file of the development data; skips the test where it is not there."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not here: set BULKHEAD_DATA to the folder that has it")
    return path
