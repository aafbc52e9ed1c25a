"""Rows and their stamp as an XLSX file, written row by row into a temporary file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import language_now

PIECE_BYTES = 1 << 16
_EXACT_MAX = 10**15  # beyond it a spreadsheet's numbers are no longer exact
_WIDTH = 18
_ROWS, _STAMP = Words("Rows", "数据"), Words("Stamp", "导出说明")

Value = str | int | Decimal


def spreadsheet(
    header: Callable[[], Sequence[Value]],
    rows: Callable[[], Iterable[Sequence[Value]]],
    stamp: Callable[[], Iterable[tuple[str, str]]],
) -> Iterator[bytes]:
    """The file in pieces. ``stamp`` is asked after the last row."""
    with tempfile.TemporaryFile() as file:
        # Nothing is ever taken for a formula, a link or a number that was not written as one.
        book = Workbook(
            file,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False},
        )
        formats = _Formats(book)
        sheet = book.add_worksheet(_ROWS[language_now()])
        titles = header()
        sheet.set_column(0, len(titles) - 1, _WIDTH)
        sheet.freeze_panes(1, 0)
        for place, title in enumerate(titles):
            sheet.write_string(0, place, str(title), formats.bold)
        for number, row in enumerate(rows(), 1):
            _write(sheet, number, row, formats)
        about = book.add_worksheet(_STAMP[language_now()])
        about.set_column(0, 0, 30)
        about.set_column(1, 1, 70)
        for number, (name, text) in enumerate(stamp()):
            about.write_string(number, 0, name, formats.bold)
            about.write_string(number, 1, text)
        book.close()
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


class _Formats:
    def __init__(self, book: Workbook) -> None:
        self.bold: Format = book.add_format({"bold": True})
        self._book = book
        self._of_places: dict[int, Format] = {}

    def of(self, value: int | Decimal) -> Format | None:
        """Thousands separated and as many decimals as the value has; a plain integer is a number, not an amount."""
        if isinstance(value, int):
            return None
        exponent = value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        if places not in self._of_places:
            shown = "#,##0" + ("." + "0" * places if places else "")
            self._of_places[places] = self._book.add_format({"num_format": shown})
        return self._of_places[places]


def _write(sheet: Worksheet, number: int, row: Sequence[Value], formats: _Formats) -> None:
    for place, value in enumerate(row):
        if isinstance(value, str):
            if value:
                sheet.write_string(number, place, value)
        elif -_EXACT_MAX < value < _EXACT_MAX:
            sheet.write_number(number, place, float(value), formats.of(value))
        else:
            sheet.write_string(number, place, str(value))
