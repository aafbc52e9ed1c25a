"""What every reader gives: some rows as columns, and the rows that could not be split into columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.intake.faults import cell_text

BLOCK_ROWS = 16_384  # fixed: a block's edges must not depend on who reads, or a resumed read would differ
RAW_CHARS_MAX = 65_536  # of a quarantined row
RAW_CELL_CHARS_MAX = 1_024  # of one cell in it; no field may be as long as that


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that never became columns.

    ``raw`` is its text, of a CSV file behind the line that names the columns; of Parquet, which has no text,
    its cells as ``Block.raw`` writes them.
    """

    row: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Block:
    """At most ``BLOCK_ROWS`` rows.

    ``columns`` maps each column the source uses and the file has to an Arrow array of ``len(rows)`` cells;
    ``rows`` are row numbers as a person counts them in the file.
    """

    rows: NDArray[np.int64]
    columns: dict[str, Any]  # pyarrow carries no types
    damaged: tuple[Damaged, ...]

    def raw(self, index: int) -> str:
        """Row ``index`` as a JSON object of the columns in use, whatever format the file has."""
        return raw_cells({column: cell_text(cells, index) for column, cells in self.columns.items()})


@dataclass(frozen=True, slots=True)
class Blocks:
    """A file opened: the columns it has, its blocks in order, and how many rows where the format says so."""

    format: str
    columns: tuple[str, ...]
    blocks: Iterator[Block]
    row_count: int | None = None


def raw_cells(cells: Mapping[str, str]) -> str:
    """A row's cells by column as quarantine keeps them: a whole JSON object, only its longest cells cut."""
    return json.dumps({column: text[:RAW_CELL_CHARS_MAX] for column, text in cells.items()}, ensure_ascii=False)
