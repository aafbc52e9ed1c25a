"""How a table is looked at: filters, columns, density and place, all of it in the address and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from bulkhead.kernel.reasons import Words
from bulkhead.web.components.filters import Unusable
from bulkhead.web.components.table import PAGE_ROWS, PAGE_ROWS_USUAL, Cursor, Query, Table
from bulkhead.web.page import Visit, language_now

COLUMN, DENSITY, ROWS, BEFORE, AFTER = "column", "density", "rows", "before", "after"
_KEY_MAX = 200
_NO_PLACE = Words("The place in the list", "列表位置")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the address that cannot be used and is not: which filter, and why in one sentence."""

    code: str
    words: Words


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as one address shows it."""

    table: Table[Any]
    visit: Visit
    query: Query
    columns: tuple[str, ...]
    dense: bool
    page_rows: int
    cursor: Cursor
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, visit: Visit, table: Table[Any], path: Mapping[str, object]) -> TableState:
        """The state in the address of the visit. Never fails: what cannot be used is among the problems."""
        return cls.of(visit, table, visit.request.GET, path)

    @classmethod
    def of(cls, visit: Visit, table: Table[Any], asked: QueryDict, path: Mapping[str, object]) -> TableState:
        """The state in the query part of an address."""
        texts: dict[str, Sequence[str]] = {name: asked.getlist(name) for name in asked}
        values: dict[str, object] = {}
        problems: list[Problem] = []
        for one in table.filters:
            try:
                value = one.read(visit, texts)
                if value is not None:
                    values[one.code] = value
            except Unusable as unusable:
                problems.append(Problem(one.code, _sentence(one.title, unusable.words)))
        cursor = _cursor(table, asked)
        if cursor is None:
            problems.append(Problem("", _sentence(_NO_PLACE, Words("it is not one of this list", "不属于本列表"))))
        rows = asked.get(ROWS, "")
        return cls(
            table,
            visit,
            Query(values, path),
            _columns(table, texts.get(COLUMN, ())),
            asked.get(DENSITY) == "compact",
            int(rows) if rows in {str(size) for size in PAGE_ROWS} else PAGE_ROWS_USUAL,
            cursor or Cursor(),
            tuple(problems),
        )

    def filter_pairs(self, without: str = "") -> list[tuple[str, str]]:
        """The filters as they stand in an address."""
        return [
            pair
            for one in self.table.filters
            if one.code in self.query.values and one.code != without
            for pair in one.written(self.visit, self.query.values[one.code])
        ]

    def look_pairs(self) -> list[tuple[str, str]]:
        """Columns, density and rows a page, as far as they are not the usual."""
        pairs = [(COLUMN, code) for code in self.columns] if self.columns != self.table.usual_columns else []
        if self.dense:
            pairs.append((DENSITY, "compact"))
        if self.page_rows != PAGE_ROWS_USUAL:
            pairs.append((ROWS, str(self.page_rows)))
        return pairs

    def address(self, *, without: str = "", cursor: Cursor | None = None, reset: bool = False) -> str:
        """The query part that shows the same, without one filter or all of them, at the newest or at ``cursor``."""
        pairs = [] if reset else self.filter_pairs(without)
        pairs += self.look_pairs()
        if cursor is not None:
            pairs += [(name, key) for name, key in ((BEFORE, cursor.before), (AFTER, cursor.after)) if key]
        return f"?{urlencode(pairs)}"

    def filters_said(self) -> str:
        """All filters in words, for the stamp of an export; "" for none."""
        colon, semicolon = ("：", "；") if language_now() == "zh" else (": ", "; ")
        said = []
        for one in self.table.filters:
            if one.code in self.query.values:
                text = one.said(self.visit, self.query.values[one.code])
                said.append(one.title[language_now()] + (f"{colon}{text}" if text else ""))
        return semicolon.join(said)


def _sentence(title: Words, why: Words) -> Words:
    return Words(f"{title.en}: {why.en}; it is left out.", f"{title.zh}：{why.zh}，已忽略。")


def _columns(table: Table[Any], wanted: Sequence[str]) -> tuple[str, ...]:
    """The columns asked for in their order, those that are always there before them; the usual ones for none."""
    known = {column.code for column in table.columns}
    chosen = [code for code in dict.fromkeys(wanted) if code in known]
    if not chosen:
        return table.usual_columns
    always = [column.code for column in table.columns if column.always]
    return tuple(dict.fromkeys((*always, *chosen)))


def _cursor(table: Table[Any], asked: QueryDict) -> Cursor | None:
    """Where the page begins; None for what is no place in this list."""
    before, after = asked.get(BEFORE, ""), asked.get(AFTER, "")
    right = re.compile(r"[0-9]{1,18}" if table.numbered else rf"[^\x00-\x1f]{{1,{_KEY_MAX}}}")
    if (before and after) or any(key and not right.fullmatch(key) for key in (before, after)):
        return None
    return Cursor(before, after)
