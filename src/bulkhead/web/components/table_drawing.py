"""A table as its template draws it: form, chips, rows, ways on, and what went wrong instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.components.filters import Filter, Text
from bulkhead.web.components.spans import Span
from bulkhead.web.components.table import PAGE_ROWS, Cell, Cells, Column, Cursor, Rows, Table
from bulkhead.web.components.table_state import TableState
from bulkhead.web.page import language_now
from bulkhead.web.people.models import SavedView

OUT_OF_REACH = Words("The database is out of reach; nothing could be read.", "数据库无法连接，未能读取数据。")
Failure = Words | str
_EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Choosable:
    """One option of a choice."""

    code: str
    label: Words | str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A filter in the form: as it was filled in, also when that cannot be used."""

    filter: Filter
    texts: tuple[str, ...]  # one for each parameter
    options: tuple[Choosable, ...]
    problem: Words | None
    said: str

    @property
    def template(self) -> str:
        return self.filter.template

    @property
    def ends(self) -> list[tuple[str, str]]:
        """Parameter and text of both ends of a span."""
        return list(zip(self.filter.parameters(), self.texts, strict=True))

    @property
    def text(self) -> str:
        return self.texts[0]

    @property
    def input_type(self) -> str:
        return self.filter.input_type if isinstance(self.filter, Span) else "text"

    @property
    def input_mode(self) -> str:
        return self.filter.input_mode if isinstance(self.filter, Span) else "text"

    @property
    def example(self) -> str:
        return self.filter.example if isinstance(self.filter, Text) else ""

    @property
    def asked(self) -> bool:
        return bool(self.said or self.problem or any(option.chosen for option in self.options) or any(self.texts))


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template asks for."""

    state: TableState
    base: str  # the address of the page without its query part
    fields: tuple[Field, ...]
    rows: Rows[Any]
    lines: tuple[SafeString, ...]  # rows of the table's body
    failure: Failure | None
    views: Sequence[SavedView] = field(default_factory=tuple)

    @property
    def table(self) -> Table[Any]:
        return self.state.table

    @property
    def counted(self) -> bool:
        """Whether the page is to ask how many rows there are."""
        return self.table.count_of is not None and self.failure is None

    @property
    def fields_open(self) -> tuple[Field, ...]:
        return self.fields[: self.table.filters_open]

    @property
    def fields_more(self) -> tuple[Field, ...]:
        return self.fields[self.table.filters_open :]

    @property
    def more_asked(self) -> bool:
        return any(one.asked for one in self.fields_more)

    @property
    def chips(self) -> list[tuple[Words, str, str]]:
        """Title, value in words and the address without it, of each filter that is set."""
        asked = [one for one in self.fields if one.filter.code in self.state.query.values]
        return [(one.filter.title, one.said, self.state.address(without=one.filter.code)) for one in asked]

    @property
    def columns(self) -> list[Column]:
        return [self.table.column(code) for code in self.state.columns]

    @property
    def choosable_columns(self) -> list[tuple[Column, bool]]:
        """Every column and whether it is shown; the shown ones first, in their order."""
        hidden = [column for column in self.table.columns if column.code not in self.state.columns]
        return [(column, True) for column in self.columns] + [(column, False) for column in hidden]

    @property
    def look_pairs(self) -> list[tuple[str, str]]:
        return self.state.look_pairs()

    @property
    def filter_pairs(self) -> list[tuple[str, str]]:
        return self.state.filter_pairs()

    @property
    def page_sizes(self) -> tuple[int, ...]:
        return PAGE_ROWS

    @property
    def here(self) -> str:
        return self.state.address(cursor=self.state.cursor)

    @property
    def newest(self) -> str:
        return self.state.address()

    @property
    def reset(self) -> str:
        return self.state.address(reset=True)

    @property
    def older(self) -> str:
        key = self.rows.older
        return "" if key is None else self.state.address(cursor=Cursor(before=str(key)))

    @property
    def newer(self) -> str:
        key = self.rows.newer
        return "" if key is None else self.state.address(cursor=Cursor(after=str(key)))

    @property
    def moved(self) -> bool:
        return self.state.cursor != Cursor()


def drawing_of(state: TableState) -> Drawing:
    """Ask for the rows and draw them, or say why there are none to draw."""
    visit, table = state.visit, state.table
    rows: Rows[Any] = Rows(())
    lines: tuple[SafeString, ...] = ()
    failure: Failure | None = None
    try:
        rows = table.rows_of(visit, state.query, state.cursor, state.page_rows)
        lines = _lines(state, rows.rows)
    except BadInput as problem:
        failure = str(problem)
    except (ConnectionError, psycopg.OperationalError):
        failure = OUT_OF_REACH
    views = SavedView.objects.filter(account=visit.account, institution=visit.institution, table=table.code)
    fields = tuple(_field(state, one) for one in table.filters)
    return Drawing(state, visit.request.path, fields, rows, lines, failure, tuple(views.order_by("name")))


def _lines(state: TableState, rows: Sequence[Any]) -> tuple[SafeString, ...]:
    """The rows as markup. Written here and not in the template, which takes three times as long over a page."""
    starts = [(code, _cell_start(state.table.column(code))) for code in state.columns]
    address_of = state.table.row_address
    return tuple(
        _line(starts, cells, address_of(state.visit, row) if address_of else "")
        for row, cells in zip(rows, state.table.cells(state.visit, rows), strict=True)
    )


def _line(starts: list[tuple[str, SafeString]], cells: Cells, address: str) -> SafeString:
    parts = ["<tr data-row>"]
    for code, start in starts:
        cell = cells.get(code, _EMPTY)
        shown = conditional_escape(cell.shown)
        if address and len(parts) == 1:
            shown = format_html('<a class="row-link" href="{}">{}</a>', address, shown)
        title = format_html(' title="{}"', cell.title) if cell.title else ""
        parts.append(f"{start}{title}>{shown}</td>")
    return SafeString("".join([*parts, "</tr>"]))


def _cell_start(column: Column) -> SafeString:
    """What every cell of a column begins with; a phone, which shows no header, reads the label."""
    number = " num" if column.number else ""
    if not column.narrow:
        return format_html('<td class="wide{}"', number)
    return format_html('<td class="narrow{}" data-label="{}"', number, column.title[language_now()])


def _field(state: TableState, one: Filter) -> Field:
    visit, value = state.visit, state.query.values.get(one.code)
    problem = next((found.words for found in state.problems if found.code == one.code), None)
    if value is not None:
        written = dict(one.written(visit, value))
        codes = {code for _, code in one.written(visit, value)}
        typed = {one.code: one.typed(visit, value)} if isinstance(one, Text) else {}
        texts = tuple(typed.get(name) or written.get(name, "") for name in one.parameters())
    else:
        codes = set()
        texts = tuple(visit.request.GET.get(name, "")[:200] if problem else "" for name in one.parameters())
    options = tuple(Choosable(code, label, code in codes) for code, label in one.offered(visit))
    return Field(one, texts, options, problem, "" if value is None else one.said(visit, value))
