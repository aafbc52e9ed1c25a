"""The journal: its head, signed checkpoints, events, single leaves, and its verification on a button."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.journal_reading import (
    CheckpointRow,
    checkpoint_rows,
    commit_of,
    leaf_row,
    note_key,
    outside_note,
)
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.web.books import book
from bulkhead.web.components.filters import Unusable
from bulkhead.web.components.marks import Mark
from bulkhead.web.components.state import State
from bulkhead.web.components.table_pages import pages_of, table_answer
from bulkhead.web.journal.event_table import EVENTS_TABLE
from bulkhead.web.journal.event_view import event_names, fields_of
from bulkhead.web.journal.event_words import event_title
from bulkhead.web.journal.signed_note import signed_note
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.pages.jobs import begin_and_show
from bulkhead.web.rights import Right
from bulkhead.web.tasks.kinds import VERIFY
from bulkhead.web.tasks.models import JobRun
from bulkhead.web.tasks.showing import job_view
from bulkhead.web.terms import term

SHOWN = 10  # verifications and checkpoints on the first page
CHECKPOINTS_MAX = 200
_DAMAGED = Words("The journal is damaged here", "此处日志已损坏")
_NO_NOTE = Words(
    "Paste the whole signed note, or choose a checkpoint.", "请粘贴完整的签名文本，或选择一个检查点。"
)


def journal(visit: Visit) -> HttpResponseBase:
    """Head, verification, the latest checkpoints."""
    stores = book(visit.institution).stores
    head = stores.journal.head()
    runs = JobRun.objects.filter(institution=visit.institution, kind=VERIFY).select_related("account__person")
    context = {
        "base": f"/i/{visit.institution}",
        "head": head,
        "root": head.root.hex(),
        "commit": commit_of(stores, head.size - 1) if head.size else None,
        "outside": _outside(visit),
        "checkpoints": [_drawn(row) for row in checkpoint_rows(stores, SHOWN)],
        "runs": [(run, job_view(visit, run)) for run in runs.order_by("-pk")[:SHOWN]],
        "live": runs.filter(state__in=("waiting", "running")).first(),
        "may_verify": visit.may(Right.VERIFY),
        "key": str(note_key(stores)),
    }
    return render(visit.request, "web/journal/journal.html", context)


def checkpoints(visit: Visit) -> HttpResponseBase:
    """All signed notes, newest first."""
    rows = checkpoint_rows(book(visit.institution).stores, CHECKPOINTS_MAX)
    context = {
        "base": f"/i/{visit.institution}",
        "checkpoints": [_drawn(row) for row in rows],
        "full": len(rows) == CHECKPOINTS_MAX,
        "shown_max": CHECKPOINTS_MAX,
        "outside": _outside(visit),
    }
    return render(visit.request, "web/journal/checkpoints.html", context)


def checkpoint(visit: Visit, size: int, digest: str) -> HttpResponseBase:
    """One note, checked here and now."""
    row = _checkpoint(visit, size, digest)
    context = {
        "base": f"/i/{visit.institution}",
        "row": row,
        "drawn": _drawn(row),
        "key": str(note_key(book(visit.institution).stores)),
        "may_verify": visit.may(Right.VERIFY),
    }
    return render(visit.request, "web/journal/checkpoint.html", context)


def checkpoint_note(visit: Visit, size: int, digest: str) -> HttpResponseBase:
    """The signed text as a file, byte for byte."""
    response = HttpResponse(_checkpoint(visit, size, digest).note, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{visit.institution}-{size}.checkpoint"'
    return response


def verify(visit: Visit) -> HttpResponseBase:
    """Ask for a verification: of all, or also that it has grown from a checkpoint."""
    note = visit.request.POST.get("since", "").replace("\r\n", "\n")
    if visit.request.POST.get("with_note") and not note.strip():
        messages.error(visit.request, _NO_NOTE[visit.language])
        return HttpResponseRedirect(f"/i/{visit.institution}/journal/")
    if not note.strip():
        return begin_and_show(visit, VERIFY)
    try:
        note = signed_note(visit, note)
    except Unusable as wrong:
        messages.error(visit.request, wrong.words[visit.language])
        return HttpResponseRedirect(f"/i/{visit.institution}/journal/")
    return begin_and_show(visit, VERIFY, since=note)


def events(visit: Visit) -> HttpResponseBase:
    """What is in the journal besides movements."""
    return table_answer(visit, EVENTS_TABLE, "web/journal/events.html", {"base": f"/i/{visit.institution}"})


def leaf(visit: Visit, sequence: int) -> HttpResponseBase:
    """One leaf: what it says, its hash and the proof that it is in the journal."""
    try:
        row = leaf_row(book(visit.institution).stores, sequence)
    except JournalDamaged as damage:
        state = State("failed", _DAMAGED, Words(f"{damage} Verify the journal.", f"{damage} 请校验日志账。"))
        return render(
            visit.request, "web/journal/damaged.html", {"state": state, "sequence": sequence}, status=500
        )
    if row is None:
        raise Http404
    context: dict[str, Any] = {
        "base": f"/i/{visit.institution}",
        "row": row,
        "leaf_hash": row.proof.leaf_hash.hex(),
    }
    context["root"] = row.proof.head.root.hex()
    if row.event is not None:
        names = event_names(visit, [row.event])
        context |= {"title": event_title(type(row.event).__name__), "fields": fields_of(visit, row.event, names)}
    elif row.movement is not None:
        context |= {"title": Words("Movement", "资金变动"), "movement": _movement(visit, row.movement)}
    context["last"] = row.sequence + 1 == row.proof.head.size
    return render(visit.request, "web/journal/leaf.html", context)


def _movement(visit: Visit, movement: MovementLeaf) -> dict[str, Any]:
    """The little of a movement that stands on its leaf's page; the decision's page has the rest."""
    return {
        "kind": term(MovementKind(movement.fixed["kind"])),
        "effective_us": movement.fixed["effective_us"],
        "linked": visit.may(Right.SEE_DECISIONS),
    }


def _checkpoint(visit: Visit, size: int, digest: str) -> CheckpointRow:
    for row in checkpoint_rows(book(visit.institution).stores, size=size):
        if row.digest == digest:
            return row
    raise Http404


def _drawn(row: CheckpointRow) -> dict[str, Any]:
    if row.fault or row.root is None:
        mark = Mark("triangle", "alarm", Words("signature does not hold", "签名无效"))
    elif row.matches is False:
        mark = Mark("triangle", "alarm", Words("the journal differs", "与日志账不符"))
    elif row.matches is None:
        mark = Mark("question", "caution", Words("signed; verify to compare", "签名有效，待校验比对"))
    else:
        mark = Mark("seal", "ok", Words("signed and in the journal", "签名有效，与日志账一致"))
    return {"row": row, "mark": mark, "root": row.root.hex() if row.root else ""}


def _outside(visit: Visit) -> dict[str, Any]:
    """The copy beside the database, compared with what the database has."""
    outside = outside_note(book(visit.institution).stores)
    if outside.fault:
        mark = Mark("triangle", "alarm", Words("cannot be trusted", "不可信"))
    elif outside.root is None:
        mark = Mark("question", "caution", Words("there is none", "不存在"))
    elif not outside.stored:
        mark = Mark("triangle", "alarm", Words("the database has lost it", "数据库中已丢失"))
    else:
        mark = Mark("seal", "ok", Words("the same as in the database", "与数据库一致"))
    return {"note": outside, "mark": mark}


_SEE = Right.SEE_JOURNAL
_EVENTS = Page("journal-events", "journal/events/", Words("Events of the journal", "日志事件"), _SEE, events)
_NOTE = "journal/checkpoints/<int:size>/<slug:digest>/"
SECTION = Section(
    "journal",
    (
        Page("journal", "journal/", Words("Journal", "日志账"), _SEE, journal),
        Page("journal-verify", "journal/verify/", Words("Verify", "校验"), Right.VERIFY, verify, ("POST",)),
        *pages_of(_EVENTS, EVENTS_TABLE),
        Page("checkpoints", "journal/checkpoints/", Words("Checkpoints", "检查点"), _SEE, checkpoints),
        Page("checkpoint", _NOTE, Words("Checkpoint", "检查点"), _SEE, checkpoint),
        Page("checkpoint-note", f"{_NOTE}note", Words("Signed note", "签名文本"), _SEE, checkpoint_note),
        Page("leaf", "journal/<int:sequence>/", Words("Entry of the journal", "日志记录"), _SEE, leaf),
    ),
    Place.CUSTODY,
    ("journal",),
)
