"""Columns of the data's files, as text or numbers."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.errors import BadInput

Columns = dict[str, list[str]]


def columns_of(path: Path, *, delimiter: str = ",") -> Columns:
    """The columns of a file of separated values, plain, gzipped, or the first in a zip.

    Raises ``BadInput`` where it is missing.
    """
    if not path.is_file():
        raise BadInput(f"{path} is missing; the fits need the whole data folder.")
    rows = list(csv.reader(io.StringIO(_text(path), newline=""), delimiter=delimiter))
    return {name: list(values) for name, values in zip(rows[0], zip(*rows[1:], strict=True), strict=True)}


def numbers(values: list[str]) -> NDArray[np.float64]:
    """float64[n]; what is no number is NaN."""
    return np.array([_number(value) for value in values], np.float64)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _text(path: Path) -> str:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            return packed.read(packed.namelist()[0]).decode("utf-8-sig")
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
