"""Cells become numbers, a column at a time.

Well-formed cells take a path without a Python object a cell; each of the others is read on its own by a plain
function, which gives its own sentence when it fails. Both paths give the same number for the same cell, so a
row never depends on its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bulkhead.intake.faults import Faults, shown
from bulkhead.intake.source import EPOCHS
from bulkhead.kernel.movements import NAME_BYTES_MAX, NO_AMOUNT

BEYOND = 10**17  # stands for every number farther out: outside all bounds, yet safe to reckon with
# A sum of cents in binary misses the cent by a few units in the last place, and is then printed with all its
# digits (1071.1499999999999). That is still 1071.15; half a cent is another amount.
NEAR_MINOR = 1e-4
FLOAT_DIGITS = 15
AMOUNT_CHARS_MAX = 28  # as many digits as decimal arithmetic keeps
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = r"((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_PLAIN_TIME = rf"^(19|20)\d\d-{_DAY}[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,9}})?$"
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_UNSAFE = r"[\x00-\x1f\x7f]"


def texts(column: Any) -> Any:
    """A column as trimmed UTF-8 text (Arrow ``string``); cells without a character are null."""
    if pa.types.is_floating(column.type):  # whole numbers that met a gap in some tool on their way here
        column = pa.array([_whole(cell) for cell in column.to_pylist()], pa.string())
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(pc.binary_length(trimmed), 0), None, trimmed)


def labels(column: Any, field: str, faults: Faults) -> Any:
    """``texts`` that may become part of a name: at most ``NAME_BYTES_MAX`` bytes, no control characters."""
    cells = texts(column)
    long = _mask(pc.greater(pc.binary_length(cells), NAME_BYTES_MAX))
    faults.expect(long, field, cells, f"at most {NAME_BYTES_MAX} bytes")
    unsafe = _mask(pc.match_substring_regex(cells, _UNSAFE))
    faults.expect(unsafe, field, cells, "no control character")
    return cells


def amounts(column: Any, places: int, field: str, faults: Faults) -> NDArray[np.int64]:
    """Minor units, ``NO_AMOUNT`` where the cell is empty; ``places`` are the decimals of the cells' unit."""
    if pa.types.is_float64(column.type):
        return _float_amounts(column, places, field, faults)
    cells = texts(column) if not pa.types.is_floating(column.type) else column.cast(pa.float32()).cast(pa.string())
    plain = _mask(
        pc.match_substring_regex(cells, rf"^-?\d{{1,12}}(\.\d{{1,{places}}})?$" if places else r"^-?\d{1,12}$")
    )
    values = np.where(plain, _unscaled(pc.if_else(plain, cells, None), places), NO_AMOUNT)
    return _read_rest(cells, plain, values, lambda text: _amount(text, places), field, faults)


def times(column: Any, time_format: str, offset_us: int, field: str, faults: Faults) -> NDArray[np.int64]:
    """UTC microseconds, ``NO_AMOUNT`` where the cell is empty; times without an offset are at ``offset_us``."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    if pa.types.is_timestamp(column.type):
        return _typed_times(column, offset_us)
    cells = texts(column)
    values = np.full(len(cells), NO_AMOUNT)
    plain = np.zeros(len(cells), np.bool_)
    if time_format == "iso":
        plain = _mask(pc.match_substring_regex(cells, _PLAIN_TIME))
        stamps = pc.if_else(plain, cells, None).cast(pa.timestamp("ns"))
        values = np.where(plain, _integers(stamps) // 1_000 - offset_us, NO_AMOUNT)
    elif time_format in EPOCHS:
        plain = _mask(pc.match_substring_regex(cells, r"^\d{1,12}$"))
        values = np.where(plain, _integers(pc.if_else(plain, cells, None)) * EPOCHS[time_format], NO_AMOUNT)
    return _read_rest(cells, plain, values, lambda text: _time(text, time_format, offset_us), field, faults)


def choices(
    column: Any, options: Mapping[str, int], default: int, field: str, faults: Faults
) -> NDArray[np.int64]:
    """The number each cell stands for, in any letter case; ``default`` where it is empty."""
    cells = pc.utf8_lower(texts(column))

    def read(text: str) -> int:
        if text not in options:
            raise ValueError(f"expected one of {', '.join(options)}")
        return options[text]

    values = np.full(len(cells), default, np.int64)
    return _read_rest(cells, np.zeros(len(cells), np.bool_), values, read, field, faults)


def _read_rest(
    cells: Any,
    done: NDArray[np.bool_],
    values: NDArray[np.int64],
    read: Callable[[str], int],
    field: str,
    faults: Faults,
) -> NDArray[np.int64]:
    """``values`` with every cell that is neither done nor empty read on its own, equal cells once."""
    rest = np.flatnonzero(~done & _mask(pc.is_valid(cells)))
    if not len(rest):
        return values
    encoded = cells.take(pa.array(rest)).dictionary_encode()
    codes = encoded.indices.to_numpy()
    found = np.zeros(len(encoded.dictionary), np.int64)
    sentences: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            found[code] = max(-BEYOND, min(BEYOND, read(text)))
        except ValueError as error:
            sentences[code] = f"found {shown(text)}; {error}"
    wrong = np.isin(codes, list(sentences))
    values[rest[~wrong]] = found[codes[~wrong]]
    for index, code in zip(rest[wrong].tolist(), codes[wrong].tolist(), strict=True):
        faults.add(index, field, sentences[code])
    return values


def _amount(text: str, places: int) -> int:
    if "." in text and "e" not in text.lower():
        text = text.rstrip("0")
    if not _AMOUNT.fullmatch(text) or len(text) > AMOUNT_CHARS_MAX:
        raise ValueError("expected an amount such as 12.34" if places else "expected a whole amount such as 12")
    amount = Decimal(text)
    if amount.adjusted() > 17:
        return BEYOND if amount > 0 else -BEYOND
    minor = amount.scaleb(places)
    nearest = int(minor.to_integral_value())
    printed_float = len(amount.as_tuple().digits) >= FLOAT_DIGITS
    if minor != nearest and not (printed_float and abs(minor - nearest) < NEAR_MINOR):
        raise ValueError(f"expected at most {places} decimals")
    return nearest


def _float_amounts(column: Any, places: int, field: str, faults: Faults) -> NDArray[np.int64]:
    major = column.to_numpy(zero_copy_only=False)
    faults.expect(np.isinf(major), field, column, "a finite amount")
    scale = 10**places
    minor = np.clip(np.nan_to_num(major), -BEYOND / scale, BEYOND / scale) * scale
    nearest = np.rint(minor)
    off = np.abs(minor - nearest) > NEAR_MINOR + np.abs(nearest) * 2.0**-50
    faults.expect(off, field, column, f"at most {places} decimals")
    return np.where(np.isfinite(major), nearest.astype(np.int64), NO_AMOUNT)


def _time(text: str, time_format: str, offset_us: int) -> int:
    if time_format in EPOCHS:
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"expected a whole number ({time_format})")
        return int(text) * EPOCHS[time_format]
    try:
        if time_format != "iso":
            moment = datetime.strptime(text, time_format)
        elif _ISO_TIME.fullmatch(text):
            moment = datetime.fromisoformat(text)
        else:
            raise ValueError
    except ValueError:
        example = "2026-01-31 08:30:00" if time_format == "iso" else f"the form {time_format}"
        raise ValueError(f"expected a time such as {example}") from None
    if moment.tzinfo is None:
        return (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND - offset_us
    return (moment - _EPOCH) // _MICROSECOND


def _typed_times(column: Any, offset_us: int) -> NDArray[np.int64]:
    units, parts = {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}[column.type.unit]
    ticks = np.clip(_integers(column.cast(pa.int64())) // parts, -BEYOND // units, BEYOND // units)
    offset_us = 0 if column.type.tz else offset_us
    return np.where(_mask(pc.is_valid(column)), ticks * units - offset_us, NO_AMOUNT)


def _whole(cell: float | None) -> str | None:
    if cell is None or cell != cell:
        return None
    return str(int(cell)) if cell.is_integer() else repr(cell)


def _unscaled(cells: Any, places: int) -> NDArray[np.int64]:
    """Digits of plain decimal texts as integers of ``10**-places``; anything where null."""
    decimals = cells.cast(pa.decimal128(18, places))
    words = np.frombuffer(decimals.buffers()[1], np.int64)  # 128 bits each, the low word first
    return words[2 * decimals.offset : 2 * (decimals.offset + len(decimals)) : 2]


def _integers(column: Any) -> NDArray[np.int64]:
    filled: NDArray[np.int64] = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return filled


def _mask(column: Any) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = pc.fill_null(column, False).to_numpy(zero_copy_only=False)
    return mask
