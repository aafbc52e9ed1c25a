"""The list of the journal's events."""

from __future__ import annotations

from collections.abc import Sequence

from bulkhead.kernel.events import EVENT_TYPES
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.journal_reading import EventRow, count_events, journal_events
from bulkhead.web.ages import clock_text
from bulkhead.web.books import book
from bulkhead.web.components.filters import Choice
from bulkhead.web.components.spans import Span
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.journal.event_view import event_names, summary_of, who_of
from bulkhead.web.journal.event_words import event_title
from bulkhead.web.page import Visit


def _rows(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[EventRow]:
    stores, types, (low, high) = book(visit.institution).stores, sorted(query.many("type")), query.span("leaf")
    first, last = low or 0, None if high is None else high + 1
    if cursor.after_number is not None:
        start = max(first, cursor.after_number + 1)
        found = journal_events(stores, types, before=last, first=start, limit=limit + 1, oldest_first=True)
        more, shown = len(found) > limit, list(reversed(found[:limit]))
        return Rows(shown, older=shown[-1].sequence if shown else None, newer=shown[0].sequence if more else None)
    before = cursor.before_number
    ends = [end for end in (before, last) if end is not None]
    found = journal_events(stores, types, before=min(ends, default=None), first=first, limit=limit + 1)
    shown = found[:limit]
    older = shown[-1].sequence if len(found) > limit else None
    return Rows(shown, older=older, newer=shown[0].sequence if before is not None and shown else None)


def _count(visit: Visit, query: Query) -> tuple[int, bool]:
    low, high = query.span("leaf")
    stores = book(visit.institution).stores
    last = None if high is None else high + 1
    return count_events(stores, sorted(query.many("type")), before=last, first=low or 0), True


def _cells(visit: Visit, rows: Sequence[EventRow]) -> list[Cells]:
    names = event_names(visit, (row.event for row in rows))
    language = visit.language
    return [
        {
            "leaf": Cell(row.sequence),
            "type": Cell(event_title(row.type)[language], title=row.type),
            "who": Cell(who_of(row.event, names)),
            "what": Cell(summary_of(visit, row.event, names)),
            "when": Cell(clock_text(book(visit.institution).opening, row.received_us)),
        }
        for row in rows
    ]


EVENTS_TABLE: Table[EventRow] = Table(
    code="events",
    columns=(
        Column("leaf", Words("Entry", "日志序号"), number=True, always=True, narrow=True),
        Column("type", Words("Event", "事件"), always=True, narrow=True),
        Column("what", Words("What", "内容"), narrow=True),
        Column("who", Words("Who", "操作人")),
        Column("when", Words("Received", "接收时间")),
    ),
    filters=(
        Choice("type", Words("Event", "事件"), tuple((code, event_title(code)) for code in EVENT_TYPES)),
        Span("leaf", Words("Entry", "日志序号")),
    ),
    rows_of=_rows,
    cells=_cells,
    row_address=lambda visit, row: f"/i/{visit.institution}/journal/{row.sequence}/",
    count_of=_count,
    empty=Words("The journal has no events yet.", "日志账尚无事件。"),
)
