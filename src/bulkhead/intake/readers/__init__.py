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

__all__ = ["Block", "Blocks", "Damaged", "format_of", "missing_columns", "open_blocks", "unknown_columns"]

_READERS: dict[str, Callable[[BinaryIO, str, Source], Blocks]] = {
    "csv": open_csv,
    "jsonl": open_json_lines,
    "parquet": open_parquet,
}
_PACKED = {
    b"\x1f\x8b": "compressed: unpack it first",
    b"PK\x03\x04": "a ZIP archive or a workbook: save it as CSV",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}


def format_of(file: BinaryIO, name: str) -> str:
    """``csv``, ``jsonl`` or ``parquet`` by the file's first bytes. Raises ``BadInput`` where they can be none."""
    file.seek(0)
    start = file.read(64)
    file.seek(0)
    if not start:
        raise BadInput(f"{name} is empty")
    for magic, what in _PACKED.items():
        if start.startswith(magic):
            raise BadInput(f"{name} is {what}")
    if start.startswith(b"PAR1"):
        return "parquet"
    return "jsonl" if start.removeprefix(BOM).lstrip().startswith(b"{") else "csv"


def open_blocks(file: BinaryIO, name: str, source: Source) -> Blocks:
    """The file's rows, split as this source says; its columns may still not be the source's.

    Raises ``BadInput`` when the file is not of the source's formats or cannot be opened.
    """
    form = format_of(file, name)
    if form not in source.formats:
        raise BadInput(f"{name} is a {form} file; the source {source.code} reads {', '.join(source.formats)}")
    return _READERS[form](file, name, source)


def missing_columns(blocks: Blocks, source: Source) -> tuple[str, ...]:
    """The columns that the source requires and the file lacks."""
    return tuple(column for column in source.required_columns if column not in blocks.columns)


def unknown_columns(blocks: Blocks, source: Source) -> tuple[str, ...]:
    """The columns of the file that the source neither uses nor ignores on purpose."""
    return tuple(c for c in blocks.columns if c not in source.used_columns and c not in source.ignored)
