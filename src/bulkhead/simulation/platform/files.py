"""A world as files: every stream a Parquet or CSV file that grows day by day, the truth in a folder of its own.

Memory does not grow with the world, and the same setting gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation.platform.columns import (
    MOVEMENT_SCHEMA,
    Names,
    movement_table,
    schema_of,
    stream_table,
)
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.world import CODE, INSTITUTION
from bulkhead.simulation.world_files import truth_text

FORMATS = ("parquet", "csv")
MOVEMENTS = "movements"
TRUTH_FILE = Path("truth") / "incidents.json"
_ROWS_TOGETHER = 1 << 17  # a row group
_HASHED_AT_ONCE = 1 << 20

OnDay = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """One file: its path inside the folder, its rows, and what its bytes hash to."""

    file: str
    rows: int
    bytes: int
    sha256: str


def write_platform(
    platform: Platform, folder: Path, file_format: str, on_day: OnDay = lambda days, rows: None
) -> dict[str, Written]:
    """Live through the world and write its streams into ``folder``; gives what was written, by stream.

    ``on_day`` is told of the days done and the rows of all streams so far. Raises ``BadInput`` when the folder
    cannot be written to.
    """
    assert file_format in FORMATS, file_format
    truth = folder / TRUTH_FILE
    try:
        truth.parent.mkdir(parents=True, exist_ok=True)
        truth.unlink(missing_ok=True)  # it tells of another world, and of this one only once all of it is written
        with ExitStack() as stack:
            files = _open_files(platform, folder, file_format, stack)
            _write_days(platform, files, on_day)
        setting = platform.setting
        text = truth_text(CODE, setting.seed, setting.days, INSTITUTION.currency, platform.truth())
        truth.write_text(f"{text}\n", encoding="utf-8", newline="\n")
        told = {code: _written(folder, file.path, file.rows) for code, file in files.items()}
        return {**told, "truth": _written(folder, truth, len(platform.truth().incidents))}
    except OSError as error:
        raise BadInput(f"{folder} cannot be written to: {error.strerror or error}.") from None


class _File:
    """One stream's file. Rows are kept back until there are enough for a row group."""

    def __init__(self, path: Path, schema: Any, file_format: str, stack: ExitStack) -> None:
        self.path = path
        self.rows = 0
        self._kept: list[Any] = []
        self._kept_rows = 0
        self._writer = stack.enter_context(_writer(path, schema, file_format))
        stack.callback(self._flush)  # before the writer closes

    def write(self, table: Any) -> None:
        self.rows += len(table)
        self._kept.append(table)
        self._kept_rows += len(table)
        if self._kept_rows >= _ROWS_TOGETHER:
            self._flush()

    def _flush(self) -> None:
        if self._kept:
            self._writer.write_table(pa.concat_tables(self._kept).combine_chunks())
        self._kept, self._kept_rows = [], 0


def _writer(path: Path, schema: Any, file_format: str) -> Any:
    if file_format == "csv":
        return pa.csv.CSVWriter(path, schema, write_options=pa.csv.WriteOptions(quoting_style="needed"))
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)


def _open_files(platform: Platform, folder: Path, file_format: str, stack: ExitStack) -> dict[str, _File]:
    schemas = {MOVEMENTS: MOVEMENT_SCHEMA, **{stream.code: schema_of(stream) for stream in platform.streams}}
    assert len(schemas) == 1 + len(platform.streams), "two streams of one code"
    return {
        code: _File(folder / f"{code}.{file_format}", schema, file_format, stack)
        for code, schema in schemas.items()
    }


def _write_days(platform: Platform, files: dict[str, _File], on_day: OnDay) -> None:
    names = Names(platform.directory.names)
    streams = {stream.code: stream for stream in platform.streams}
    for day in platform.days():
        files[MOVEMENTS].write(movement_table(day, names))
        for code, blocks in day.blocks.items():
            files[code].write(stream_table(streams[code], blocks, names))
        on_day(day.number + 1, sum(file.rows for file in files.values()))


def _written(folder: Path, path: Path, rows: int) -> Written:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_HASHED_AT_ONCE):
            digest.update(part)
    return Written(path.relative_to(folder).as_posix(), rows, path.stat().st_size, digest.hexdigest())
