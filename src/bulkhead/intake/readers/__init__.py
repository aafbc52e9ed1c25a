"""Readers: bytes in, blocks of columns out. The format is told from the bytes, not from the file's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from bulkhead.intake.readers.block import Block, Blocks, Damaged
from bulkhead.intake.readers.csv import BOM, open_csv
from bulkhead.intake.readers.json_lines import open_json_lines
from bulkhead.intake.readers.parquet import open_parquet
from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput

__all__ = ["Block", "Blocks", "Damaged", "format_of", "open_blocks"]

_READERS: dict[str, Callable[[BinaryIO, str, Source], Blocks]] = {
    "csv": open_csv,
    "jsonl": open_json_lines,
    "parquet": open_parquet,
}


def format_of(file: BinaryIO, name: str) -> str:
    """``csv``, ``jsonl`` or ``parquet`` by the file's first bytes. Raises ``BadInput`` for an empty file."""
    file.seek(0)
    start = file.read(64)
    file.seek(0)
    if not start:
        raise BadInput(f"{name} is empty")
    if start.startswith(b"PAR1"):
        return "parquet"
    return "jsonl" if start.removeprefix(BOM).lstrip().startswith(b"{") else "csv"


def open_blocks(file: BinaryIO, name: str, source: Source) -> Blocks:
    """The file's rows as this source reads them.

    Raises ``BadInput`` when the file is not of the source's formats, cannot be opened or lacks a column.
    """
    form = format_of(file, name)
    if form not in source.formats:
        raise BadInput(f"{name} is a {form} file; the source {source.code} reads {', '.join(source.formats)}")
    blocks = _READERS[form](file, name, source)
    missing = [column for column in source.required_columns if column not in blocks.columns]
    if missing:
        found = ", ".join(column[:40] for column in blocks.columns[:30])
        raise BadInput(f"{name} lacks the column {missing[0]!r} of the source {source.code}; it has {found}")
    return blocks
