"""A table as a file: exactly the rows and columns that are seen, stamped, and written down in the trail."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import translation

from bulkhead.kernel.reasons import Words
from bulkhead.web.books import book
from bulkhead.web.components.spreadsheet import spreadsheet
from bulkhead.web.components.table import Column, Cursor, Table
from bulkhead.web.components.table_state import TableState
from bulkhead.web.page import Visit, language_now
from bulkhead.web.people.trail import leave_trail

EXPORT_ROWS_MAX = 100_000
EXPORT_S_MAX = 120.0  # of searching; a rare row among very many may lie further back
_STEP_ROWS = 1_000
_BOM = "\ufeff".encode()
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_EXPORTS = ThreadPoolExecutor(2, thread_name_prefix="export")  # files are made beside the pages, two at a time

Value = str | int | Decimal


@dataclass(slots=True)
class Export:
    """A file in the making. ``digest`` is over its rows as CSV, whichever form the file has."""

    state: TableState
    title: Words
    at: datetime
    position: int  # leaves in the journal when it began
    digest: Any = field(default_factory=hashlib.sha256)
    count: int = 0
    cut: bool = False

    def columns(self) -> list[Column]:
        return [self.state.table.column(code) for code in self.state.columns]

    def header(self) -> list[Value]:
        """The titles of the columns."""
        return self._counted([column.title[language_now()] for column in self.columns()])

    def rows(self) -> Iterator[list[Value]]:
        """The rows from the newest on, until there are no more, or too many, or it has taken too long."""
        table, state = self.state.table, self.state
        cursor, deadline_s = Cursor(), time.monotonic() + EXPORT_S_MAX
        while True:
            left = EXPORT_ROWS_MAX - self.count
            page = table.rows_of(state.visit, state.query, cursor, min(_STEP_ROWS, left))
            for cells in table.cells(state.visit, page.rows):
                self.count += 1
                yield self._counted([cells[code].value if code in cells else "" for code in state.columns])
            if page.older is None:
                return
            cursor = Cursor(before=str(page.older))
            if self.count >= EXPORT_ROWS_MAX or time.monotonic() > deadline_s:
                self.cut = True
                return

    def stamp(self) -> list[tuple[str, str]]:
        """What the file is: of whom, of what, when, by whom, and the digest of its rows."""
        visit, words = self.state.visit, language_now()
        opening = book(visit.institution).opening
        zone = timedelta(minutes=opening.timezone_offset_minutes)
        none = Words("none", "无")[words]
        pairs = [
            (Words("Institution", "机构"), visit.institution),
            (Words("List", "列表"), self.title[words]),
            (Words("Filters", "筛选条件"), self.state.filters_said() or none),
            (Words("Rows", "行数"), f"{self.count}"),
            (Words("Complete", "是否完整"), self._completeness()[words]),
            (Words("Made at", "导出时间"), f"{(self.at + zone).strftime('%Y-%m-%d %H:%M:%S')} {_zone_text(zone)}"),
            (Words("Made by", "导出人"), f"{visit.account.person.name} ({visit.account.username})"),
            (Words("Journal entries then", "导出时日志条数"), f"{self.position}"),
            (Words("SHA-256 of the rows as CSV", "数据行（CSV）SHA-256"), self.digest.hexdigest()),
        ]
        return [(name[words], neutral(text)) for name, text in pairs]

    def _completeness(self) -> Words:
        if not self.cut:
            return Words("yes", "完整")
        return Words(
            f"no: the newest {self.count} only; older rows were left out",
            f"否：仅包含最新的 {self.count} 行，更早的数据未导出",
        )

    def _counted(self, values: list[Value]) -> list[Value]:
        safe = [neutral(value) if isinstance(value, str) else value for value in values]
        self.digest.update(csv_line(safe))
        return safe


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_line(values: Sequence[Value]) -> bytes:
    """One line of the file."""
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode("utf-8", "replace")


def export_answer(visit: Visit, table: Table[Any], title: Words, path: dict[str, object]) -> HttpResponseBase:
    """The file, streamed. Refused with 400 where a filter cannot be read: it would hold more than was meant."""
    state = TableState.read(visit, table, path)
    form = visit.request.POST.get("format", "")
    if state.problems or form not in _TYPES:
        context = {"problems": state.problems, "title": title, "back": state.address()}
        return render(visit.request, "web/components/export_refused.html", context, status=400)
    export = Export(state, title, datetime.now(UTC), book(visit.institution).stores.journal.head().size)
    leave_trail(visit, "exported", f"{table.code} {form} {state.address()}")
    pieces = _in_language(_csv(export) if form == "csv" else spreadsheet(export.header, export.rows, export.stamp))
    name = f"{visit.institution}-{table.code}-{export.at.strftime('%Y%m%dT%H%M%SZ')}.{form}"
    response = StreamingHttpResponse(
        _from_threads(pieces) if isinstance(visit.request, ASGIRequest) else pieces, content_type=_TYPES[form]
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(export: Export) -> Iterator[bytes]:
    """Rows, an empty line, and the stamp."""
    yield _BOM + csv_line(export.header())
    lines: list[bytes] = []
    for row in export.rows():
        lines.append(csv_line(row))
        if len(lines) == _STEP_ROWS:
            yield b"".join(lines)
            lines.clear()
    yield b"".join([*lines, b"\r\n", *(csv_line(pair) for pair in export.stamp())])


def _in_language(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, each made in the language of the request: it is over by then, and the thread another."""
    language = translation.get_language() or "en"
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


async def _from_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces for the event loop, one at a time, so that no file is ever whole in memory."""

    def take() -> bytes | None:
        try:
            return next(pieces, None)
        finally:
            connections.close_all()  # to the pool: this thread has no request at whose end Django would do so

    take_later = sync_to_async(take, thread_sensitive=False, executor=_EXPORTS)
    while (piece := await take_later()) is not None:
        yield piece


def _zone_text(zone: timedelta) -> str:
    minutes = int(zone.total_seconds()) // 60
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
