"""Parquet: only the columns in use are read, block by block."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bulkhead.intake.readers.block import BLOCK_ROWS, RAW_CHARS_MAX, Block, Blocks
from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput


def open_parquet(file: BinaryIO, name: str, source: Source) -> Blocks:
    """A Parquet file. Raises ``BadInput`` when its footer or a column's type is unusable; so may the blocks."""
    try:
        parquet = pq.ParquetFile(file)
        schema = parquet.schema_arrow
        rows = parquet.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"{name} is not a whole Parquet file: {_first_line(error)}") from None
    for column in source.used_columns:
        if column in schema.names and not _readable(schema.field(column).type):
            raise BadInput(f"{name} holds {schema.field(column).type} in column {column!r}, which cannot be read")
    return Blocks("parquet", tuple(schema.names), _blocks(parquet, name, source), row_count=rows)


def _blocks(parquet: Any, name: str, source: Source) -> Iterator[Block]:
    columns = [column for column in source.used_columns if column in parquet.schema_arrow.names]
    batches = parquet.iter_batches(BLOCK_ROWS, columns=columns, use_threads=False)
    first_row = 1
    try:
        for batch in batches:
            cells = {column: batch.column(column) for column in columns}
            yield Block(np.arange(first_row, first_row + len(batch)), cells, (), _raw_of(cells))
            first_row += len(batch)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"{name} is damaged after row {first_row - 1:,}: {_first_line(error)}") from None


def _raw_of(cells: dict[str, Any]) -> Any:
    def raw(index: int) -> str:
        row = {column: cell[index].as_py() for column, cell in cells.items()}
        return json.dumps(row, default=str, ensure_ascii=False)[:RAW_CHARS_MAX]

    return raw


def _readable(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _readable(kind.value_type)
    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_decimal,
            pa.types.is_timestamp,
            pa.types.is_date,
            pa.types.is_boolean,
            pa.types.is_null,
        )
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
