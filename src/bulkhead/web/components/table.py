"""The query table: what a page says about its list, and what every list of the console can then do.

A page declares a ``Table`` once, gives ``pages_of(page, table)`` (see ``table_pages``) to its section, and answers
with ``table_answer(visit, table, template)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.filters import Filter
from bulkhead.web.page import Visit

R = TypeVar("R")
PAGE_ROWS = (25, 50, 100, 200)
PAGE_ROWS_USUAL = 50
NOTHING_YET = Words("There is nothing here yet.", "暂无数据。")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``always``: cannot be hidden. ``usual``: shown unless somebody chose otherwise.

    ``narrow``: shown on a phone as well. ``number``: aligned at the right, in figures of one width.
    """

    code: str
    title: Words
    number: bool = False
    always: bool = False
    usual: bool = True
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place. ``value`` is what an export holds; ``html`` what the page shows, if not the same.

    ``html`` is escaped unless it is a ``SafeString``. Numbers keep being numbers in a spreadsheet.
    """

    value: str | int | Decimal = ""
    html: str = ""
    title: str = ""  # told on hover

    @property
    def shown(self) -> str:
        return self.html or (f"{self.value:,}" if isinstance(self.value, int) else str(self.value))


Cells = Mapping[str, Cell]  # by column code; an absent one is empty


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: with what is older than ``before``, newer than ``after``, or the newest there is."""

    before: str = ""
    after: str = ""

    @property
    def before_number(self) -> int | None:
        return int(self.before) if self.before else None

    @property
    def after_number(self) -> int | None:
        return int(self.after) if self.after else None


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """One page of rows in the order they are shown, newest first.

    ``older`` and ``newer`` go into ``before`` and ``after`` of the next cursor; None where nothing is that way.
    ``complete`` is False when the search ran out of time: it has looked as far as ``searched_to``, and goes on
    from ``older``. ``note`` is a sentence to show with the rows, such as on how far they lag behind.
    """

    rows: Sequence[R]
    older: str | int | None = None
    newer: str | int | None = None
    complete: bool = True
    searched_to: int | None = None
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: the values of the filters, and what the path of the page holds."""

    values: Mapping[str, object] = field(default_factory=dict)
    path: Mapping[str, object] = field(default_factory=dict)

    def many(self, code: str) -> frozenset[str]:
        """The codes chosen in a ``Choice`` of many; empty where it is not asked."""
        value = self.values.get(code, frozenset())
        assert isinstance(value, frozenset)
        return value

    def one(self, code: str) -> str:
        """The text of a ``Text``, or the code of a ``Choice`` of one; "" where it is not asked."""
        value = self.values.get(code, "")
        assert isinstance(value, str)
        return value

    def flag(self, code: str) -> bool:
        """Whether a ``Flag`` is up."""
        return bool(self.values.get(code, False))

    def span(self, code: str) -> tuple[int | None, int | None]:
        """Both ends of a ``Span``, each None where it is open."""
        value = self.values.get(code, (None, None))
        assert isinstance(value, tuple)
        low, high = value
        return low, high


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A list of ``R``.

    ``rows_of(visit, query, cursor, limit)`` gives one page of at most ``limit`` rows and may raise ``BadInput``;
    ``cells(visit, rows)`` what stands in each row; ``count_of(visit, query)`` how many there are, and whether that
    is all (False: at least so many), asked only after the page is there. The order of ``filters`` is that of the
    form: the first ``filters_open`` are always in sight. ``numbered``: cursors are whole numbers.
    """

    code: str
    columns: tuple[Column, ...]
    rows_of: Callable[[Visit, Query, Cursor, int], Rows[R]]
    cells: Callable[[Visit, Sequence[R]], Sequence[Cells]]
    filters: tuple[Filter, ...] = ()
    row_address: Callable[[Visit, R], str] | None = None
    count_of: Callable[[Visit, Query], tuple[int, bool]] | None = None
    empty: Words = NOTHING_YET
    filters_open: int = 6
    numbered: bool = True

    def column(self, code: str) -> Column:
        """The column of a code. Raises ``KeyError``."""
        return {column.code: column for column in self.columns}[code]

    @property
    def usual_columns(self) -> tuple[str, ...]:
        return tuple(column.code for column in self.columns if column.usual or column.always)
