"""Quarantine: rows that could not be taken, looked at, corrected, replayed or dismissed."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Query, Schema
from pydantic import Field

from bulkhead.intake.reading import BadRow
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.lifecycles import QUARANTINED_ROW
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.mending import correct as correct_in
from bulkhead.runtime.service.commands import Replayed, ReplayRow
from bulkhead.runtime.store.quarantine_store import QuarantineEntry
from bulkhead.web.api.errors import ApiError, Failure, done_or_raise
from bulkhead.web.api.job_shapes import JobOut, job_out
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.paging import cursor_of, next_of
from bulkhead.web.api.shapes import Asked, Before, Limit, Line, Moment, Number, Said, moment, said
from bulkhead.web.books import book
from bulkhead.web.components.table import Query as TableQuery
from bulkhead.web.engine import ask, person_of
from bulkhead.web.page import Visit
from bulkhead.web.quarantine.asked import NOTE_CHARS_MAX, check_row, refusal_words
from bulkhead.web.quarantine.asked import Asked as RowAsked
from bulkhead.web.quarantine.reason_words import reason_words
from bulkhead.web.quarantine.row_table import ROWS_TABLE
from bulkhead.web.quarantine.row_view import booked_at, cells_of, entry_of, raw_text, sees_text, source_or_none
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import REPLAY
from bulkhead.web.tasks.queueing import begin

TEXT_CHARS_MAX = 100_000
StateCode = Literal["open", "corrected", "replayed", "dismissed"]
Version = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="`version` of the row as you have seen it.")]
Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX)]


class RowsAsked(Asked):
    """Which rows."""

    state: list[StateCode] = Field(default=[], max_length=4)
    source: list[Line] = Field(default=[], max_length=20)
    file: list[Line] = Field(default=[], max_length=20)
    field: list[Line] = Field(default=[], max_length=20)
    before: Before = None
    limit: Limit = 50


class RowLine(Schema):
    """One row in a list."""

    number: int
    state: str
    field: str
    reason: Said
    file: str
    row: int
    source: str
    received: Moment


class RowsOut(Schema):
    """A page of them, newest first, and how many there are in each state."""

    counts: dict[str, int]
    rows: list[RowLine]
    next: int | None


class CellOut(Schema):
    """One column: as it came and as it stands now. ``used``: the source reads it, so it can be corrected."""

    column: str
    came: str
    now: str
    faulty: bool
    used: bool


class RowOut(RowLine):
    """One row whole. Texts are masked for roles that may not read them; ``version`` goes into a change."""

    version: str
    raw: str
    corrected: str | None
    cells: list[CellOut] | None
    verbs: list[str] = Field(description="What its state allows.")
    booked_at: int | None = Field(description="The journal leaf that it became.")


class CorrectIn(Asked):
    """``changes`` by column, or the whole ``line``; with neither, the row is right as it stands."""

    changes: dict[Line, Text] = Field(default={}, max_length=100)
    line: Text | None = None
    version: Version


class DismissIn(Asked):
    """Why it will never be booked."""

    reason: str = Field(min_length=1, max_length=NOTE_CHARS_MAX)
    version: Version


class ReplayOut(Schema):
    """What became of the row. Without a ``sequence`` it is open again, and ``reason`` says why."""

    sequence: int | None
    booked_before: bool
    reason: Said | None
    row: RowOut


def rows(visit: Visit, asked: Query[RowsAsked]) -> RowsOut:
    """Quarantined rows."""
    chosen = {code: frozenset(getattr(asked, code)) for code in ("state", "source", "file", "field")}
    query = TableQuery({code: values for code, values in chosen.items() if values})
    found = ROWS_TABLE.rows_of(visit, query, cursor_of(asked.before), asked.limit)
    return RowsOut(
        counts=book(visit.institution).stores.quarantine.counts(),
        rows=[_line(visit, entry) for entry in found.rows],
        next=next_of(found),
    )


def row(visit: Visit, number: Number) -> RowOut:
    """One row: what came, what is wrong, and what can be done."""
    return _row(visit, entry_of(visit, number))


def correct(visit: Visit, number: Number, wanted: CorrectIn) -> RowOut:
    """Say what the row should have been; refused while it would still not be read well."""
    if wanted.changes and wanted.line is not None:
        words = Words("Give either changes or the whole line.", "changes 与 line 只能填写其一。")
        raise ApiError(Failure(422, "invalid", words))
    entry = entry_of(visit, number)
    cells = dict(wanted.changes)
    words_or_none, field = check_row(visit, entry, RowAsked(wanted.version, wanted.line, cells, cells))
    if words_or_none is not None:
        raise ApiError(Failure(409, "refused", _at(field, words_or_none)))
    try:
        correct_in(
            book(visit.institution).stores,
            number,
            changes=cells,
            line=wanted.line,
            actor=visit.account.person.code,
            latest_us=SystemClock().now_us(),
            seen=wanted.version,
        )
    except (BadInput, BadRow) as problem:
        raise ApiError(Failure(409, "refused", refusal_words(BadInput(str(problem))))) from None
    return _row(visit, entry_of(visit, number))


def dismiss(visit: Visit, number: Number, wanted: DismissIn) -> RowOut:
    """Give the row up, for a reason that stays with it."""
    entry, reason = entry_of(visit, number), wanted.reason.strip()
    if not reason:
        raise ApiError(Failure(422, "invalid", Words("A row is dismissed for a reason.", "剔除须填写原因。")))
    try:
        book(visit.institution).stores.quarantine.mark(
            entry.number, "dismiss", visit.account.person.code, reason, seen=wanted.version
        )
    except BadInput as problem:
        raise ApiError(Failure(409, "refused", refusal_words(problem))) from None
    return _row(visit, entry_of(visit, number))


def replay(visit: Visit, number: Number) -> ReplayOut:
    """Have the running engine read the corrected row again, decide and book it."""
    entry_of(visit, number)
    reply = done_or_raise(ask(visit, ReplayRow(number, person_of(visit))))
    assert isinstance(reply, Replayed), reply
    done = reply.rows[0]
    return ReplayOut(
        sequence=done.sequence,
        booked_before=done.booked_before,
        reason=said(reason_words(done.reason, clear=True)) if done.sequence is None else None,
        row=_row(visit, entry_of(visit, number)),
    )


def replay_all(visit: Visit) -> JobOut:
    """All corrected rows, as a job."""
    return job_out(visit, begin(visit.account, visit.institution, REPLAY))


def _line(visit: Visit, entry: QuarantineEntry) -> RowLine:
    bad = entry.row
    return RowLine(
        number=entry.number,
        state=entry.state,
        field=bad.field,
        reason=said(reason_words(bad.reason, clear=sees_text(visit))),
        file=bad.input_name,
        row=bad.row,
        source=bad.source,
        received=moment(entry.received_us),
    )


def _row(visit: Visit, entry: QuarantineEntry) -> RowOut:
    cells = cells_of(visit, entry, source_or_none(visit, entry))
    changes = book(visit.institution).stores.quarantine.changes(entry.number)
    return RowOut(
        **dict(_line(visit, entry)),
        version=entry.version,
        raw=_shown(raw_text(visit, entry.row.raw)),
        corrected=None if entry.corrected is None else _shown(raw_text(visit, entry.corrected)),
        cells=None
        if cells is None
        else [
            CellOut(
                column=_shown(cell.column),
                came=_shown(cell.came),
                now=_shown(cell.now),
                faulty=cell.faulty,
                used=cell.used,
            )
            for cell in cells
        ],
        verbs=[verb for verb in QUARANTINED_ROW.verbs(entry.state) if verb in ("correct", "replay", "dismiss")],
        booked_at=booked_at(changes),
    )


def _shown(text: str) -> str:
    """Bad rows may hold half characters, which no JSON can say."""
    return text.encode("utf-8", "replace").decode()


def _at(field: str, words: Words) -> Words:
    return Words(f"{field}: {words.en}", f"{field}：{words.zh}") if field else words


_SEE, _MEND, _ONE = Right.SEE_QUARANTINE, Right.MEND_QUARANTINE, "quarantine/<int:number>"
OPERATIONS = Operations(
    "quarantine",
    Words("Quarantine", "隔离区"),
    (
        Operation("rows", "quarantine", Words("List rows", "隔离记录列表"), _SEE, rows),
        Operation("row", _ONE, Words("One row", "隔离记录详情"), _SEE, row),
        Operation("row-correct", f"{_ONE}/correct", Words("Correct", "更正"), _MEND, correct, "POST"),
        Operation("row-dismiss", f"{_ONE}/dismiss", Words("Dismiss", "剔除"), _MEND, dismiss, "POST"),
        Operation("row-replay", f"{_ONE}/replay", Words("Replay", "重放"), _MEND, replay, "POST"),
        Operation(
            "rows-replay",
            "quarantine/replay",
            Words("Replay all corrected rows", "全部重放"),
            _MEND,
            replay_all,
            "POST",
        ),
    ),
)
