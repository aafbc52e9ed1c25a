"""Plain records become a batch of movements, by the same source, checks and vault as a file's rows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bulkhead.intake.names import NameList
from bulkhead.intake.readers import Block
from bulkhead.intake.rows import batch_of, draft_of
from bulkhead.intake.source import Source, load_source, parse_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.movements import NAME_BYTES_MAX, MovementBatch
from bulkhead.kernel.protocols import Vault
from bulkhead.runtime.service.commands import Cell, Movement, Problem

NAMES_MAX = 20_000  # remembered between calls
AHEAD_US_MAX = 5_000_000  # how far a caller's clock may be ahead of ours: the next ones must not look late


@dataclass(frozen=True, slots=True)
class Records:
    """``batch`` row ``k`` is record ``positions[k]``; every other record has a problem."""

    batch: MovementBatch
    positions: NDArray[np.int64]
    problems: dict[int, Problem]


@lru_cache(maxsize=8)
def source_of(institution: InstitutionOpened) -> Source:
    """The source ``movements`` in the institution's own currency and local time."""
    hours, minutes = divmod(abs(institution.timezone_offset_minutes), 60)
    sign = "-" if institution.timezone_offset_minutes < 0 else "+"
    text = load_source("movements").definition
    text = re.sub(r'(?m)^currency = "\w+"$', f'currency = "{institution.currency}"', text, count=1)
    text = re.sub(r'(?m)^utc_offset = ".+"$', f'utc_offset = "{sign}{hours:02d}:{minutes:02d}"', text, count=1)
    return parse_source(text, "movements")


class RecordReader:
    """Converts and checks records of one source. Names are remembered between calls; one thread reads."""

    def __init__(self, source: Source, vault: Vault) -> None:
        self.source = source
        self._vault = vault
        self._names, self._holds = NameList(), NameList()

    def read(self, records: Sequence[Movement], now_us: int, reached_us: int = 0) -> Records:
        """The good ones as a batch. Raises ``ConnectionError`` when the vault is out of reach.

        ``reached_us``: the institution's time. Where a clock was set back it is ahead of ``now_us``, and what the
        journal has already is then no thing of the future; but nothing may lie further ahead than it does.
        """
        if len(self._names) + len(self._holds) > NAMES_MAX:
            self._names, self._holds = NameList(), NameList()
        latest_us = max(now_us + AHEAD_US_MAX, reached_us)
        latest_us -= self.source.skew_s * 1_000_000  # ``draft_of`` adds the source's skew
        block = Block(np.arange(len(records)), self._columns(records), ())
        draft, faults = draft_of(block, self.source, latest_us, self._names, self._holds)
        positions = np.flatnonzero(~faults.bad)
        good = draft if len(positions) == len(records) else draft.take(positions)
        problems = {row: Problem(field, sentence) for row, (field, sentence) in faults.first.items()}
        try:
            return Records(batch_of(good, self.source, self._vault), positions, problems)
        except BaseException:
            # A name whose swap has failed must not be taken for a swapped one by the next batch.
            self._names, self._holds = NameList(), NameList()
            raise

    def _columns(self, records: Sequence[Movement]) -> dict[str, Any]:
        """Arrow columns of the fields that any record fills, and of those that none may lack."""
        columns = {}
        for name in Movement.__struct_fields__:
            cells = [_text(getattr(record, name)) for record in records]
            if name in self.source.required_columns or any(cell is not None for cell in cells):
                columns[name] = pa.array(cells, pa.string())
        return columns


def shown_id(record: Movement) -> str:
    """The record's id as an answer repeats it, also when it is none."""
    return (_text(record.id) or "")[:NAME_BYTES_MAX]


def _text(cell: Cell) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell)
