"""One quarantined row as its page shows it: cells, what is wrong, what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.lifecycles import QUARANTINED_ROW
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.mending import columns_of, source_of
from bulkhead.runtime.store.quarantine_store import QuarantineChange, QuarantineEntry
from bulkhead.web.books import book
from bulkhead.web.components.marks import Mark
from bulkhead.web.components.timeline import Moment
from bulkhead.web.page import Visit
from bulkhead.web.people.models import Person
from bulkhead.web.quarantine.reason_words import reason_words
from bulkhead.web.rights import Right

STATES: dict[str, Mark] = {
    "open": Mark("triangle", "warn", Words("open", "待处理")),
    "corrected": Mark("clock", "notice", Words("corrected, to be replayed", "已更正，待重放")),
    "replayed": Mark("check", "ok", Words("replayed", "已重放入账")),
    "dismissed": Mark("cross", "plain", Words("dismissed", "已剔除")),
}
_VERBS: dict[str, Mark] = {
    "correct": Mark("circle", "notice", Words("Corrected", "更正")),
    "replay": Mark("check", "ok", Words("Replayed", "重放入账")),
    "fail": Mark("triangle", "alarm", Words("Replay failed, open again", "重放失败，退回待处理")),
    "dismiss": Mark("cross", "plain", Words("Dismissed", "剔除")),
}
_ARRIVED = Mark("tray", "warn", Words("Put in quarantine", "进入隔离区"))
_NOTES = {"the whole line": "整行更正", "right as it stands": "确认原文无误"}


@dataclass(frozen=True, slots=True)
class RowCell:
    """One column: as it came, as it was corrected ("" with ``changed`` False where it was not)."""

    column: str
    came: str
    corrected: str
    changed: bool
    faulty: bool
    used: bool  # the source reads it, so it can be corrected

    @property
    def now(self) -> str:
        return self.corrected if self.changed else self.came


def sees_text(visit: Visit) -> bool:
    """Whether this visitor may read what the rows say."""
    return visit.may(Right.SEE_NAMES) or visit.may(Right.MEND_QUARANTINE)


def source_or_none(visit: Visit, entry: QuarantineEntry) -> Source | None:
    """The source of a row; None where the journal does not know it."""
    try:
        return source_of(book(visit.institution).stores, entry)
    except BadInput:
        return None


def cells_of(visit: Visit, entry: QuarantineEntry, source: Source | None) -> list[RowCell] | None:
    """The row column by column; None where it never was split into columns and is not corrected by them."""
    came = columns_of(entry.row.raw)
    corrected = columns_of(entry.corrected) if entry.corrected is not None else None
    if came is None and corrected is None:
        return None
    used = source.used_columns if source is not None else ()
    before, after = came or {}, corrected if corrected is not None else came or {}
    hide = not sees_text(visit)
    return [
        RowCell(
            column,
            masked(before.get(column, "")) if hide else before.get(column, ""),
            masked(after.get(column, "")) if hide else after.get(column, ""),
            after.get(column, "") != before.get(column, ""),
            column == entry.row.field,
            column in used,
        )
        for column in dict.fromkeys((*before, *after, *used))
    ]


def raw_text(visit: Visit, text: str) -> str:
    """The text of a row as it came, or as much of it as this visitor may read."""
    return text if sees_text(visit) else "\n".join(masked(line) for line in text.splitlines())


def masked(text: str) -> str:
    """The first character and stars, as the vault's masks are."""
    return f"{text[:1]}***" if text else ""


def story_of(visit: Visit, entry: QuarantineEntry, changes: Sequence[QuarantineChange]) -> list[Moment]:
    """What happened to the row, first to last."""
    people = dict(Person.objects.filter(code__in={change.actor for change in changes}).values_list("code", "name"))
    steps = [Moment(_ARRIVED.words, _ARRIVED, entry.received_us, entry.row.input_name)]
    for change in changes:
        mark = _VERBS.get(change.verb, Mark("dot", "plain", Words(change.verb, change.verb)))
        who = people.get(change.actor, change.actor)
        sequence = _sequence(change)
        note = "" if sequence is not None else _note(visit, change)
        title = Words(f"{mark.words.en} by {who}", f"{who} {mark.words.zh}")
        if sequence is not None and visit.may(Right.SEE_DECISIONS):
            link, text = f"/i/{visit.institution}/decisions/{sequence}/", f"#{sequence:,}"
            steps.append(Moment(title, mark, change.changed_us, "", link, text))
        else:
            steps.append(Moment(title, mark, change.changed_us, note))
    return steps


def booked_at(changes: Sequence[QuarantineChange]) -> int | None:
    """The journal leaf that a replayed row became."""
    return next((found for change in reversed(changes) if (found := _sequence(change)) is not None), None)


def can(entry: QuarantineEntry, verb: str) -> bool:
    """Whether the row's state knows the verb."""
    return verb in QUARANTINED_ROW.verbs(entry.state)


def _sequence(change: QuarantineChange) -> int | None:
    number = change.note.removeprefix("journal leaf ")
    return int(number) if change.verb == "replay" and number != change.note and number.isdecimal() else None


def _note(visit: Visit, change: QuarantineChange) -> Words:
    if change.verb == "fail":
        return reason_words(change.note, clear=sees_text(visit))
    return Words(change.note, _NOTES.get(change.note, change.note))


def entry_of(visit: Visit, number: int) -> QuarantineEntry:
    """The row. Raises ``Http404``."""
    try:
        return book(visit.institution).stores.quarantine.show(number)
    except BadInput:
        raise Http404 from None
