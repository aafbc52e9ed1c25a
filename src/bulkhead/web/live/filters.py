"""What a viewer wants to see: the conditions of the list of decisions, as far as they can be asked of what is new."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow
from bulkhead.web.components.table import Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.components.table_state import TableState
from bulkhead.web.decisions.asking import FILTERS, movements_asked
from bulkhead.web.page import Visit

_CODES = (
    "alarms",
    "outcome",
    "kind",
    "party",
    "amount",
    "rule",
    "status",
    "refusal",
    "finding",
    "phase",
    "settled",
)


def _no_rows(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[MovementRow]:
    return Rows(())


def _no_cells(visit: Visit, rows: Sequence[MovementRow]) -> Sequence[Cells]:
    return ()


# Its form and its chips are drawn; its rows come by the stream.
FORM: Table[MovementRow] = Table(
    "live",
    (Column("position", Words("Position", "日志序号"), number=True),),
    _no_rows,
    _no_cells,
    tuple(next(one for one in FILTERS if one.code == code) for code in _CODES),
)


def asked_by(visit: Visit) -> TableState:
    """The filter in the address of a visit; what cannot be used is among its problems."""
    return TableState.read(visit, FORM, {})


def query_of(state: TableState) -> MovementQuery:
    """The filter as a question to the tables."""
    query = movements_asked(state.visit, state.query)
    assert query is not None, "only an id can be of nothing, and it is not asked here"
    return query


def filter_text(state: TableState) -> str:
    """The filter as the query part of another address; "" without one."""
    return urlencode(state.filter_pairs())
