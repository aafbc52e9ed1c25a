"""One decision, explained, and its proof as a file."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.explaining import NoSuchMovement
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.web.components.state import State
from bulkhead.web.decisions.record import DecisionRecord, decision_record
from bulkhead.web.decisions.showing import decision_view
from bulkhead.web.page import Page, Section, Visit
from bulkhead.web.rights import Right

_DAMAGED = Words("The journal is damaged here", "此处日志已损坏")


def decision(visit: Visit, sequence: int) -> HttpResponseBase:
    """The page of a movement: what was decided and why, what the book did, and the proof."""
    try:
        record = _record(visit, sequence)
    except JournalDamaged as damage:
        sentence = Words(f"{damage} Run bulkhead verify.", f"{damage} 请运行 bulkhead verify。")
        context = {"state": State("failed", _DAMAGED, sentence), "sequence": sequence}
        return render(visit.request, "web/decision/damaged.html", context, status=500)
    return render(visit.request, "web/decision/decision.html", decision_view(visit, record))


def proof(visit: Visit, sequence: int) -> HttpResponseBase:
    """The inclusion proof as a file that anybody can check without this console."""
    body = json.dumps(_record(visit, sequence).proof(), indent=2)
    response = HttpResponse(body + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{visit.institution}-{sequence}.proof.json"'
    return response


def _record(visit: Visit, sequence: int) -> DecisionRecord:
    try:
        return decision_record(visit, sequence)
    except NoSuchMovement:
        raise Http404 from None


SECTION = Section(
    "decision",
    (
        Page(
            "decision",
            "decisions/<int:sequence>/",
            Words("Decision", "决策详情"),
            Right.SEE_DECISIONS,
            decision,
        ),
        Page(
            "decision-proof",
            "decisions/<int:sequence>/proof.json",
            Words("Proof of a decision", "决策证明"),
            Right.SEE_DECISIONS,
            proof,
        ),
    ),
)
