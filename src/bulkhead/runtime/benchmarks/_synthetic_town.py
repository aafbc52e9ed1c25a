"""A town as the projector would have written it, without the engine's work: only the tables are measured.

Its rows have the skew of a real book: few clients move much, most rules hit seldom, some values never meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.custody.accounts import ACCOUNT
from bulkhead.decision.rule_set import default_rule_set
from bulkhead.engine.machine import Booked
from bulkhead.kernel.events import Event, InstitutionOpened, RuleSetPublished
from bulkhead.kernel.money import currency_number
from bulkhead.kernel.movements import (
    ABSENT,
    MOVEMENT,
    OUTCOME,
    AccountClass,
    Finding,
    MovementBatch,
    MovementKind,
    Outcome,
    Phase,
    Refusal,
    Status,
    Strings,
)
from bulkhead.runtime.projections.projector import MARK_EVERY, Projection

FIRST_US = 1_704_067_200_000_000  # 2024-01-01
_GAP_US_MAX = 6_000_000
_BOOK = ("book:summary", "book:fee", "book:own", "book:suspense")
_KINDS = (
    (MovementKind.PAYMENT, 0.45),
    (MovementKind.TRANSFER, 0.15),
    (MovementKind.DEPOSIT, 0.15),
    (MovementKind.WITHDRAWAL, 0.1),
    (MovementKind.FEE, 0.05),
    (MovementKind.BID, 0.05),
    (MovementKind.REPAYMENT, 0.03),
    (MovementKind.DISBURSEMENT, 0.0145),
    (MovementKind.INTEREST, 0.005),
    (MovementKind.SWEEP, 0.0004),
    (MovementKind.OWN, 0.0001),
)
_REFUSALS = (
    (Refusal.INSUFFICIENT_FUNDS, 3e-3),
    (Refusal.UNKNOWN_ACCOUNT, 1e-4),
    (Refusal.UNAUTHORISED_DEBIT, 2e-5),
    (Refusal.SEGREGATION, 2e-6),
)
_FINDINGS = ((Finding.BALANCE_DIFFERS, 1e-3), (Finding.OVERDRAFT, 1e-4), (Finding.SEGREGATION, 3e-6))


@dataclass(frozen=True, slots=True)
class Population:
    """How many there are of each; their names are numbered in this order, after those of the book."""

    clients: int
    devices: int
    banks: int
    staff: int

    @classmethod
    def of(cls, rows: int) -> Population:
        clients = max(1_000, rows // 10)
        return cls(clients, clients + clients // 5, max(200, clients // 5), 40)

    @property
    def names(self) -> list[str]:
        names = list(_BOOK)
        names += [f"client:{n * 2_654_435_761 % 2**40:016x}" for n in range(self.clients)]
        names += [f"device:{n * 2_654_435_761 % 2**40:016x}" for n in range(self.devices)]
        return names + [f"bank:{n:06d}" for n in range(self.banks)] + [f"staff:{n}" for n in range(self.staff)]


def projections(rows: int, seed: int = 7) -> Iterator[Projection]:
    """What the feed would have given for ``rows`` movements, a mark of balances apart."""
    draws = np.random.Generator(np.random.PCG64(seed))
    population, text = Population.of(rows), default_rule_set().text
    names = tuple(population.names)
    events: tuple[tuple[int, Event], ...] = (
        (0, InstitutionOpened("tables", "CNY", 480)),
        (1, RuleSetPublished(1, text, "bench", "")),
    )
    nothing = np.zeros(0, np.int64), np.zeros(0, ACCOUNT)
    yield Projection(2, (), events, 0, names, nothing, complete=False)
    posted = np.zeros(len(names), np.int64)
    sequence, now_us = 2, FIRST_US
    while sequence < rows + 2:
        booked = _booked(draws, population, sequence, min(MARK_EVERY, rows + 2 - sequence), now_us)
        sequence, now_us = sequence + len(booked.batch), int(booked.outcomes["effective_us"][-1])
        balances = _balances(posted, booked)
        yield Projection(sequence, (booked,), (), len(names), (), balances, complete=sequence == rows + 2)


def _booked(draws: np.random.Generator, population: Population, first: int, count: int, now_us: int) -> Booked:
    rows, outcomes = np.zeros(count, MOVEMENT), np.zeros(count, OUTCOME)
    rows["event_us"] = outcomes["effective_us"] = now_us + np.cumsum(draws.integers(0, _GAP_US_MAX, count))
    kinds, weights = zip(*_KINDS, strict=True)
    rows["kind"] = draws.choice(np.array(kinds, np.uint8), count, p=np.array(weights) / sum(weights))
    rows["phase"] = np.where(rows["kind"] == MovementKind.BID, Phase.PLACE, Phase.SINGLE)
    rows["currency"] = currency_number("CNY")
    rows["settled"] = draws.random(count) < 0.4
    amounts = np.exp(draws.normal(9.5, 1.8, count)).astype(np.int64) + 1
    rows["amount_minor"] = np.where(draws.random(count) < 0.2, (amounts // 10_000 + 1) * 10_000, amounts)
    _fill_parties(draws, population, rows)
    _fill_outcomes(draws, rows, outcomes)
    rules = len(default_rule_set().rules)
    hits = _rare_bits(draws, count, rules, most=0.03)
    unknowns = _rare_bits(draws, count, rules, most=0.01)
    batch = MovementBatch(rows, Strings(np.zeros(0, np.uint8), np.zeros(count + 1, np.int64)), ())
    keys = draws.integers(0, 2**63, (count, 2)).astype(np.uint64)
    return Booked(first, batch, outcomes, 1, hits, unknowns, keys)


def _fill_parties(draws: np.random.Generator, population: Population, rows: NDArray[np.void]) -> None:
    count, clients = len(rows), population.clients
    client = (clients * draws.random(count) ** 3).astype(np.int64)
    other = (clients * draws.random(count) ** 1.5).astype(np.int64)
    device = client + (draws.random(count) < 0.1) * (clients // 5)
    bank = (population.banks * draws.random(count) ** 2).astype(np.int64)
    first_client, first_device = len(_BOOK), len(_BOOK) + clients
    first_bank = first_device + population.devices
    between = np.isin(rows["kind"], [MovementKind.TRANSFER, MovementKind.BID, MovementKind.REPAYMENT])
    incoming = np.isin(rows["kind"], [MovementKind.DEPOSIT, MovementKind.INTEREST])
    rows["payer"] = np.where(incoming, first_bank + bank, first_client + client)
    rows["payee"] = np.where(between, first_client + other, first_bank + bank)
    rows["payee"] = np.where(incoming, first_client + client, rows["payee"])
    rows["device"] = np.where(incoming, ABSENT, first_device + device)
    rows["instructed_by"] = np.where(incoming, ABSENT, first_client + client)
    staff = draws.random(count) < 0.002
    rows["instructed_by"][staff] = first_bank + population.banks + draws.integers(0, population.staff, staff.sum())
    rows["debit_account"] = np.where(incoming, 0, rows["payer"])
    rows["credit_account"] = np.where(between | incoming, rows["payee"], rows["kind"] == MovementKind.FEE)


def _fill_outcomes(draws: np.random.Generator, rows: NDArray[np.void], outcomes: NDArray[np.void]) -> None:
    luck = draws.random(len(rows))
    outcomes["outcome"] = np.where(
        luck < 5e-4, Outcome.DECLINE, np.where(luck < 8e-3, Outcome.HOLD, Outcome.ALLOW)
    )
    outcomes["refusal"] = np.where(outcomes["outcome"] == Outcome.DECLINE, Refusal.DECLINED, Refusal.NONE)
    for refusal, rate in _REFUSALS:
        outcomes["refusal"][draws.random(len(rows)) < rate] = refusal
    held = (outcomes["outcome"] == Outcome.HOLD) | (rows["phase"] == Phase.PLACE)
    outcomes["status"] = np.where(held, Status.HELD, Status.BOOKED)
    outcomes["status"][outcomes["refusal"] != Refusal.NONE] = Status.REFUSED
    for finding, rate in _FINDINGS:
        outcomes["findings"][draws.random(len(rows)) < rate] |= int(finding)
    for column in ("debit_posted_minor", "credit_posted_minor"):
        outcomes[column] = draws.integers(0, 10_000_000, len(rows))


def _rare_bits(draws: np.random.Generator, count: int, rules: int, *, most: float) -> NDArray[np.uint8]:
    """Rule ``k`` is set about half as often as the one before it."""
    bits = np.zeros((count, rules), np.uint8)
    for k in range(rules):
        chosen = draws.integers(0, count, draws.poisson(count * most * 0.6**k))
        bits[chosen, k] = 1
    return np.packbits(bits, axis=1, bitorder="little")


def _balances(posted: NDArray[np.int64], booked: Booked) -> tuple[NDArray[np.int64], NDArray[np.void]]:
    """A mark of the accounts that were touched; ``posted`` is carried on in place."""
    rows = booked.batch.rows
    settled = booked.outcomes["status"] == Status.BOOKED
    np.add.at(posted, rows["credit_account"][settled], rows["amount_minor"][settled])
    np.subtract.at(posted, rows["debit_account"][settled], rows["amount_minor"][settled])
    accounts = np.unique(np.concatenate([rows["debit_account"], rows["credit_account"]])).astype(np.int64)
    records = np.zeros(len(accounts), ACCOUNT)
    records["posted_minor"] = posted[accounts]
    records["currency"] = currency_number("CNY")
    records["account_class"] = AccountClass.CLIENT
    of_book = accounts < len(_BOOK)
    records["account_class"][of_book] = np.array(
        [AccountClass.SUMMARY, AccountClass.FEE, AccountClass.OWN, AccountClass.SUSPENSE]
    )[accounts[of_book]]
    return accounts, records
