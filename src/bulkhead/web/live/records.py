"""What goes over the line: server-sent events made of what has arrived, in the words of those who watch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils import translation

from bulkhead.kernel.movements import Finding, Outcome, Refusal, Status
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.projections.arrivals import Arrivals
from bulkhead.runtime.projections.movement_query import MovementRow
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit, language_now
from bulkhead.web.people.models import Account
from bulkhead.web.rights import Right
from bulkhead.web.templatetags.wording import money
from bulkhead.web.terms import term


@dataclass(frozen=True, slots=True)
class Message:
    """One event as it is sent. After it a viewer has seen all before ``stop``; None where it moves nobody on."""

    start: int
    stop: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Wording:
    """For whom a record is worded: everybody alike in these reads the same bytes."""

    institution: str
    offset_minutes: int
    clear_names: bool
    language: Language


def record(found: Arrivals, wording: Wording, *, kind: str = "tick") -> Message:
    """``tick`` for what has just arrived, ``missed`` for what a viewer had missed, ``history`` for what was before."""
    with translation.override("zh-hans" if wording.language == "zh" else "en"):
        names = _names(found, wording)
        body = {
            "from": found.start,
            "to": found.stop,
            "at_ms": now_ms(),
            "lag_ms": now_ms() - found.received_us // 1000,
            "total": found.total,
            "matching": found.matching,
            "counts": {outcome.name.lower(): number for outcome, number in found.outcomes.items()},
            "refused": found.refused,
            "findings": found.findings,
            "alarms": found.alarms,
            "alarm_rows": [_row(row, names, wording) for row in found.alarm_rows],
            "alarms_more": found.alarms - len(found.alarm_rows),
            "rows": [_row(row, names, wording) for row in found.rows],
            "rows_more": found.matching - found.alarms - len(found.rows),
        }
    return Message(found.start, found.stop, event(kind, body, found.stop))


def event(kind: str, body: Mapping[str, Any], sequence: int | None = None) -> bytes:
    """One server-sent event; with a sequence, a viewer that comes back goes on from there."""
    head = f"event: {kind}\n" if sequence is None else f"event: {kind}\nid: {sequence}\n"
    return head.encode() + b"data: " + msgspec.json.encode(body) + b"\n\n"


def now_ms() -> int:
    """The wall clock, as browsers count it."""
    return time.time_ns() // 1_000_000


def _names(found: Arrivals, wording: Wording) -> dict[str, str]:
    rights = frozenset({Right.SEE_NAMES} if wording.clear_names else ())
    reader = Visit(HttpRequest(), Account(), wording.institution, rights)
    parties = {name for row in (*found.alarm_rows, *found.rows) for name in (row.payer, row.payee)}
    return shown_names(reader, parties - {""})


def _row(row: MovementRow, names: Mapping[str, str], wording: Wording) -> dict[str, Any]:
    local = datetime.fromtimestamp(row.effective_us // 1_000_000, UTC) + timedelta(minutes=wording.offset_minutes)
    alarm = row.outcome is not Outcome.ALLOW or row.status is Status.REFUSED or bool(row.findings)
    return {
        "seq": row.sequence,
        "day": local.strftime("%Y-%m-%d"),
        "time": local.strftime("%H:%M:%S"),
        "kind": _said(row.kind),
        "amount": money(row.amount_minor, row.currency),
        "payer": names.get(row.payer, "–"),
        "payee": names.get(row.payee, "–"),
        "outcome": row.outcome.name.lower(),
        "status": row.status.name.lower(),
        "why": _reasons(row) if alarm else [],
        "rules": row.rules[:RULES_MAX],
        "rules_more": max(0, len(row.rules) - RULES_MAX),
    }


def _reasons(row: MovementRow) -> list[str]:
    """Why the book refused it, and what is wrong with it though it was booked."""
    refused = [_said(row.refusal)] if row.refusal is not Refusal.NONE else []
    return refused + [_said(finding) for finding in Finding(row.findings)]


def _said(member: Any) -> str:
    return term(member)[language_now()]


RULES_MAX = 3
