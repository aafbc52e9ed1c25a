"""CSV: lines split at a separator, quotes as in RFC 4180.

A line is a row even inside quotes: a quote that is opened and never closed costs its own row and not the rest
of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from bulkhead.intake.readers.block import Block, Blocks, Damaged
from bulkhead.intake.readers.lines import LINE_BYTES_MAX, numbered_lines, readable
from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput

COLUMNS_MAX = 1_000
BOM = b"\xef\xbb\xbf"


def open_csv(file: BinaryIO, name: str, source: Source) -> Blocks:
    """A CSV file whose first line names its columns. Raises ``BadInput`` when that line is unusable."""
    header = _header(file.readline(LINE_BYTES_MAX + 1), name, source)
    return Blocks("csv", header, _blocks(file, header, source))


def _header(line: bytes, name: str, source: Source) -> tuple[str, ...]:
    text = line.removeprefix(BOM).rstrip(b"\r\n")
    if len(line) > LINE_BYTES_MAX or b"\r" in text:
        raise BadInput(f"{name} has no first line that names columns: its lines end in neither LF nor CRLF")
    if b"\0" in text:
        raise BadInput(f"{name} is not text: its first line holds NUL bytes (UTF-16 must be saved as UTF-8)")
    try:
        rows = csv.reader([text.decode(source.csv.encoding)], delimiter=source.csv.delimiter, strict=True)
        header = tuple(cell.strip() for row in rows for cell in row)
    except UnicodeDecodeError:
        raise BadInput(
            f"{name} is not {source.csv.encoding} text: it starts with {readable(text[:40])!r}"
        ) from None
    except csv.Error as error:
        raise BadInput(f"{name} has no first line that names columns: {error}") from None
    if len(header) > COLUMNS_MAX:
        raise BadInput(f"{name} has {len(header):,} columns; at most {COLUMNS_MAX:,} are read")
    repeated = [column for column in header if header.count(column) > 1]
    if repeated:
        raise BadInput(f"{name} names the column {repeated[0][:60]!r} twice")
    return header


def _blocks(file: BinaryIO, header: tuple[str, ...], source: Source) -> Iterator[Block]:
    for first_row, lines, damaged in numbered_lines(file, 2, source.csv.encoding):  # the header is row 1
        yield _block(lines, first_row, header, source, damaged)


def _block(
    lines: list[str], first_row: int, header: tuple[str, ...], source: Source, damaged: list[Damaged]
) -> Block:
    rows, numbers = [], []
    for number, line in enumerate(lines, first_row):
        if not line:
            continue
        try:
            rows.append(_cells(line, source.csv.delimiter, len(header)))
            numbers.append(number)
        except ValueError as error:
            damaged.append(Damaged(number, str(error), line))
    # One flat list and not a list a row, so that the garbage collector has nothing to walk.
    flat = "\n".join(rows).split("\n") if rows else []
    columns = {column: flat[index :: len(header)] for index, column in enumerate(header)}
    used = {column: pa.array(columns[column], pa.string()) for column in source.used_columns if column in columns}
    # A line that cannot be split means nothing without the names of the columns.
    told = [replace(each, raw=f"{_line(header, source)}\n{each.raw}") for each in damaged]
    return Block(np.array(numbers, np.int64), used, tuple(told))


def _cells(line: str, delimiter: str, count: int) -> str:
    """The cells of a line, each on a line of its own: no cell can hold a line end. Raises ``ValueError``."""
    if '"' not in line:
        found, cells = line.count(delimiter) + 1, line.replace(delimiter, "\n")
    else:
        try:
            row = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise ValueError(f"the row's quotes do not fit: {error}") from None
        found, cells = len(row), "\n".join(row)
    if found != count:
        raise ValueError(f"the row has {found} fields; expected {count}")
    return cells


def _line(cells: tuple[str, ...], source: Source) -> str:
    """Cells as a line of this source's files."""
    line = io.StringIO()
    csv.writer(line, delimiter=source.csv.delimiter, lineterminator="").writerow(cells)
    return line.getvalue()
