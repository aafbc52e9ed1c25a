"""Decisions: searched by anything a movement has, and each one explained and proved."""

from __future__ import annotations

from ninja import Query

from bulkhead.kernel.reasons import Words
from bulkhead.web.api.decision_asking import DecisionsAsked, decisions_query
from bulkhead.web.api.decision_shapes import (
    DecisionOut,
    DecisionsOut,
    ProofOut,
    decision_out,
    decision_row,
    proof_out,
)
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.paging import cursor_of, next_of
from bulkhead.web.api.shapes import Sequence, parties
from bulkhead.web.decisions.listing import decisions_found
from bulkhead.web.decisions.record import decision_record
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right

_PARTIES = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")


def decisions(visit: Visit, asked: Query[DecisionsAsked]) -> DecisionsOut:
    """One page of the decisions that meet the conditions, newest first."""
    found = decisions_found(visit, decisions_query(visit, asked), cursor_of(asked.before), asked.limit)
    names = parties(visit, {getattr(row, party) for row in found.rows for party in _PARTIES})
    return DecisionsOut(
        decisions=[decision_row(row, names) for row in found.rows],
        next=next_of(found),
        complete=found.complete,
        searched_to=found.searched_to,
    )


def decision(visit: Visit, sequence: Sequence) -> DecisionOut:
    """What was decided and why, what the book did, and the proof that it stands in the journal."""
    return decision_out(visit, decision_record(visit, sequence))


def proof(visit: Visit, sequence: Sequence) -> ProofOut:
    """The inclusion proof, which anybody can check without this console."""
    return proof_out(decision_record(visit, sequence))


OPERATIONS = Operations(
    "decisions",
    Words("Decisions", "决策"),
    (
        Operation(
            "decisions",
            "decisions",
            Words("Search decisions", "查询决策"),
            Right.SEE_DECISIONS,
            decisions,
            detail=Words(
                "Newest first. All conditions must be met; of one that is given several times, any. A search that"
                " ran out of time says `complete: false` and goes on from `next`.",
                "按时间倒序。各条件须同时满足；同一条件多个取值时满足其一即可。"
                "检索超时返回 complete: false，可从 next 继续。",
            ),
        ),
        Operation(
            "decision",
            "decisions/<int:sequence>",
            Words("One decision with its reason tree and proof", "决策详情：原因树与证明"),
            Right.SEE_DECISIONS,
            decision,
        ),
        Operation(
            "decision-proof",
            "decisions/<int:sequence>/proof",
            Words("The proof that a decision stands in the journal", "决策在日志账中的包含证明"),
            Right.SEE_DECISIONS,
            proof,
        ),
    ),
)
