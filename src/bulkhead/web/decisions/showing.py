"""A decision as its template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bulkhead.kernel.movements import AccountClass, Finding, Outcome, Phase, Status
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.evidence import EvidenceRow
from bulkhead.runtime.projections.similar_movements import SimilarMovement, similar_movements
from bulkhead.web.components.marks import UNKNOWN, Mark, mark_of
from bulkhead.web.components.why import why_tree
from bulkhead.web.decisions.record import DecisionRecord, account_numbers
from bulkhead.web.decisions.story import story_of
from bulkhead.web.decisions.values import value_tables
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of
from bulkhead.web.rights import Right
from bulkhead.web.terms import REFUSAL_SENTENCES, term


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody or something that took part: what they are called here, and where to read more ("" for nowhere)."""

    role: Words
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting, or one side of money set aside."""

    account: Party
    amount_minor: int
    posted_minor: int


SIMILAR_MAX = 8
_ROLES = {
    "payer": Words("Payer", "付款方"),
    "payee": Words("Payee", "收款方"),
    "device": Words("Device", "设备"),
    "instructed_by": Words("Instructed by", "指令方"),
}
_DEBIT, _CREDIT = Words("Debit", "借方"), Words("Credit", "贷方")


def decision_view(visit: Visit, record: DecisionRecord) -> dict[str, Any]:
    """The template's context."""
    explanation, strings = record.explanation, record.strings
    base = f"/i/{visit.institution}"
    with reading_of(visit) as reading:
        numbers = account_numbers(reading, explanation)
        similar = similar_movements(reading, record.sequence, SIMILAR_MAX)
    accounts = _account_links(visit, record, numbers)
    return {
        "record": record,
        "base": base,
        "ending": _ending(record.status, record.outcome),
        "decided": mark_of(record.outcome),
        "status": mark_of(record.status),
        "kind": term(record.kind),
        "phase": None if record.phase == Phase.SINGLE else term(record.phase),
        "findings": [finding_mark(finding) for finding in record.findings],
        "payer": _side(record, "payer", "debit_account", accounts),
        "payee": _side(record, "payee", "credit_account", accounts),
        "parties": [Party(words, record.names[strings[role]]) for role, words in _ROLES.items() if strings[role]],
        "why": why_tree(explanation.reason, visit.language) if explanation.reason else None,
        "tables": [
            (table, record.names.get(table.name, ""))
            for table in value_tables(explanation.features, strings, record.currency, visit.language)
        ],
        "unknown": UNKNOWN,
        "evidence": [_evidence(row, record) for row in explanation.evidence],
        "similar": _similar(visit, similar),
        "legs": _legs(record, accounts),
        "leg_sum": sum(leg.amount_minor for leg in explanation.postings),
        "available": record.fixed["debit_posted_minor"] - record.fixed["debit_held_minor"],
        "debit_known": record.fixed["debit_class"] == AccountClass.CLIENT,
        "refusal": term(record.refusal),
        "refusal_sentence": REFUSAL_SENTENCES.get(record.refusal, ""),
        "leaf_hash": explanation.proof.leaf_hash.hex(),
        "root": explanation.proof.head.root.hex(),
        "story": story_of(
            record.sequence,
            explanation.leaf,
            record.steps,
            record.placed_at,
            record.currency,
            lambda sequence: f"{base}/decisions/{sequence}/",
            f"{base}/holds/" if visit.may(Right.SEE_HOLDS) else "",
        ),
        "command": f"bulkhead explain '#{record.sequence}' --institution {visit.institution}",
    }


def _ending(status: Status, outcome: Outcome) -> Mark:
    """The headline: how it ended. A decision to hold is one only where money waits for people because of it."""
    return mark_of(outcome if status == Status.HELD and outcome == Outcome.HOLD else status)


def finding_mark(finding: Finding) -> Mark:
    """A finding is never nothing: it has happened and should not have."""
    return Mark("triangle", "warn", term(finding))


def _evidence(row: EvidenceRow, record: DecisionRecord) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "effective_us": row.effective_us,
        "amount_minor": row.amount_minor,
        "payer": record.names[row.payer],
        "payee": record.names[row.payee],
    }


def _similar(visit: Visit, similar: Sequence[SimilarMovement]) -> list[dict[str, Any]]:
    rows = [each.movement for each in similar]
    names = shown_names(visit, {name for row in rows for name in (row.payer, row.payee)})
    return [
        {
            "sequence": row.sequence,
            "effective_us": row.effective_us,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "payer": names[row.payer],
            "payee": names[row.payee],
            "mark": _ending(row.status, row.outcome),
            "why": each.why,
        }
        for each, row in zip(similar, rows, strict=True)
    ]


def _account_links(visit: Visit, record: DecisionRecord, numbers: dict[str, int]) -> dict[str, Party]:
    """Both sides of the movement; linked where they are accounts and the visitor may see accounts."""
    found = {}
    for column, words, of_class in (
        ("debit_account", _DEBIT, "debit_class"),
        ("credit_account", _CREDIT, "credit_class"),
    ):
        name = record.strings[column]
        is_account = record.fixed[of_class] != AccountClass.NONE and visit.may(Right.SEE_ACCOUNTS)
        link = f"/i/{visit.institution}/accounts/{numbers[name]}/" if is_account and name in numbers else ""
        found[column] = Party(words, record.names[name], link)
    return found


def _side(record: DecisionRecord, role: str, account: str, accounts: dict[str, Party]) -> Party:
    """The payer or payee of the headline, linked where it is the account itself; the account where there is none."""
    if not record.strings[role]:
        return accounts[account]
    link = accounts[account].link if record.strings[role] == record.strings[account] else ""
    return Party(_ROLES[role], record.names[record.strings[role]], link)


def _legs(record: DecisionRecord, accounts: dict[str, Party]) -> list[Leg]:
    by_name = {record.strings[column]: party for column, party in accounts.items()}
    if record.status == Status.BOOKED:
        return [
            Leg(by_name[leg.account], leg.amount_minor, leg.posted_minor) for leg in record.explanation.postings
        ]
    return []
