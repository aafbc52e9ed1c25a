"""JSON lines: one flat object a line. Fractions keep their digits: they never become floating point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as pa

from bulkhead.intake.readers.block import Block, Blocks, Damaged
from bulkhead.intake.readers.csv import BOM
from bulkhead.intake.readers.lines import numbered_lines
from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput

SNIFF_LINES = 100
_NESTED = frozenset({list, dict})


def open_json_lines(file: BinaryIO, name: str, source: Source) -> Blocks:
    """A file of JSON lines; its columns are the keys of its first ones.

    Raises ``BadInput`` when none of those is an object.
    """
    start = len(BOM) if file.read(len(BOM)) == BOM else 0
    file.seek(start)
    decoder = msgspec.json.Decoder(dict[str, Any])
    _, lines, _ = next(numbered_lines(file, 1, "utf-8"), (1, [], []))
    objects = [found for line in lines[:SNIFF_LINES] if isinstance(found := _decode(decoder, line), dict)]
    if not objects:
        raise BadInput(f"{name} has no JSON object in its first lines")
    file.seek(start)
    return Blocks("jsonl", tuple(dict.fromkeys(key for found in objects for key in found)), _blocks(file, source))


def _blocks(file: BinaryIO, source: Source) -> Iterator[Block]:
    names = {f"f{i}": column for i, column in enumerate(source.used_columns)}
    # Only the columns in use are decoded; the others are passed over unread.
    row_type = msgspec.defstruct("Row", [(field, Any, None) for field in names], rename=names, gc=False)
    decoder = msgspec.json.Decoder(row_type, float_hook=str)
    for first_row, lines, damaged in numbered_lines(file, 1, "utf-8"):
        yield _block(lines, first_row, decoder, source, damaged)


def _block(lines: list[str], first_row: int, decoder: Any, source: Source, damaged: list[Damaged]) -> Block:
    found, numbers = [], []
    for number, line in enumerate(lines, first_row):
        if not line or line.isspace():
            continue
        decoded = _decode(decoder, line)
        if isinstance(decoded, str):
            damaged.append(Damaged(number, decoded, line))
        else:
            found.append(decoded)
            numbers.append(number)
    cells = {column: [getattr(row, f"f{i}") for row in found] for i, column in enumerate(source.used_columns)}
    nested = {index for column in cells.values() for index in _nested(column)}
    for index in nested:
        number = numbers[index]
        reason = "the row holds a list or an object; expected plain values"
        damaged.append(Damaged(number, reason, lines[number - first_row]))
    keep = np.array([index for index in range(len(found)) if index not in nested], np.int64)
    columns = {
        column: pa.array(list(map(_text, column_cells)), pa.string()) for column, column_cells in cells.items()
    }
    if nested:
        columns = {column: array.take(pa.array(keep)) for column, array in columns.items()}
    return Block(np.array(numbers, np.int64)[keep], columns, tuple(damaged))


def _nested(cells: list[Any]) -> list[int]:
    """Where a column holds lists or objects."""
    if _NESTED.isdisjoint(map(type, cells)):
        return []
    return [index for index, cell in enumerate(cells) if type(cell) in _NESTED]


def _decode(decoder: Any, line: str) -> Any:
    """The object of a line, or what is wrong with it."""
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"the row is no JSON object: {error}"


def _text(cell: Any) -> str | None:
    if cell is None or type(cell) is str:
        return cell
    return str(cell).lower() if type(cell) is bool else str(cell)
