"""All that is known of one decision: what its page shows and the API gives, with names as the visitor may see them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import NO_AMOUNT, Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.aftermath import Step, aftermath, hold_of, placed_by
from bulkhead.runtime.explaining import Explanation, explain
from bulkhead.runtime.projections.movement_neighbours import Neighbours, neighbours_of
from bulkhead.runtime.projections.movement_query import Reading
from bulkhead.web.books import book
from bulkhead.web.decisions.sentence import sentence_of
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of

_PARTIES = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")
_MEMBERS = {"kind": MovementKind, "phase": Phase, "outcome": Outcome, "status": Status, "refusal": Refusal}


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One movement, decided. ``names`` has every name that occurs, as this visitor may see it."""

    institution: str
    explanation: Explanation
    currency: str
    sentence: Words
    steps: tuple[Step, ...]  # what became of the hold it placed
    placed_at: int | None  # the movement that placed the hold it used
    neighbours: Neighbours
    names: dict[str, str]

    @property
    def sequence(self) -> int:
        return self.explanation.sequence

    @property
    def kind(self) -> MovementKind:
        return MovementKind(self.fixed["kind"])

    @property
    def phase(self) -> Phase:
        return Phase(self.fixed["phase"])

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.fixed["outcome"])

    @property
    def status(self) -> Status:
        return Status(self.fixed["status"])

    @property
    def refusal(self) -> Refusal:
        return Refusal(self.fixed["refusal"])

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(Finding(self.fixed["findings"]))

    @property
    def fixed(self) -> dict[str, int]:
        return self.explanation.leaf.fixed

    @property
    def strings(self) -> dict[str, str]:
        return self.explanation.leaf.strings

    @property
    def hold(self) -> str:
        """The reference of the hold it placed or used; "" where there is none."""
        return hold_of(self.explanation.leaf)

    def proof(self) -> dict[str, Any]:
        """The inclusion proof, as ``kernel.merkle.verify_inclusion`` takes it, hashes in hexadecimal."""
        proof = self.explanation.proof
        return {
            "format": "bulkhead inclusion proof 1",
            "tree": "RFC 6962, SHA-256",
            "institution": self.institution,
            "sequence": self.sequence,
            "leaf_hash": proof.leaf_hash.hex(),
            "path": [node.hex() for node in proof.path],
            "size": proof.head.size,
            "root": proof.head.root.hex(),
        }

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON-able values; amounts in minor units, times in UTC microseconds."""
        explanation = self.explanation
        return {
            "institution": self.institution,
            "sequence": self.sequence,
            "movement": self._movement(),
            "sentence": self.sentence.as_dict(),
            "reason": explanation.reason.as_dict() if explanation.reason else None,
            "features": explanation.features,
            "evidence": [
                asdict(row) | {"payer": self.names[row.payer], "payee": self.names[row.payee]}
                for row in explanation.evidence
            ],
            "postings": [asdict(leg) | {"account": self.names[leg.account]} for leg in explanation.postings],
            "hold": self._hold(),
            "proof": self.proof() | {"holds": explanation.proof.holds},
            "before": self.neighbours.before,
            "after": self.neighbours.after,
        }

    def _movement(self) -> dict[str, Any]:
        numbers = {
            name: None if value == NO_AMOUNT else value
            for name, value in self.fixed.items()
            if name.endswith(("_us", "_minor")) or name == "rule_set"
        }
        return {
            **{name: member(self.fixed[name]).name.lower() for name, member in _MEMBERS.items()},
            **{name: self.names[self.strings[name]] for name in _PARTIES},
            **numbers,
            "movement_id": self.strings["movement_id"],
            "currency": self.currency,
            "settled": bool(self.fixed["settled"]),
            "findings": [(finding.name or "").lower() for finding in self.findings],
            "received_us": self.neighbours.received_us,
        }

    def _hold(self) -> dict[str, Any] | None:
        if not self.hold:
            return None
        return {
            "reference": self.hold,
            "placed_at": self.placed_at,
            "steps": [
                {
                    "sequence": step.sequence,
                    "effective_us": step.effective_us,
                    "event": type(step.event).__name__ if step.event else step.phase.name.lower(),
                    "amount_minor": step.amount_minor or None,
                }
                for step in self.steps
            ],
        }


def decision_record(visit: Visit, sequence: int) -> DecisionRecord:
    """The decision at a journal leaf. Raises ``NoSuchMovement`` where the leaf is none."""
    stores = book(visit.institution).stores
    explanation = explain(stores, f"#{sequence}")
    leaf = explanation.leaf
    with reading_of(visit) as reading:
        return DecisionRecord(
            institution=visit.institution,
            explanation=explanation,
            currency=currency_code(leaf.fixed["currency"]),
            sentence=sentence_of(explanation),
            steps=aftermath(stores, reading, sequence, leaf),
            placed_at=placed_by(stores, reading, sequence, leaf),
            neighbours=neighbours_of(reading, sequence),
            names=shown_names(visit, _names_in(explanation)),
        )


def account_numbers(reading: Reading, explanation: Explanation) -> dict[str, int]:
    """The numbers of the two accounts, by which their pages are found; without those the book does not know."""
    names = [explanation.leaf.strings[column] for column in ("debit_account", "credit_account")]
    rows = reading.rows(
        "SELECT name, number FROM name WHERE institution = %(institution)s AND name = ANY(%(names)s)",
        {"names": names},
    )
    return dict(rows)


def _names_in(explanation: Explanation) -> set[str]:
    of_leaf = {explanation.leaf.strings[column] for column in _PARTIES}
    return {*of_leaf, *(name for row in explanation.evidence for name in (row.payer, row.payee)), ""}
