"""A file opened for deciding: chunks of movements and quarantined rows, always in the same order."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bulkhead.intake.faults import Faults
from bulkhead.intake.names import NameList
from bulkhead.intake.ordering import LOOK_AHEAD_ROWS, ORDERS, ROWS_MAX, Order, ahead_of_their_time
from bulkhead.intake.origins import NOWHERE, Origins, joined_origins
from bulkhead.intake.readers import Block, Blocks, missing_columns, open_blocks, unknown_columns
from bulkhead.intake.readers.block import BLOCK_ROWS, RAW_CHARS_MAX
from bulkhead.intake.readers.csv import open_csv
from bulkhead.intake.readers.json_lines import open_json_lines
from bulkhead.intake.rows import Draft, batch_of, draft_of, empty_draft, joined, strings_of
from bulkhead.intake.seen import SeenIds
from bulkhead.intake.source import Csv, Source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.movements import MovementBatch
from bulkhead.kernel.protocols import Vault

HASH_BYTES = 1 << 20
NAMES_MAX = 250_000  # remembered between blocks


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of an input: the good ones as a batch, the others with their reasons.

    ``rows_done`` counts the input's rows, good and bad, when this chunk is done; ``batch_done[i]`` the same when
    movement ``i`` is, ``quarantine_done[j]`` when quarantined row ``j`` is. ``origins`` are the movements' places
    in the file.
    """

    batch: MovementBatch
    origins: Origins
    quarantined: tuple[QuarantinedRow, ...]
    rows_done: int
    batch_done: NDArray[np.int64]
    quarantine_done: NDArray[np.int64]

    def split(self, movements_max: int) -> Iterator[Chunk]:
        """The same rows in chunks of at most ``movements_max`` movements, bad rows beside their neighbours."""
        done = int(min(self.batch_done[:1].tolist() + self.quarantine_done[:1].tolist(), default=1)) - 1
        for start in range(0, max(1, len(self.batch)), movements_max):
            stop = start + movements_max
            last = stop >= len(self.batch)
            until = self.rows_done if last else int(self.batch_done[stop - 1])
            low, high = np.searchsorted(self.quarantine_done, (done, until), side="right").tolist()
            yield Chunk(
                self.batch.slice(start, min(stop, len(self.batch))),
                self.origins.slice(start, stop),
                self.quarantined[low:high],
                until,
                self.batch_done[start:stop],
                self.quarantine_done[low:high],
            )
            done = until

    def after(self, rows_done: int) -> Chunk:
        """What is left of this chunk when the input's first ``rows_done`` rows have been dealt with."""
        start = int(np.searchsorted(self.batch_done, rows_done, side="right"))
        low = int(np.searchsorted(self.quarantine_done, rows_done, side="right"))
        return Chunk(
            self.batch.slice(start, len(self.batch)),
            self.origins.slice(start, len(self.batch)),
            self.quarantined[low:],
            self.rows_done,
            self.batch_done[start:],
            self.quarantine_done[low:],
        )


class BadRow(BadInput):
    """A row that would still not be read well. ``field`` is the column at fault, "" for the row as a whole."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(
            f"the row is not good yet: {field}: {reason}" if field else f"the row is not good yet: {reason}"
        )
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class _Read:
    """A block, what it became, and what is wrong with its rows so far."""

    block: Block
    draft: Draft
    faults: Faults


class InputReader:
    """One opened input. Iterate once for its chunks; use as a context manager to close the file.

    Raises ``BadInput`` from the iteration when the file turns out to be damaged part-way; what was given before
    that stays good.
    """

    def __init__(
        self, file: BinaryIO, name: str, source: Source, vault: Vault, latest_us: int, skip_rows: int
    ) -> None:
        self.name = name
        self.source = source
        self.input_sha256, newlines, ended = _digest(file)
        self.rows_done = 0  # of the input, by this reading and those before it
        self.notices: list[str] = []  # what a person should know; complete when the iteration has ended
        self._file, self._vault, self._latest_us, self._skip_rows = file, vault, latest_us, skip_rows
        self._blocks: Blocks = open_blocks(file, name, source)
        self._seen = SeenIds()
        count = self._blocks.row_count
        self.rows_expected = newlines if count is None else count  # for a progress bar: about right
        if not ended and count is None:
            self.notices.append(f"{name} does not end in a line end: it may be cut off")
        unknown = unknown_columns(self._blocks, source)
        if unknown:
            self.notices.append(f"{name} has columns the source does not know: {', '.join(unknown)[:200]}")
        missing = missing_columns(self._blocks, source)
        if missing:
            found = ", ".join(self._blocks.columns)[:500] or "none"
            lacks = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"
            raise BadInput(f"{name} lacks the {lacks} of the source {source.code}; its columns are {found}")

    def __enter__(self) -> InputReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Chunk]:
        """Chunks from row ``skip_rows`` on, in the input's order, which never depends on where one starts."""
        order = ORDERS[self.source.order]
        for chunk in self._ordered(order) if order else self._in_file_order():
            self.rows_done = chunk.rows_done
            if chunk.rows_done > self._skip_rows:
                yield chunk.after(self._skip_rows)
        volume = self.source.volume
        if not volume.rows_min <= self.rows_done <= volume.rows_max:
            expected = f"{volume.rows_min:,} to {volume.rows_max:,}"
            self.notices.append(f"{self.name} has {self.rows_done:,} rows; files of this source have {expected}")

    def _in_file_order(self) -> Iterator[Chunk]:
        done = 0
        for read, following_us in _with_next(self._drafts()):
            self._find_ahead(read, following_us)
            draft, origins, bad = self._settled(read)
            good_rows = read.block.rows[origins.places[:, 1]]
            bad_rows = np.array([row.row for row in bad], np.int64)
            in_order = np.sort(np.concatenate([good_rows, bad_rows]))
            first, done = done, done + len(in_order)
            self.rows_done = done
            if done > self._skip_rows:
                batch = batch_of(draft, self.source, self._vault)
                batch_done = first + np.searchsorted(in_order, good_rows, side="right")
                bad_done = first + np.searchsorted(in_order, bad_rows, side="right")
                yield Chunk(batch, origins, bad, done, batch_done, bad_done)

    def _ordered(self, order: Order) -> Iterator[Chunk]:
        """Rows in quarantine as they are met, then all good rows in the order the source asks for."""
        names, holds, done = NameList(), NameList(), 0
        drafts, origins = [empty_draft(names, holds)], [NOWHERE]
        for block in self._blocks.blocks:
            draft, places, bad = self._settled(self._draft(block, names, holds))
            drafts.append(draft)
            origins.append(places)
            if bad:
                yield self._chunk(drafts[0], NOWHERE, bad, done)
            done += len(bad)
            if sum(len(each.rows) for each in drafts) > ROWS_MAX:
                raise BadInput(f"{self.name} has more than {ROWS_MAX:,} rows: too many to put in order")
        whole, everywhere = joined(drafts), joined_origins(origins)
        permutation, notices = order(whole.rows)
        self.notices += [f"{self.name}: {notice}" for notice in notices]
        for start in range(0, len(permutation), BLOCK_ROWS):
            chosen = permutation[start : start + BLOCK_ROWS]
            yield self._chunk(whole.take(chosen), everywhere.take(chosen), (), done)
            done += len(chosen)

    def _chunk(self, draft: Draft, origins: Origins, bad: tuple[QuarantinedRow, ...], first: int) -> Chunk:
        """Either good rows or bad ones, from row ``first`` of the reading order on."""
        batch_done = np.arange(first + 1, first + 1 + len(draft.rows))
        bad_done = np.arange(first + 1, first + 1 + len(bad))
        rows_done = first + len(draft.rows) + len(bad)
        return Chunk(batch_of(draft, self.source, self._vault), origins, bad, rows_done, batch_done, bad_done)

    def _drafts(self) -> Iterator[_Read]:
        names, holds = NameList(), NameList()
        for block in self._blocks.blocks:
            if len(names) + len(holds) > NAMES_MAX:  # forget rather than grow with the file
                names, holds = NameList(), NameList()
            yield self._draft(block, names, holds)

    def _draft(self, block: Block, names: NameList, holds: NameList) -> _Read:
        return _Read(block, *draft_of(block, self.source, self._latest_us, names, holds))

    def _find_ahead(self, read: _Read, following_us: NDArray[np.int64]) -> None:
        """One wrong date must not make all that follow look late."""
        good = np.flatnonzero(~read.faults.bad)
        ahead = np.zeros(len(read.draft.rows), np.bool_)
        skew_us = self.source.skew_s * 1_000_000
        ahead[good] = ahead_of_their_time(read.draft.rows["event_us"][good], following_us, skew_us)
        column = self.source.columns.time
        expected = f"at most {self.source.skew_s:,} s ahead of the rows that follow"
        read.faults.expect(ahead, column, read.block.columns[column], expected)

    def _settled(self, read: _Read) -> tuple[Draft, Origins, tuple[QuarantinedRow, ...]]:
        """The good rows of a block, their places in it, and the bad ones by number."""
        block, draft, faults = read.block, read.draft, read.faults
        good = np.flatnonzero(~faults.bad)
        repeated = np.zeros(len(draft.rows), np.bool_)
        repeated[good] = self._seen.repeated(strings_of(draft.ids.take(pa.array(good))))
        faults.expect(repeated, self.source.columns.id, draft.ids, "an id that no earlier row of the file has")
        bad = [self._quarantined(each.row, "", each.reason, each.raw) for each in block.damaged]
        for index, (field, sentence) in faults.first.items():
            bad.append(self._quarantined(int(block.rows[index]), field, sentence, block.raw(index)))
        good = np.flatnonzero(~faults.bad)
        whole = len(good) == len(draft.rows)
        in_order = tuple(sorted(bad, key=lambda row: row.row))
        return draft if whole else draft.take(good), Origins.of(block, good), in_order

    def _quarantined(self, row: int, field: str, reason: str, raw: str) -> QuarantinedRow:
        return QuarantinedRow(
            self.input_sha256, self.name, self.source.code, row, field, reason, raw[:RAW_CHARS_MAX]
        )


def open_input(
    path: Path | str, source: Source, vault: Vault, *, latest_us: int, skip_rows: int = 0
) -> InputReader:
    """Opens a file to be read as ``source`` says.

    ``latest_us`` is the time that no row may lie after (by more than the source's skew); ``skip_rows`` the rows
    that an earlier reading has dealt with. Raises ``BadInput`` when the file cannot be read at all.
    """
    with ExitStack() as on_failure:
        file = on_failure.enter_context(opened(path))
        reader = InputReader(file, Path(path).name, source, vault, latest_us, skip_rows)
        on_failure.pop_all()  # from here on the reader closes the file
        return reader


def opened(path: Path | str) -> BinaryIO:
    """A file opened for reading. Raises ``BadInput`` for what is not a file that can be read more than once."""
    try:
        if not Path(path).is_file():
            raise BadInput(f"{path} is {'not a file' if Path(path).exists() else 'not there'}")
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}") from None


def read_row(text: str, source: Source, vault: Vault, *, latest_us: int) -> MovementBatch:
    """One row as quarantine keeps it, corrected by a person.

    It is a JSON object of the source's columns, or a line of CSV behind the line that names its columns. Raises
    ``BadRow`` with the reason when it is still not good.
    """
    opened_row = _open_row(text, source)
    missing = missing_columns(opened_row, source) if opened_row.format == "csv" else ()
    blocks = list(opened_row.blocks) if not missing else []
    reasons = [("", f"it lacks the column {missing[0]}")] if missing else []
    reasons += [("", each.reason) for block in blocks for each in block.damaged]
    if not reasons and len(blocks) == 1 and len(blocks[0].rows) == 1:
        draft, faults = draft_of(blocks[0], source, latest_us, NameList(), NameList())
        reasons = list(faults.first.values())
        if not reasons:
            return batch_of(draft, source, vault)
    raise BadRow(*(reasons[0] if reasons else ("", "it is not one row")))


def _open_row(text: str, source: Source) -> Blocks:
    lines = text.splitlines()
    if "csv" in source.formats and len(lines) > 1 and not text.lstrip().startswith("{"):
        plain = msgspec.structs.replace(source, csv=Csv(source.csv.delimiter, "utf-8"))
        file = io.BytesIO(f"{lines[0]}\n{' '.join(lines[1:])}\n".encode())
        return open_csv(file, "the row", plain)
    return open_json_lines(io.BytesIO(" ".join(lines).encode()), "the row", source)


def _with_next(reads: Iterator[_Read]) -> Iterator[tuple[_Read, NDArray[np.int64]]]:
    """Each block with the times of the first good rows of the one that follows."""
    before: _Read | None = None
    for read in reads:
        if before is not None:
            yield before, read.draft.rows["event_us"][~read.faults.bad][:LOOK_AHEAD_ROWS]
        before = read
    if before is not None:
        yield before, np.zeros(0, np.int64)


def _digest(file: BinaryIO) -> tuple[bytes, int, bool]:
    """SHA-256 of the whole file, its number of newlines, and whether it ends in one."""
    digest, newlines, last = hashlib.sha256(), 0, b""
    file.seek(0)
    while data := file.read(HASH_BYTES):
        digest.update(data)
        newlines += data.count(b"\n")
        last = data[-1:]
    return digest.digest(), newlines, last == b"\n"
