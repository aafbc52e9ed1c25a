"""What a person has filled in to correct a row, and whether it would do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.http import QueryDict

from bulkhead.intake.reading import BadRow
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.mending import check_correction
from bulkhead.runtime.store.quarantine_store import QuarantineEntry
from bulkhead.web.books import book
from bulkhead.web.page import Visit
from bulkhead.web.quarantine.reason_words import reason_words

NOTE_CHARS_MAX = 500
CELL, BEFORE = "cell.", "before."  # names of the form's fields, before the column
_CHANGED = re.compile(r"Row (\d+) was changed by another meanwhile; look at it again\.")
_STATE = re.compile(r"Row (\d+): quarantined row is (\w+): cannot (\w+) .*")
_STATES_ZH = {"open": "待处理", "corrected": "已更正", "replayed": "已重放", "dismissed": "已剔除"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The form. ``seen`` is the version of the row that it was drawn from, ``line`` the whole row instead of cells."""

    seen: str
    line: str | None
    cells: dict[str, str] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)  # the cells that were written over


def asked_of(form: QueryDict) -> Asked:
    """The form as it was sent; cells that still say what they said are no change."""
    line = form.get("line", "").strip("\r\n") or None
    cells = {name.removeprefix(CELL): form.get(name, "") for name in form if name.startswith(CELL)}
    changes = {column: text for column, text in cells.items() if text != form.get(f"{BEFORE}{column}")}
    return Asked(form.get("seen", ""), line, cells, {} if line is not None else changes)


def refusal_words(problem: BadInput) -> Words:
    """Why a row was not changed, in both languages where the sentence is known."""
    sentence = str(problem)
    if found := _CHANGED.fullmatch(sentence):
        return Words(sentence, f"第 {found[1]} 号记录刚刚被他人修改，请重新查看后再操作。")
    if found := _STATE.fullmatch(sentence):
        state = _STATES_ZH.get(found[2], found[2])
        return Words(
            f"Row {found[1]} is {found[2]} already, so this is not possible.",
            f"第 {found[1]} 号记录当前为“{state}”，不能执行此操作。",
        )
    return Words(sentence, sentence)


def check_row(visit: Visit, entry: QuarantineEntry, asked: Asked) -> tuple[Words | None, str]:
    """Why it would not be read well, and the field at fault; (None, "") when it would."""
    stores = book(visit.institution).stores
    try:
        check_correction(stores, entry, changes=asked.changes, line=asked.line, latest_us=SystemClock().now_us())
    except BadRow as fault:
        return reason_words(fault.reason, clear=True), fault.field
    except BadInput as problem:
        return refusal_words(problem), ""
    return None, ""
