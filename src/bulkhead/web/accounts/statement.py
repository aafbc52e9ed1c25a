"""The statement of one account: its movements with the balance after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bulkhead.kernel.movements import Status
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_search import count_movements
from bulkhead.web.accounts.as_of import AS_OF
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.decisions.asking import FILTERS, movements_asked
from bulkhead.web.decisions.listing import COUNT_BUDGET_MS, decision_cells, money_cell, movements_page
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of

_ASKED = ("time", "kind", "status", "amount")
_COLUMNS = (
    Column("position", Words("Position", "日志序号"), number=True, always=True, narrow=True),
    Column("time", Words("Time", "时间"), narrow=True),
    Column("kind", Words("Kind", "交易类型"), narrow=True),
    Column("other", Words("Other side", "对方"), narrow=True),
    Column("change", Words("Change", "变动"), number=True, narrow=True),
    Column("balance", Words("Balance after", "变动后余额"), number=True, narrow=True),
    Column("held", Words("Set aside after", "变动后冻结"), number=True, usual=False),
    Column("amount", Words("Amount asked", "请求金额"), number=True, usual=False),
    Column("status", Words("Status", "状态"), narrow=True),
    Column("outcome", Words("Outcome", "处置"), usual=False),
    Column("rules", Words("Rules hit", "命中规则"), usual=False),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A movement as the account sees it."""

    row: MovementRow
    name: str

    @property
    def debited(self) -> bool:
        return self.row.debit_account == self.name

    @property
    def change_minor(self) -> int:
        """What the balance changed by: nothing unless it was booked, or where both sides are the account."""
        if self.row.status != Status.BOOKED or self.row.debit_account == self.row.credit_account:
            return 0
        return -self.row.amount_minor if self.debited else self.row.amount_minor

    @property
    def balance_minor(self) -> int:
        return self.row.debit_posted_minor if self.debited else self.row.credit_posted_minor


def name_of_account(reading: Reading, number: int) -> str:
    """The name in the journal of an account's number; "" where there is none."""
    rows = reading.rows(
        "SELECT name FROM name WHERE institution = %(institution)s AND number = %(number)s", {"number": number}
    )
    return str(rows[0][0]) if rows else ""


def _wanted(visit: Visit, reading: Reading, query: Query) -> tuple[MovementQuery | None, str]:
    number = query.path["number"]
    assert isinstance(number, int)
    name = name_of_account(reading, number)
    asked = movements_asked(visit, query)
    if asked is None or not name:
        return None, name
    at = query.one("at")
    return replace(asked, account=name, to_sequence=int(at) - 1 if at else None), name


def _found(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[Line]:
    with reading_of(visit) as reading:
        wanted, name = _wanted(visit, reading, query)
        if wanted is None:
            return Rows(())
        page = movements_page(reading, wanted, cursor, limit)
    lines = tuple(Line(row, name) for row in page.rows)
    return Rows(lines, page.older, page.newer, page.complete, page.searched_to)


def _counted(visit: Visit, query: Query) -> tuple[int, bool]:
    with reading_of(visit) as reading:
        wanted, _ = _wanted(visit, reading, query)
        return (0, True) if wanted is None else count_movements(reading, wanted, COUNT_BUDGET_MS)


def _cells(visit: Visit, rows: Sequence[Line]) -> list[Cells]:
    of_decisions = decision_cells(visit, [line.row for line in rows])
    return [{**cells, **_own_cells(line, cells)} for line, cells in zip(rows, of_decisions, strict=True)]


def _own_cells(line: Line, cells: Cells) -> Cells:
    row, empty = line.row, Cell()
    others = ("payee", "credit_account") if line.debited else ("payer", "debit_account")
    other = next((cells[code] for code in others if getattr(row, code)), empty)
    return {
        "other": other,
        "change": money_cell(line.change_minor, row.currency) if line.change_minor else Cell("–"),
        "balance": money_cell(line.balance_minor, row.currency),
        "held": money_cell(row.debit_held_minor, row.currency) if line.debited else empty,
    }


STATEMENT: Table[Line] = Table(
    "statement",
    _COLUMNS,
    _found,
    _cells,
    (AS_OF, *(one for one in FILTERS if one.code in _ASKED)),
    row_address=lambda visit, line: f"/i/{visit.institution}/decisions/{line.row.sequence}/",
    count_of=_counted,
    empty=Words("This account has not moved yet.", "该账户尚无交易。"),
    filters_open=2,
)
