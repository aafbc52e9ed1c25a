"""A world decided by the pure machine in memory, as columns: one row a movement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bulkhead.decision.rule_set import RuleSet
from bulkhead.engine.machine import Booked, Machine
from bulkhead.intake.source import load_source
from bulkhead.kernel.events import Event, InstitutionOpened, RuleSetPublished, SourceRegistered
from bulkhead.kernel.movements import AccountClass, MovementBatch, Outcome, Refusal, Status
from bulkhead.kernel.protocols import Vault
from bulkhead.simulation.truth import Truth

KEY = bytes(32)  # only places ids in tables; nothing that is compared depends on it
ALARMING = ("medium", "high", "critical")  # a rule of low severity leaves a note and calls nobody
_TELLING = (Refusal.DECLINED, Refusal.UNAUTHORISED_DEBIT, Refusal.SEGREGATION)


class PlayedWorld(Protocol):
    """A world that can be streamed; its truth is whole once the stream has ended."""

    institution: InstitutionOpened

    @property
    def truth(self) -> Truth: ...

    def stream(self, vault: Vault, rows_max: int = ...) -> Iterator[Event | MovementBatch]: ...


class OpenNames:
    """A vault that hides nothing, for worlds whose people do not exist."""

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        return [f"{entity}:{value}" for value in values]

    def reveal(self, names: Sequence[str]) -> list[str | None]:
        return [name.partition(":")[2] for name in names]


@dataclass(frozen=True, slots=True)
class Decided:
    """Columns of n movements in the order they were decided."""

    ids: NDArray[np.bytes_]  # S[n]
    effective_us: NDArray[np.int64]
    amount_minor: NDArray[np.int64]
    subject: NDArray[np.int32]  # the client an investigator would look at, as the machine's number
    alarm: NDArray[np.bool_]  # somebody is called: held, declined, refused as wrong, or a rule of weight hit
    stopped: NDArray[np.bool_]  # the money did not move
    hits: NDArray[np.bool_]  # [n, rules]
    rule_codes: tuple[str, ...]
    refusal: NDArray[np.uint8]


def opened_machine(institution: InstitutionOpened, rule_set: RuleSet) -> Machine:
    """A machine with the institution's book open and these rules in force."""
    machine = Machine(KEY)
    source = load_source("movements")
    machine.apply(institution)
    machine.apply(SourceRegistered(source.code, source.definition, source.provides))
    machine.apply(RuleSetPublished(1, rule_set.text, "simulation", ""))
    return machine


def decide(world: PlayedWorld, rule_set: RuleSet) -> Decided:
    """Play the whole world through a machine with these rules."""
    machine = opened_machine(world.institution, rule_set)
    heavy = np.array([rule.severity in ALARMING for rule in rule_set.rules])
    parts = []
    for item in world.stream(OpenNames()):
        if isinstance(item, MovementBatch):
            parts.append(_columns(machine.step(item).booked, heavy))
        else:
            machine.apply(item)
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    ids, effective, amount, subject, alarm, stopped, hits, refusal = columns
    codes = tuple(rule.code for rule in rule_set.rules)
    return Decided(ids, effective, amount, subject, alarm, stopped, hits, codes, refusal)


def _columns(booked: Booked, heavy: NDArray[np.bool_]) -> tuple[NDArray[np.generic], ...]:
    rows, outcomes = booked.batch.rows, booked.outcomes
    hits = np.unpackbits(booked.hits, axis=1, bitorder="little")[:, : len(heavy)].astype(bool)
    against = outcomes["outcome"] != Outcome.ALLOW
    alarm = against | np.isin(outcomes["refusal"], _TELLING) | hits[:, heavy].any(axis=1)
    set_aside = (outcomes["status"] == Status.HELD) & (outcomes["outcome"] == Outcome.HOLD)
    debits_client = rows["debit_class"] == AccountClass.CLIENT
    subject = np.where(debits_client, rows["debit_account"], rows["credit_account"]).astype(np.int32)
    return (
        np.array([booked.batch.ids[i].encode() for i in range(len(rows))]),
        outcomes["effective_us"].copy(),
        rows["amount_minor"].copy(),
        subject,
        alarm,
        (outcomes["status"] == Status.REFUSED) | set_aside,
        hits,
        outcomes["refusal"].copy(),
    )
