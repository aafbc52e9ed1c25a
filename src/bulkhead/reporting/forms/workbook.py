"""The tables of a document and the numbers behind its charts as a spreadsheet, a sheet each."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from datetime import UTC, datetime, time

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bulkhead.kernel.money import decimal_places
from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting.document import Column, Document, Figure, Heading, KeyFigures, Table
from bulkhead.reporting.drawing.canvas import holdable
from bulkhead.reporting.forms.cells import cell_text, column_title
from bulkhead.reporting.forms.figure_tables import figure_table
from bulkhead.reporting.values import Estimate, Unit, Value, interval_said, said_alone

_NAME_MAX = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_KEY_FIGURES = Words("Key figures", "关键指标")
_ENDS = (Words("95 % from", "95% 区间下限"), Words("95 % to", "95% 区间上限"))
_COLUMN_WIDTH = 20
_TEXT_MAX = 32_000  # of a cell


def xlsx(document: Document, language: Language) -> bytes:
    """The file. Texts are written as texts: none is taken for a formula. Pure: dated by the document alone."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        title, made = holdable(document.title[language]), datetime.combine(document.dated, time(), UTC)
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True})
        taken: set[str] = set()
        for title, table in _tables(document, language):
            sheet = book.add_worksheet(_name(title, taken))
            _head(sheet, bold, table, language)
            _body(book, sheet, table, language)
        if not taken:
            book.add_worksheet(_name(title, taken))
    return file.getvalue()


def _tables(document: Document, language: Language) -> Iterator[tuple[str, Table]]:
    """Every table with the title of its sheet: its caption, or the heading it stands under."""
    under = document.title[language]
    for block in document.blocks:
        match block:
            case Heading():
                under = block.text[language]
            case KeyFigures():
                yield _KEY_FIGURES[language], _figures_table(block, language)
            case Table():
                yield block.caption[language] if block.caption else under, block
            case Figure():
                yield block.title[language], figure_table(block.chart)


def _figures_table(block: KeyFigures, language: Language) -> Table:
    titles = (Words("Figure", "指标"), Words("Value", "数值"), Words("Interval", "区间"))
    rows = [
        (
            figure.label,
            said_alone(figure.value, figure.unit, language),
            interval_said(figure.value, figure.unit, language),
        )
        for figure in block.figures
    ]
    return Table(tuple(Column(title) for title in titles), tuple(rows))


def _name(title: str, taken: set[str]) -> str:
    """A name that a sheet may have and no other sheet of the file has."""
    plain = holdable(title).translate(_NOT_IN_NAMES).strip() or "1"
    number, name = 1, plain[:_NAME_MAX]
    while name.lower() in taken:
        number += 1
        name = f"{plain[: _NAME_MAX - 4]} {number}"
    taken.add(name.lower())
    return name


def _head(sheet: Worksheet, bold: Format, table: Table, language: Language) -> None:
    at = 0
    for i, column in enumerate(table.columns):
        sheet.write_string(0, at, holdable(column_title(column, language)), bold)
        if _has_intervals(table, i):
            for j, end in enumerate(_ENDS, 1):
                sheet.write_string(0, at + j, end[language], bold)
        at += 3 if _has_intervals(table, i) else 1
    sheet.set_column(0, max(0, at - 1), _COLUMN_WIDTH)
    sheet.freeze_panes(1, 0)


def _body(book: Workbook, sheet: Worksheet, table: Table, language: Language) -> None:
    at = 0
    for i, column in enumerate(table.columns):
        form = book.add_format({"num_format": _number_format(column.unit)})
        for y, row in enumerate(table.rows, 1):
            value = row[i]
            ends = (value.value, value.low, value.high) if isinstance(value, Estimate) else (value,)
            for j, end in enumerate(ends):
                _write(sheet, (y, at + j), end, column, form, language)
        at += 3 if _has_intervals(table, i) else 1


def _has_intervals(table: Table, index: int) -> bool:
    return any(isinstance(row[index], Estimate) for row in table.rows)


def _write(
    sheet: Worksheet, place: tuple[int, int], value: Value, column: Column, form: Format, language: Language
) -> None:
    unit = column.unit
    number = isinstance(value, int | float) and math.isfinite(value)
    if number and unit is not None and unit.kind not in ("date", "moment"):
        assert isinstance(value, int | float)
        sheet.write_number(*place, value / 10 ** decimal_places(unit.currency) if unit.currency else value, form)
    elif value is not None:
        sheet.write_string(*place, holdable(cell_text(value, column, language))[:_TEXT_MAX])


def _number_format(unit: Unit | None) -> str:
    if unit is None:
        return "General"
    if unit.kind == "percent":
        return "0." + "0" * unit.decimals
    if unit.kind == "share":
        return "0." + "0" * unit.decimals + "%" if unit.decimals else "0%"
    if unit.kind == "count":
        return "#,##0"
    decimals = decimal_places(unit.currency) if unit.kind == "amount" else unit.decimals
    return "#,##0." + "0" * decimals if decimals else "#,##0"
