"""What a caller hears about its movements: fresh decisions from their columns, repeats from their leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.engine.machine import Booked, Machine
from bulkhead.kernel.leaves import MovementLeaf, decode_movement_leaf
from bulkhead.kernel.movements import ABSENT, NAME_COLUMNS, Finding, MovementBatch, Outcome, Refusal, Status
from bulkhead.kernel.protocols import Storage
from bulkhead.runtime.service.commands import Decision, Movement, Problem
from bulkhead.runtime.service.records import shown_id

_OUTCOMES = {int(member): member.name.lower() for member in Outcome}
_STATUSES = {int(member): member.name.lower() for member in Status}
_REFUSALS = {int(member): member.name.lower() if member else "" for member in Refusal}
_OUTCOME = ("outcome", "status", "refusal", "findings")
_SAME = ("kind", "phase", "settled", "currency", "event_us", "amount_minor", "stated_balance_minor", "expires_us")


@dataclass(frozen=True, slots=True)
class Taken:
    """One micro-batch after its commit. Records are counted from 0; each is in exactly one of the three maps."""

    records: Sequence[Movement]
    batch: MovementBatch  # as read: codes into its own names
    positions: Mapping[int, int]  # record -> row of ``batch``, for all without a problem
    problems: Mapping[int, Problem]
    fresh: Mapping[int, int]  # record -> row of ``booked``
    repeats: Mapping[int, int]  # record -> sequence of the movement that had its id first
    booked: Booked | None
    rule_codes: tuple[str, ...]


class Answers:
    """Gives the decisions of an institution's movements. Any thread may ask."""

    def __init__(self, journal: Storage, machine: Machine) -> None:
        self._journal = journal
        self._machine = machine
        self._codes: dict[int, tuple[str, ...]] = {0: ()}

    def of(self, taken: Taken, start: int, stop: int) -> tuple[Decision, ...]:
        """The decisions of records ``start`` to ``stop``. The batch must be durable."""
        records = range(start, stop)
        fresh = self._fresh(taken, [record for record in records if record in taken.fresh])
        return tuple(fresh[record] if record in fresh else self._other(taken, record) for record in records)

    def _fresh(self, taken: Taken, records: list[int]) -> dict[int, Decision]:
        """Decisions made in this batch, a column at a time."""
        if not records:
            return {}
        assert taken.booked is not None
        rows = np.array([taken.fresh[record] for record in records])
        columns = {name: taken.booked.outcomes[name][rows].tolist() for name in _OUTCOME}
        bits = np.unpackbits(taken.booked.hits[rows], axis=1, count=len(taken.rule_codes), bitorder="little")
        rules: list[list[str]] = [[] for _ in records]
        for k, rule in np.argwhere(bits).tolist():
            rules[k].append(taken.rule_codes[rule])
        return {
            record: _decision(
                shown_id(taken.records[record]),
                taken.booked.first_sequence + taken.fresh[record],
                {name: column[k] for name, column in columns.items()},
                tuple(rules[k]),
            )
            for k, record in enumerate(records)
        }

    def _other(self, taken: Taken, record: int) -> Decision:
        shown = shown_id(taken.records[record])
        if record in taken.problems:
            return Decision(id=shown, problem=taken.problems[record])
        return self._first_answer(taken, record, shown)

    def _first_answer(self, taken: Taken, record: int, shown: str) -> Decision:
        sequence = taken.repeats[record]
        leaf = decode_movement_leaf(self._journal.read_leaf(sequence))
        if not _same(leaf, taken.batch, taken.positions[record]):
            reason = f"found an id that stands for another movement (journal leaf {sequence}); expected a new one"
            return Decision(id=shown, problem=Problem("id", reason))
        codes = self._rule_codes(leaf.fixed["rule_set"])
        hits = tuple(code for code, hit in zip(codes, leaf.hits, strict=True) if hit)
        return _decision(shown, sequence, leaf.fixed, hits, repeat=True)

    def _rule_codes(self, number: int) -> tuple[str, ...]:
        if number not in self._codes:
            rules = parse_rule_set(self._machine.rule_set_events[number - 1].text).rules
            self._codes[number] = tuple(rule.code for rule in rules)
        return self._codes[number]


def _decision(
    shown: str, sequence: int, fixed: Mapping[str, int], rules: tuple[str, ...], *, repeat: bool = False
) -> Decision:
    return Decision(
        id=shown,
        sequence=sequence,
        outcome=_OUTCOMES[fixed["outcome"]],
        status=_STATUSES[fixed["status"]],
        refusal=_REFUSALS[fixed["refusal"]],
        findings=_findings(fixed["findings"]),
        rules=rules,
        repeat=repeat,
    )


@cache
def _findings(bits: int) -> tuple[str, ...]:
    return tuple((finding.name or "").lower() for finding in Finding(bits))


def _same(leaf: MovementLeaf, batch: MovementBatch, row: int) -> bool:
    """Whether a movement says exactly what the leaf of its id says."""
    record = batch.rows[row]
    if any(int(record[name]) != leaf.fixed[name] for name in _SAME):
        return False
    for column in NAME_COLUMNS:
        if leaf.strings[column] != ("" if record[column] == ABSENT else batch.names[record[column]]):
            return False
    return leaf.strings["hold"] == ("" if record["hold"] == ABSENT else batch.holds[record["hold"]])
