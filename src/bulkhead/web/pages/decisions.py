"""The list of decisions: every movement that was decided, by whatever is asked of it."""

from __future__ import annotations

from django.http import HttpResponseBase

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.movement_query import MovementRow
from bulkhead.web.components.table import Table
from bulkhead.web.components.table_pages import pages_of, table_answer
from bulkhead.web.decisions.asking import FILTERS
from bulkhead.web.decisions.listing import (
    COLUMNS,
    decision_address,
    decision_cells,
    decisions_counted,
    decisions_found,
)
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

DECISIONS: Table[MovementRow] = Table(
    "decisions",
    COLUMNS,
    decisions_found,
    decision_cells,
    FILTERS,
    row_address=decision_address,
    count_of=decisions_counted,
    empty=Words("No movement has been decided yet.", "尚无决策记录。"),
)


def decisions(visit: Visit) -> HttpResponseBase:
    """All decisions, newest first."""
    return table_answer(visit, DECISIONS, "web/decision/list.html")


_PAGE = Page("decisions", "decisions/", Words("Decisions", "决策查询"), Right.SEE_DECISIONS, decisions)
SECTION = Section("decisions", pages_of(_PAGE, DECISIONS), Place.DECISIONS, ("decisions",))
