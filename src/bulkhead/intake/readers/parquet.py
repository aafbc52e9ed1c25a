"""Parquet: only the columns in use are read, block by block, as one of a few plain types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bulkhead.intake.faults import cell_text
from bulkhead.intake.readers.block import BLOCK_ROWS, RAW_CELL_CHARS_MAX, Block, Blocks, Damaged, raw_cells
from bulkhead.intake.readers.lines import readable
from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput

TEXT_BYTES_MAX = 65_536  # of one cell
_UNUSABLE = (pa.ArrowException, OSError, ValueError)  # what the library raises for bytes that are not Parquet
_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_PLAIN = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_timestamp,
    pa.types.is_date,
    pa.types.is_boolean,
    pa.types.is_null,
)


def open_parquet(file: BinaryIO, name: str, source: Source) -> Blocks:
    """A Parquet file. Raises ``BadInput`` when its footer or the type of a column is unusable."""
    try:
        schema = pq.read_schema(file)
        types = {field.name: _value_type(field.type) for field in schema if field.name in source.used_columns}
        text = [column for column, kind in types.items() if _is(kind, _TEXT)]
        # Text stays in dictionaries until it is known to be short: a small file can hold a very large column.
        parquet = pq.ParquetFile(file, read_dictionary=text, pre_buffer=False, buffer_size=1 << 20)
        row_count = parquet.metadata.num_rows
    except _UNUSABLE as error:
        raise BadInput(f"{name} is not a whole Parquet file: {_first_line(error)}") from None
    if len(set(schema.names)) < len(schema.names):
        raise BadInput(f"{name} names a column twice")
    for column, kind in types.items():
        if not _is(kind, _TEXT + _PLAIN):
            raise BadInput(f"{name} holds {kind} in the column {column!r}; expected text, numbers or times")
    return Blocks("parquet", tuple(schema.names), _blocks(parquet, list(types), name), row_count)


def _blocks(parquet: Any, columns: list[str], name: str) -> Iterator[Block]:
    """Raises ``BadInput`` where the file turns out to be damaged."""
    first_row = 1
    try:
        for batch in parquet.iter_batches(BLOCK_ROWS, columns=columns, use_threads=False):
            yield _block(first_row, {column: batch.column(column) for column in columns})
            first_row += len(batch)
    except _UNUSABLE as error:
        raise BadInput(f"{name} is damaged after row {first_row - 1:,}: {_first_line(error)}") from None


def _block(first_row: int, columns: dict[str, Any]) -> Block:
    count = len(next(iter(columns.values())))
    rows = np.arange(first_row, first_row + count)
    faults: dict[int, str] = {}
    for column, cells in columns.items():
        if pa.types.is_dictionary(cells.type):
            wrong = _wrong_texts(cells.dictionary)
            codes = pc.fill_null(cells.indices, -1).to_numpy(zero_copy_only=False)
            for index in np.flatnonzero(np.isin(codes, list(wrong))).tolist() if wrong else ():
                faults.setdefault(index, f"{wrong[int(codes[index])]} in the column {column!r}")
    keep = np.setdiff1d(np.arange(count), np.fromiter(faults, np.int64))
    plain = {column: _plain(cells.take(pa.array(keep)) if faults else cells) for column, cells in columns.items()}
    text_of = {column: _text_of(cells) for column, cells in columns.items()} if faults else {}
    damaged = tuple(
        Damaged(first_row + index, reason, raw_cells({column: text(index) for column, text in text_of.items()}))
        for index, reason in sorted(faults.items())
    )
    return Block(rows[keep], plain, damaged)


def _text_of(cells: Any) -> Callable[[int], str]:
    """Gives the text of one cell whatever its bytes are; a long value is cut once, however many rows have it."""
    if not pa.types.is_dictionary(cells.type):
        plain = _plain(cells)
        return lambda index: cell_text(plain, index)
    values = cells.dictionary

    @cache
    def text_of_value(code: int) -> str:
        return readable(values[code].cast(pa.large_binary()).as_py() or b"")[:RAW_CELL_CHARS_MAX]

    return lambda index: text_of_value(cells.indices[index].as_py()) if cells.indices[index].is_valid else ""


def _wrong_texts(values: Any) -> dict[int, str]:
    """What is wrong with the values that are too long or no text, by their index."""
    lengths: NDArray[np.int64] = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    wrong = {i: f"found {lengths[i]:,} bytes" for i in np.flatnonzero(lengths > TEXT_BYTES_MAX).tolist()}
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        for index, value in enumerate(values.cast(pa.large_binary()).to_pylist()):
            if value is not None and not _is_utf8(value):
                wrong[index] = "found bytes that are not UTF-8"
    return wrong


def _plain(cells: Any) -> Any:
    """The same cells without dictionaries, wide offsets or zones other than UTC."""
    if pa.types.is_dictionary(cells.type):
        return cells.dictionary_decode().cast(pa.string())
    if pa.types.is_float16(cells.type):
        return cells.cast(pa.float32())
    if pa.types.is_timestamp(cells.type) and cells.type.tz:  # the zone is a label: the number is UTC already
        return cells.view(pa.int64()).view(pa.timestamp(cells.type.unit, "UTC"))
    return cells


def _is(kind: Any, tests: tuple[Callable[[Any], bool], ...]) -> bool:
    return any(test(kind) for test in tests)


def _value_type(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
