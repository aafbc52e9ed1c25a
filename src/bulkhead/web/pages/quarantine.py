"""Quarantine: rows that could not be taken, looked at, corrected, replayed or dismissed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.mending import correct
from bulkhead.runtime.service.commands import Replayed, ReplayedRow, ReplayRow
from bulkhead.runtime.store.quarantine_store import QuarantineEntry
from bulkhead.web.books import book
from bulkhead.web.components.table_pages import pages_of, table_answer
from bulkhead.web.engine import Trouble, ask, person_of
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.pages.jobs import begin_and_show
from bulkhead.web.quarantine.asked import NOTE_CHARS_MAX, Asked, asked_of, check_row, refusal_words
from bulkhead.web.quarantine.reason_words import reason_words
from bulkhead.web.quarantine.row_table import ROWS_TABLE
from bulkhead.web.quarantine.row_view import (
    STATES,
    RowCell,
    booked_at,
    can,
    cells_of,
    entry_of,
    raw_text,
    sees_text,
    source_or_none,
    story_of,
)
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import REPLAY

_WOULD_DO = Words("It would be read well like this.", "按此内容可以正常读取。")
_CORRECTED = Words("Corrected; it waits to be replayed.", "已更正，等待重放。")
_DISMISSED = Words("Dismissed.", "已剔除。")
_NO_REASON = Words(
    "A row is dismissed for a reason of at most 500 characters.", "剔除须填写原因（不超过 500 字）。"
)
_BOOKED = Words("It is in the journal as entry {0}.", "已入账，日志记录 {0}。")
_BOOKED_BEFORE = Words("The journal had it already, as entry {0}.", "日志账中已有该笔，日志记录 {0}。")
_OPEN_AGAIN = Words("It could not be taken and is open again: {0}", "未能入账，已退回待处理：{0}")


def quarantine(visit: Visit) -> HttpResponseBase:
    """The list."""
    counts = book(visit.institution).stores.quarantine.counts()
    context = {
        "base": f"/i/{visit.institution}",
        "counts": [(code, mark, counts.get(code, 0)) for code, mark in STATES.items()],
        "may_replay": visit.may(Right.MEND_QUARANTINE) and counts.get("corrected", 0) > 0,
        "clear": sees_text(visit),
    }
    return table_answer(visit, ROWS_TABLE, "web/quarantine/rows.html", context)


def row(visit: Visit, number: int) -> HttpResponseBase:
    """One row: what came, what is wrong, what was done, what can be done."""
    return _page(visit, entry_of(visit, number))


def check(visit: Visit, number: int) -> HttpResponseBase:
    """Whether the row would be read well as the form stands; nothing is kept."""
    asked = asked_of(visit.request.POST)
    words, field = check_row(visit, entry_of(visit, number), asked)
    context = {"words": words or _WOULD_DO, "good": words is None, "field": field, "columns": list(asked.cells)}
    return render(visit.request, "web/quarantine/_verdict.html", context)


def correct_row(visit: Visit, number: int) -> HttpResponseBase:
    """Keep what the row should have said."""
    entry, asked = entry_of(visit, number), asked_of(visit.request.POST)
    words, field = check_row(visit, entry, asked)
    if words is None:
        try:
            correct(
                book(visit.institution).stores,
                number,
                changes=asked.changes,
                line=asked.line,
                actor=visit.account.person.code,
                latest_us=SystemClock().now_us(),
                seen=asked.seen,
            )
        except BadInput as problem:
            words = refusal_words(problem)
    if words is not None:
        return _page(visit, entry_of(visit, number), {"asked": asked, "words": words, "field": field}, status=409)
    messages.success(visit.request, _CORRECTED[visit.language])
    return _back(visit, number)


def dismiss(visit: Visit, number: int) -> HttpResponseBase:
    """Give the row up, for a reason that stays with it."""
    entry, asked = entry_of(visit, number), asked_of(visit.request.POST)
    reason = visit.request.POST.get("reason", "").strip()
    if not reason or len(reason) > NOTE_CHARS_MAX:
        messages.error(visit.request, _NO_REASON[visit.language])
        return _back(visit, number)
    try:
        book(visit.institution).stores.quarantine.mark(
            entry.number, "dismiss", visit.account.person.code, reason, seen=asked.seen
        )
        messages.success(visit.request, _DISMISSED[visit.language])
    except BadInput as problem:
        messages.error(visit.request, refusal_words(problem)[visit.language])
    return _back(visit, number)


def replay_row(visit: Visit, number: int) -> HttpResponseBase:
    """Have the running engine read the corrected row again, decide and book it."""
    entry_of(visit, number)
    reply = ask(visit, ReplayRow(number, person_of(visit)))
    if isinstance(reply, Trouble):
        messages.error(visit.request, reply.words[visit.language])
        return _back(visit, number)
    assert isinstance(reply, Replayed), reply
    done = reply.rows[0]
    level = messages.error if done.sequence is None else messages.success
    level(visit.request, _said(visit, done))
    return _back(visit, number)


def replay_all(visit: Visit) -> HttpResponseBase:
    """All corrected rows, as a job."""
    return begin_and_show(visit, REPLAY)


def _said(visit: Visit, done: ReplayedRow) -> str:
    if done.sequence is None:
        return _OPEN_AGAIN[visit.language].format(reason_words(done.reason, clear=True)[visit.language])
    words = _BOOKED_BEFORE if done.booked_before else _BOOKED
    return words[visit.language].format(f"{done.sequence:,}")


def _page(
    visit: Visit, entry: QuarantineEntry, tried: dict[str, Any] | None = None, status: int = 200
) -> HttpResponseBase:
    changes = book(visit.institution).stores.quarantine.changes(entry.number)
    source = source_or_none(visit, entry)
    cells = cells_of(visit, entry, source)
    may_mend = visit.may(Right.MEND_QUARANTINE)
    asked: Asked | None = (tried or {}).get("asked")
    context = {
        "base": f"/i/{visit.institution}",
        "entry": entry,
        "mark": STATES[entry.state],
        "reason": reason_words(entry.row.reason, clear=sees_text(visit)),
        "cells": cells,
        "raw": raw_text(visit, entry.row.raw),
        "corrected": raw_text(visit, entry.corrected) if entry.corrected is not None and cells is None else "",
        "clear": sees_text(visit),
        "story": story_of(visit, entry, changes),
        "leaf": booked_at(changes),
        "may_open_decision": visit.may(Right.SEE_DECISIONS),
        "source": source,
        "may_correct": may_mend and source is not None and can(entry, "correct"),
        "may_replay": may_mend and can(entry, "replay"),
        "may_dismiss": may_mend and can(entry, "dismiss"),
        "fields": _fields(asked, cells, source),
        "whole_line": asked.line if asked is not None and asked.line is not None else "",
        "tried": tried,
        "note_max": NOTE_CHARS_MAX,
    }
    return render(visit.request, "web/quarantine/row.html", context, status=status)


def _fields(asked: Asked | None, cells: list[RowCell] | None, source: Source | None) -> list[tuple[str, str, str]]:
    """Column, what stands in the form, and what stood there before; empty ones for a row without columns."""
    if cells is None:
        now = dict.fromkeys(source.used_columns if source is not None else (), "")
    else:
        now = {cell.column: cell.now for cell in cells if cell.used}
    filled = asked.cells if asked is not None else {}
    return [(column, filled.get(column, text), text) for column, text in now.items()]


def _back(visit: Visit, number: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"/i/{visit.institution}/quarantine/{number}/")


_MEND, _ROW = Right.MEND_QUARANTINE, "quarantine/<int:number>/"
_LIST = Page("quarantine", "quarantine/", Words("Quarantine", "隔离区"), Right.SEE_QUARANTINE, quarantine)
_POST = ("POST",)
SECTION = Section(
    "quarantine",
    (
        *pages_of(_LIST, ROWS_TABLE),
        Page(
            "quarantine-replay-all",
            "quarantine/replay/",
            Words("Replay all", "全部重放"),
            _MEND,
            replay_all,
            _POST,
        ),
        Page("quarantine-row", _ROW, Words("Quarantined row", "隔离记录"), Right.SEE_QUARANTINE, row),
        Page("quarantine-check", f"{_ROW}check/", Words("Check a correction", "预检更正"), _MEND, check, _POST),
        Page("quarantine-correct", f"{_ROW}correct/", Words("Correct", "更正"), _MEND, correct_row, _POST),
        Page("quarantine-dismiss", f"{_ROW}dismiss/", Words("Dismiss", "剔除"), _MEND, dismiss, _POST),
        Page("quarantine-replay", f"{_ROW}replay/", Words("Replay", "重放"), _MEND, replay_row, _POST),
    ),
    Place.CUSTODY,
    ("quarantine",),
)
