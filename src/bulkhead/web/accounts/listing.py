"""The list of accounts: whose money it is, at any position of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.kernel.movements import AccountClass
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.account_reading import (
    AccountLine,
    account_line,
    accounts_page,
    position_of,
)
from bulkhead.web.accounts.as_of import AS_OF
from bulkhead.web.components.filters import Choice, Text, Unusable
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.decisions.asking import party_meant, party_shown
from bulkhead.web.decisions.listing import clock_cells, money_cell
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit, language_now
from bulkhead.web.readings import reading_of
from bulkhead.web.terms import term

_NO_ACCOUNT = Words("the journal has no account of this name", "日志中没有该账户")


@dataclass(frozen=True, slots=True)
class Listed:
    """An account in the list, and the position that was asked for ("")."""

    line: AccountLine
    at: str


def _account_meant(visit: Visit, text: str) -> str:
    """The name in the journal. Raises ``Unusable`` for a name that is none."""
    name = party_meant(visit, text)
    with reading_of(visit) as reading:
        if reading.number_of(name) is None:
            raise Unusable(_NO_ACCOUNT)
    return name


_CLASSES = tuple((one.name.lower(), term(one)) for one in AccountClass if one != AccountClass.NONE)
_FILTERS = (
    Choice("class", Words("Class", "账户类别"), _CLASSES),
    Text("name", Words("Account", "账户"), "client:ann", canonical=_account_meant, shown=party_shown),
    AS_OF,
)
_COLUMNS = (
    Column("name", Words("Account", "账户"), always=True, narrow=True),
    Column("class", Words("Class", "账户类别"), narrow=True),
    Column("posted", Words("Balance", "余额"), number=True, narrow=True),
    Column("held", Words("Set aside", "冻结"), number=True),
    Column("available", Words("Free to use", "可用"), number=True, narrow=True),
    Column("moved", Words("Last movement", "最近交易"), narrow=True),
    Column("currency", Words("Currency", "币种"), usual=False),
)


def _found(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[Listed]:
    asked = query.one("at")
    classes = [AccountClass[code.upper()] for code in query.many("class")]
    with reading_of(visit) as reading:
        at = position_of(reading, int(asked) if asked else None)
        if query.one("name"):
            number = reading.number_of(query.one("name"))
            line = None if number is None else account_line(reading, number, at)
            wanted = line is not None and (not classes or line.account_class in classes)
            return Rows((Listed(line, asked),) if line is not None and wanted else ())
        page = accounts_page(
            reading, at, classes=classes, before=cursor.before_number, after=cursor.after_number, limit=limit
        )
    return Rows(tuple(Listed(line, asked) for line in page.rows), page.older, page.newer)


def _cells(visit: Visit, rows: Sequence[Listed]) -> list[Cells]:
    names = shown_names(visit, {row.line.name for row in rows})
    local, language = clock_cells(visit), language_now()
    return [
        {
            "name": Cell(names[row.line.name]),
            "class": Cell(term(row.line.account_class)[language]),
            "posted": money_cell(row.line.posted_minor, row.line.currency),
            "held": money_cell(row.line.held_minor, row.line.currency) if row.line.held_minor else Cell(),
            "available": money_cell(row.line.available_minor, row.line.currency),
            "moved": local(row.line.moved_us) if row.line.moved_us is not None else _not_looked_up(),
            "currency": Cell(row.line.currency),
        }
        for row in rows
    ]


def _not_looked_up() -> Cell:
    words = Words("none, or not found in time: open the account", "无，或未能及时查到：请打开账户查看")
    return Cell("", "…", words[language_now()])


def _address(visit: Visit, row: Listed) -> str:
    asked = f"?at={row.at}" if row.at else ""
    return f"/i/{visit.institution}/accounts/{row.line.number}/{asked}"


ACCOUNTS: Table[Listed] = Table(
    "accounts",
    _COLUMNS,
    _found,
    _cells,
    _FILTERS,
    row_address=_address,
    empty=Words("No account has been opened yet.", "尚未开立账户。"),
)
