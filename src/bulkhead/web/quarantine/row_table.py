"""The list of quarantined rows."""

from __future__ import annotations

from collections.abc import Sequence

from django.template.loader import render_to_string

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.store.quarantine_store import QuarantineEntry, QuarantineQuery
from bulkhead.web.ages import clock_text
from bulkhead.web.books import book
from bulkhead.web.components.filters import Choice, Option
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.page import Visit
from bulkhead.web.quarantine.reason_words import reason_words
from bulkhead.web.quarantine.row_view import STATES, sees_text


def _asked(query: Query) -> QuarantineQuery:
    chosen = (sorted(query.many(code)) for code in ("state", "source", "file", "field"))
    states, sources, inputs, fields = chosen
    return QuarantineQuery(states, sources, inputs, fields)


def _rows(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[QuarantineEntry]:
    quarantine, asked = book(visit.institution).stores.quarantine, _asked(query)
    after, before = cursor.after_number, cursor.before_number
    found = quarantine.search(asked, after=after, before=before, limit=limit + 1)
    more = len(found) > limit
    if after is not None:
        shown = found[-limit:]
        return Rows(shown, older=shown[-1].number if shown else None, newer=shown[0].number if more else None)
    shown = found[:limit]
    older = shown[-1].number if more else None
    return Rows(shown, older=older, newer=shown[0].number if before is not None and shown else None)


def _cells(visit: Visit, rows: Sequence[QuarantineEntry]) -> list[Cells]:
    opening, clear, language = book(visit.institution).opening, sees_text(visit), visit.language
    return [
        {
            "number": Cell(entry.number),
            "state": Cell(STATES[entry.state].words[language], html=_mark(entry.state)),
            "field": Cell(entry.row.field),
            "reason": _reason(reason_words(entry.row.reason, clear=clear)[language]),
            "file": Cell(entry.row.input_name),
            "row": Cell(entry.row.row),
            "source": Cell(entry.row.source),
            "received": Cell(clock_text(opening, entry.received_us)),
        }
        for entry in rows
    ]


def _reason(text: str) -> Cell:
    return Cell(text, title=text)


def _mark(state: str) -> str:
    return render_to_string("web/components/badge.html", {"mark": STATES[state]})


def _sources(visit: Visit) -> Sequence[Option]:
    return [(value, value) for value in book(visit.institution).stores.quarantine.known("source") if value]


def _inputs(visit: Visit) -> Sequence[Option]:
    return [(value, value) for value in book(visit.institution).stores.quarantine.known("input_name") if value]


def _fields(visit: Visit) -> Sequence[Option]:
    return [(value, value) for value in book(visit.institution).stores.quarantine.known("field") if value]


ROWS_TABLE: Table[QuarantineEntry] = Table(
    code="quarantine",
    columns=(
        Column("number", Words("No.", "编号"), number=True, always=True, narrow=True),
        Column("state", Words("State", "状态"), narrow=True),
        Column("field", Words("Field", "字段"), narrow=True),
        Column("reason", Words("What is wrong", "问题"), always=True, narrow=True),
        Column("file", Words("File", "文件")),
        Column("row", Words("Row", "行号"), number=True),
        Column("source", Words("Source", "数据源")),
        Column("received", Words("Received", "接收时间")),
    ),
    filters=(
        Choice("state", Words("State", "状态"), tuple((code, mark.words) for code, mark in STATES.items())),
        Choice("field", Words("Field", "字段"), _fields),
        Choice("file", Words("File", "文件"), _inputs),
        Choice("source", Words("Source", "数据源"), _sources),
    ),
    rows_of=_rows,
    cells=_cells,
    row_address=lambda visit, entry: f"/i/{visit.institution}/quarantine/{entry.number}/",
    count_of=lambda visit, query: (book(visit.institution).stores.quarantine.count(_asked(query)), True),
    empty=Words("No row is in quarantine.", "隔离区没有记录。"),
)
