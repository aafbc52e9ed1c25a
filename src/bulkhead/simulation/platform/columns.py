"""Rows of a day as Arrow tables: directory numbers become names, codes become texts, times get their offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, NO_AMOUNT, MovementKind, Phase
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.numbering import MOVEMENT_PREFIX, numbered_texts
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Numbered, Stream, Values
from bulkhead.simulation.platform.world import HOLD_PREFIX, INSTITUTION

TIME = pa.timestamp("us", "+08:00")
AMOUNT = pa.decimal128(18, 2)  # major units
_TYPES: Mapping[Kind, Any] = {
    Kind.TIME: TIME,
    Kind.MINOR: pa.int64(),
    Kind.NUMBER: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.NAME: pa.string(),
    Kind.TEXT: pa.string(),
}
# The columns of the source "movements".
MOVEMENT_SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("time", TIME), ("kind", pa.string()), ("amount", AMOUNT), ("currency", pa.string()),
        ("payer", pa.string()), ("payee", pa.string()), ("device", pa.string()), ("instructed_by", pa.string()),
        ("settled", pa.bool_()), ("phase", pa.string()), ("hold", pa.string()), ("expires", TIME),
    ]
)  # fmt: skip
_KINDS = tuple(kind.name.lower() for kind in MovementKind)
_PHASES = tuple(phase.name.lower() for phase in Phase)
_DEVICE = len("device:")


class Names:
    """The world's directory as an Arrow column that grows with it."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._column = pa.array([], pa.string())

    def texts(self, numbers: NDArray[np.int32]) -> Any:
        """The names behind numbers, null for -1."""
        if len(self._names) > len(self._column):
            new = pa.array(self._names[len(self._column) :], pa.string())
            self._column = pa.concat_arrays([self._column, new])
        return self._column.take(pa.array(numbers, mask=numbers == ABSENT))


def schema_of(stream: Stream) -> Any:
    """The Arrow schema of a stream's file."""
    return pa.schema([(name, _TYPES[kind]) for name, kind in stream.columns.items()])


def stream_table(stream: Stream, blocks: list[Block], names: Names) -> Any:
    """The blocks of one day as one table in order of time."""
    schema = schema_of(stream)
    blocks = _few(stream, blocks)
    tables = [
        pa.table([_cells(block.values[name], kind, names) for name, kind in stream.columns.items()], schema=schema)
        for block in blocks
    ]
    times = np.concatenate([np.asarray(next(iter(block.values.values()))) for block in blocks])
    table = pa.concat_tables(tables)
    if (np.diff(times) >= 0).all():
        return table
    return table.take(pa.array(np.argsort(times, kind="stable")))


def movement_table(day: Day, names: Names) -> Any:
    """A day's movements in the columns of the source ``movements``."""
    rows = day.rows
    device = pc.utf8_slice_codeunits(names.texts(rows["device"]), _DEVICE)  # the column can hold nothing else
    currency = Coded(np.zeros(len(rows), np.int32), (INSTITUTION.currency,))
    columns = [
        _text(Numbered(MOVEMENT_PREFIX, day.first_number + np.arange(len(rows)))),
        _times(rows["event_us"]),
        _text(Coded(rows["kind"].astype(np.int32) - 1, _KINDS)),
        _major(rows["amount_minor"]),
        _text(currency),
        names.texts(rows["payer"]),
        names.texts(rows["payee"]),
        device,
        names.texts(rows["instructed_by"]),
        pa.array(rows["settled"] == 1),
        _text(Coded(rows["phase"].astype(np.int32), _PHASES)),
        _text(Numbered(HOLD_PREFIX, rows["hold"].astype(np.int64))),
        _times(rows["expires_us"]),
    ]
    return pa.table(columns, schema=MOVEMENT_SCHEMA)


def _few(stream: Stream, blocks: list[Block]) -> list[Block]:
    """The same rows in as few blocks as may be: incidents write theirs one by one."""
    columnar: list[Block] = []
    plain: list[Block] = []
    for block in blocks:
        coded = any(isinstance(values, (Coded, Numbered)) for values in block.values.values())
        (columnar if coded else plain).append(block)
    if len(plain) < 2:
        return blocks
    merged: dict[str, Values] = {}
    for name in stream.columns:
        parts = [block.values[name] for block in plain]
        if isinstance(parts[0], list):
            merged[name] = [text for part in parts if isinstance(part, list) for text in part]
        else:
            merged[name] = np.concatenate([part for part in parts if isinstance(part, np.ndarray)])
    return [*columnar, Block(stream, merged)]


def _cells(values: Values, kind: Kind, names: Names) -> Any:
    if kind is Kind.TEXT:
        return _text(values)
    assert isinstance(values, np.ndarray), kind
    if kind is Kind.NAME:
        return names.texts(values.astype(np.int32))
    return _times(values) if kind is Kind.TIME else pa.array(values, _TYPES[kind])


def _text(values: Values) -> Any:
    if isinstance(values, Coded):
        return pa.array(values.texts, pa.string()).take(pa.array(values.codes))
    if not isinstance(values, Numbered):
        return pa.array(values, pa.string())
    texts = numbered_texts(values.prefix, np.maximum(values.numbers, 0))
    count, width = texts.shape
    offsets = np.arange(count + 1, dtype=np.int32) * width
    plain = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(texts.tobytes()))
    absent = values.numbers < 0
    return pc.if_else(pa.array(absent), pa.scalar(None, pa.string()), plain) if absent.any() else plain


def _times(values: Any) -> Any:
    times = np.ascontiguousarray(values)
    return pa.array(times, pa.int64(), mask=times == NO_AMOUNT).cast(pa.timestamp("us")).view(TIME)


def _major(minor: Any) -> Any:
    """Decimals from minor units: the same integer with two of its digits behind the point."""
    wide = np.zeros((len(minor), 2), np.int64)  # the high word of a positive number is zero
    wide[:, 0] = minor
    return pa.Array.from_buffers(AMOUNT, len(minor), [None, pa.py_buffer(wide.tobytes())])
