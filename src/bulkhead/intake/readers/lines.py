"""Whole lines out of bytes, whatever the bytes are, in bounded memory. A line is a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bulkhead.intake.readers.block import BLOCK_ROWS, RAW_CHARS_MAX, Damaged

READ_BYTES = 1 << 20
LINE_CHARS_MAX = 65_536
LINE_BYTES_MAX = 4 * LINE_CHARS_MAX  # no encoding here needs more for a character


def line_runs(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file as runs of whole lines of about ``READ_BYTES``.

    Of a line longer than ``LINE_BYTES_MAX`` only so much comes out as shows that it is too long; the last line
    ends in a newline even where the file does not.
    """
    carry = b""
    while data := file.read(READ_BYTES):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield carry + data[:cut]
            carry = data[cut:]
        elif len(carry) <= LINE_BYTES_MAX:
            carry += data
    if carry:
        yield carry + b"\n"


def numbered_lines(
    file: BinaryIO, first_row: int, encoding: str
) -> Iterator[tuple[int, list[str], list[Damaged]]]:
    """The rest of a file, at most ``BLOCK_ROWS`` lines at a time, as (number of the first, lines, damaged).

    Lines come without their ends; one at fault is empty among the lines and stands among the damaged.
    """
    for run in line_runs(file):
        lines, damaged = _checked(run, first_row, encoding)
        for start in range(0, len(lines), BLOCK_ROWS):
            row, part = first_row + start, lines[start : start + BLOCK_ROWS]
            yield row, part, [d for d in damaged if row <= d.row < row + len(part)]
        first_row += len(lines)


def _checked(run: bytes, first_row: int, encoding: str) -> tuple[list[str], list[Damaged]]:
    if b"\0" not in run and (text := _decoded(run, encoding)) is not None:
        lines = text.split("\n")[:-1]
        if max(map(len, lines)) <= LINE_CHARS_MAX:
            return [line.removesuffix("\r") for line in lines] if "\r" in text else lines, []
    lines, damaged = [], []
    for row, line in enumerate(run.split(b"\n")[:-1], first_row):
        fault = _fault(line, encoding)
        if fault:
            damaged.append(Damaged(row, fault, readable(line)))
        lines.append("" if fault else line.decode(encoding).removesuffix("\r"))
    return lines, damaged


def readable(line: bytes) -> str:
    """A line as text, bytes that are no text written as ``\\xNN``, cut to ``RAW_CHARS_MAX``."""
    return line[:RAW_CHARS_MAX].decode("utf-8", "backslashreplace")[:RAW_CHARS_MAX]


def _decoded(run: bytes, encoding: str) -> str | None:
    try:
        return run.decode(encoding)
    except UnicodeDecodeError:
        return None


def _fault(line: bytes, encoding: str) -> str:
    if b"\0" in line:
        return f"the row holds a NUL byte at position {line.index(0) + 1}"
    text = _decoded(line, encoding)
    if text is None:
        return f"the row is not {encoding} text"
    return f"the row is longer than {LINE_CHARS_MAX:,} characters" if len(text) > LINE_CHARS_MAX else ""
