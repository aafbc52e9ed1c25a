"""Decisions as the API gives them: a line of a list, and one whole with its reason tree and proof."""

from __future__ import annotations

from collections.abc import Mapping

from ninja import Schema
from pydantic import Field

from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import NO_AMOUNT, Finding
from bulkhead.kernel.reasons import Fact, Reason
from bulkhead.runtime.aftermath import Step
from bulkhead.runtime.projections.movement_query import MovementRow
from bulkhead.web.api.shapes import (
    Amount,
    Moment,
    Party,
    Said,
    Term,
    code_of,
    moment,
    moment_or_none,
    parties,
    said,
    term_of,
)
from bulkhead.web.decisions.record import DecisionRecord
from bulkhead.web.page import Visit

Names = Mapping[str, Party | None]


class DecisionRow(Schema):
    """One decided movement in a list."""

    sequence: int
    effective: Moment
    event: Moment
    kind: str
    phase: str
    amount: Amount
    payer: Party | None
    payee: Party | None
    device: Party | None
    instructed_by: Party | None
    debit_account: Party | None
    credit_account: Party | None
    outcome: str
    status: str
    refusal: str | None
    findings: list[str]
    rules: list[str] = Field(description="Codes of the rules that hit.")
    unknown_rules: list[str] = Field(description="Codes of the rules that could not be known.")
    settled: bool
    debit_posted_minor: int | None = Field(description="Balance of the debited account after it.")
    credit_posted_minor: int | None


class DecisionsOut(Schema):
    """A page of them, newest first. ``next`` is the ``before`` of the page behind it; null at the end."""

    decisions: list[DecisionRow]
    next: int | None
    complete: bool = Field(description="False when the search ran out of time; it goes on from `next`.")
    searched_to: int | None


class FactOut(Schema):
    """A value that a condition read; null: it could not be known."""

    code: str
    label: Said
    value: float | str | bool | None
    unit: str


class ReasonOut(Schema):
    """One statement of the tree. ``holds`` is null where it cannot be known."""

    code: str
    label: Said
    holds: bool | None
    value: str
    grade: str
    why: Said | None
    facts: list[FactOut]
    children: list[ReasonOut]


class EvidenceOut(Schema):
    """An earlier movement of the same payer, payee or device."""

    sequence: int
    effective: Moment
    amount: Amount
    payer: Party | None
    payee: Party | None


class PostingOut(Schema):
    """One leg; all legs of a movement sum to zero."""

    account: Party | None
    amount_minor: int
    posted_minor: int


class HoldStep(Schema):
    """One thing that happened to a hold."""

    sequence: int
    effective: Moment | None
    what: str = Field(description="Type of the event, or the phase of the movement that used it.")
    amount_minor: int | None


class HoldOut(Schema):
    """The hold it placed or used, and what became of it."""

    reference: str
    placed_at: int | None
    steps: list[HoldStep]


class ProofOut(Schema):
    """That the leaf stands in the journal: RFC 6962, SHA-256, hashes in hexadecimal."""

    format: str
    tree: str
    institution: str
    sequence: int
    leaf_hash: str
    path: list[str]
    size: int
    root: str
    holds: bool


class DecisionOut(Schema):
    """Everything that is known of one decision."""

    institution: str
    sequence: int
    movement_id: str
    effective: Moment
    event: Moment
    received: Moment | None
    expires: Moment | None
    kind: Term
    phase: Term
    amount: Amount
    parties: dict[str, Party] = Field(description="payer, payee, device, instructed_by and both accounts.")
    outcome: Term
    status: Term
    refusal: Term | None
    findings: list[Term]
    settled: bool
    rule_set: int
    sentence: Said
    reason: ReasonOut | None
    features: dict[str, float | None]
    evidence: list[EvidenceOut]
    postings: list[PostingOut]
    hold: HoldOut | None
    proof: ProofOut
    before: int | None
    after: int | None


def decision_row(row: MovementRow, names: Names) -> DecisionRow:
    """A line of a list."""
    return DecisionRow(
        sequence=row.sequence,
        effective=moment(row.effective_us),
        event=moment(row.event_us),
        kind=code_of(row.kind),
        phase=code_of(row.phase),
        amount=Amount(minor=row.amount_minor, currency=row.currency),
        payer=names[row.payer],
        payee=names[row.payee],
        device=names[row.device],
        instructed_by=names[row.instructed_by],
        debit_account=names[row.debit_account],
        credit_account=names[row.credit_account],
        outcome=code_of(row.outcome),
        status=code_of(row.status),
        refusal=code_of(row.refusal) if row.refusal else None,
        findings=[code_of(one) for one in Finding(row.findings)],
        rules=list(row.rules),
        unknown_rules=list(row.unknown_rules),
        settled=row.settled,
        debit_posted_minor=row.debit_posted_minor if row.debit_account else None,
        credit_posted_minor=row.credit_posted_minor if row.credit_account else None,
    )


_ROLES = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")


def decision_out(visit: Visit, record: DecisionRecord) -> DecisionOut:
    """The whole record, with names as the visitor may see them."""
    explanation, fixed = record.explanation, record.fixed
    legs = {leg.account for leg in explanation.postings}
    names = parties(visit, {*record.names, *record.strings.values(), *legs} & {*record.names, *legs})
    return DecisionOut(
        institution=record.institution,
        sequence=record.sequence,
        movement_id=record.strings["movement_id"],
        effective=moment(fixed["effective_us"]),
        event=moment(fixed["event_us"]),
        received=moment_or_none(record.neighbours.received_us),
        expires=None if fixed.get("expires_us", NO_AMOUNT) == NO_AMOUNT else moment(fixed["expires_us"]),
        kind=term_of(record.kind),
        phase=term_of(record.phase),
        amount=Amount(minor=fixed["amount_minor"], currency=currency_code(fixed["currency"])),
        parties={role: party for role in _ROLES if (party := names.get(record.strings[role]))},
        outcome=term_of(record.outcome),
        status=term_of(record.status),
        refusal=term_of(record.refusal) if record.refusal else None,
        findings=[term_of(one) for one in record.findings],
        settled=bool(fixed["settled"]),
        rule_set=fixed["rule_set"],
        sentence=said(record.sentence),
        reason=_reason(explanation.reason) if explanation.reason else None,
        features=explanation.features,
        evidence=[
            EvidenceOut(
                sequence=row.sequence,
                effective=moment(row.effective_us),
                amount=Amount(minor=row.amount_minor, currency=record.currency),
                payer=names[row.payer],
                payee=names[row.payee],
            )
            for row in explanation.evidence
        ],
        postings=[
            PostingOut(account=names[leg.account], amount_minor=leg.amount_minor, posted_minor=leg.posted_minor)
            for leg in explanation.postings
        ],
        hold=_hold(record),
        proof=proof_out(record),
        before=record.neighbours.before,
        after=record.neighbours.after,
    )


def proof_out(record: DecisionRecord) -> ProofOut:
    """The proof alone."""
    return ProofOut(**record.proof(), holds=record.explanation.proof.holds)


def _reason(reason: Reason) -> ReasonOut:
    return ReasonOut(
        code=reason.code,
        label=said(reason.label),
        holds=reason.outcome,
        value=reason.value,
        grade=reason.grade,
        why=said(reason.why) if reason.why else None,
        facts=[_fact(fact) for fact in reason.facts],
        children=[_reason(child) for child in reason.children],
    )


def _fact(fact: Fact) -> FactOut:
    return FactOut(code=fact.code, label=said(fact.label), value=fact.value, unit=fact.unit)


def _hold(record: DecisionRecord) -> HoldOut | None:
    if not record.hold:
        return None
    return HoldOut(reference=record.hold, placed_at=record.placed_at, steps=[_step(step) for step in record.steps])


def _step(step: Step) -> HoldStep:
    return HoldStep(
        sequence=step.sequence,
        effective=moment_or_none(step.effective_us),
        what=type(step.event).__name__ if step.event else code_of(step.phase),
        amount_minor=step.amount_minor or None,
    )
