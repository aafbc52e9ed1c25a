"""Compile everything that is compiled, or load it from the cache, before anyone waits for it.

A small machine in memory decides one of each kind of movement, is folded from its own leaves, and comes back
from its own snapshot: so every compiled loop has met the types it meets in earnest.
"""

from __future__ import annotations

import time

import numpy as np

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.engine.snapshot import dump, restore
from bulkhead.kernel.events import (
    AccountOpened,
    InstitutionOpened,
    RuleSetPublished,
    SourceRegistered,
    TimeAdvanced,
)
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.movements import (
    ABSENT,
    MOVEMENT,
    NO_AMOUNT,
    AccountClass,
    MovementBatch,
    MovementKind,
    Phase,
    Strings,
)

_KEY = bytes(32)
_NAMES = ("book:summary", "client:ann", "client:bo", "device:one")
_HOLDS = ("bid-1",)
_CNY = 156
_START_US = 1_767_225_600_000_000  # 2026-01-01
_DAY_US = 86_400_000_000
_COLUMNS = ("device", "instructed_by", "stated_balance")


def warm() -> float:
    """Run the machine once over everything; gives the seconds it took."""
    began_s = time.perf_counter()
    machine = Machine(_KEY)
    sealed = [machine.apply(event) for event in _events()]
    sealed.append(machine.step(_movements()).sealed)
    machine.suspects(_movements())
    sealed.append(machine.apply(TimeAdvanced(_START_US + _DAY_US)))
    again = Machine(_KEY)
    leaves = Leaves.of([each.leaves[k] for each in sealed for k in range(len(each.leaves))])
    again.fold(leaves, b"".join(each.leaf_hashes for each in sealed))
    assert again.tree.root() == machine.tree.root(), "a fold gives what stepping gave"
    restore(dump(again), _KEY).step(_movements())
    return time.perf_counter() - began_s


def _events() -> tuple[InstitutionOpened | SourceRegistered | RuleSetPublished | AccountOpened, ...]:
    accounts = (AccountOpened(name, int(AccountClass.CLIENT), "CNY") for name in _NAMES[1:3])
    return (
        InstitutionOpened("warming", "CNY", 480),
        SourceRegistered("warming", "", _COLUMNS),
        RuleSetPublished(1, default_rule_set().text, "warming", ""),
        *accounts,
    )


def _movements() -> MovementBatch:
    """A settled deposit, a transfer, and a hold that is placed, used and given back; then one that lapses."""
    rows = np.zeros(6, MOVEMENT)
    summary, ann, bo, device = range(len(_NAMES))
    for row, kind, phase, debit, credit, amount_minor in zip(
        rows,
        (MovementKind.DEPOSIT, MovementKind.TRANSFER, *4 * (MovementKind.BID,)),
        (Phase.SINGLE, Phase.SINGLE, Phase.PLACE, Phase.POST, Phase.VOID, Phase.PLACE),
        (summary, *5 * (ann,)),
        (ann, *5 * (bo,)),
        (100_000, 100, 200, 100, 100, 300),
        strict=True,
    ):
        row["kind"], row["phase"], row["amount_minor"], row["currency"] = kind, phase, amount_minor, _CNY
        row["payer"] = row["debit_account"] = row["instructed_by"] = debit
        row["payee"] = row["credit_account"] = credit
        row["debit_class"] = AccountClass.SUMMARY if debit == summary else AccountClass.CLIENT
        row["credit_class"] = AccountClass.CLIENT
        row["device"] = device
        row["hold"] = 0 if phase != Phase.SINGLE else ABSENT
        row["settled"] = kind == MovementKind.DEPOSIT
    rows["event_us"] = _START_US + np.arange(len(rows)) * 1_000_000
    rows["stated_balance_minor"] = NO_AMOUNT
    rows["expires_us"] = NO_AMOUNT
    rows["expires_us"][-1] = _START_US + _DAY_US // 2
    return MovementBatch(rows, Strings.of(["in-1", "out-1", "bid-1", "pay-1", "back-1", "bid-2"]), _NAMES, _HOLDS)
