"""Movements to measure with: the card payments when they are there, otherwise a seeded stream like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bulkhead.intake.reading import open_input
from bulkhead.intake.source import load_source
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.money import currency_number
from bulkhead.kernel.movements import (
    ABSENT,
    BATCH_ROWS_MAX,
    MOVEMENT,
    NO_AMOUNT,
    AccountClass,
    MovementBatch,
    MovementKind,
    Strings,
)

PAYERS, PAYEES = 5_000, 10_000
_FIRST_US = 1_522_540_800_000_000  # 1 April 2018, as the card payments
_GAP_US_MAX = 18_000_000


def movements(data: Path | None, rows: int) -> list[MovementBatch]:
    """At most ``rows`` movements in batches as the engine takes them."""
    batches = _card_payments(data) if data else _seeded(rows)
    whole = rows // BATCH_ROWS_MAX
    return batches[: whole + 1]


def on_one_account(batch: MovementBatch) -> MovementBatch:
    """The same movements, all paid by one account."""
    rows = batch.rows.copy()
    rows["payer"] = rows["debit_account"] = batch.rows["payer"][0]
    return MovementBatch(rows, batch.ids, batch.names, batch.holds)


def _card_payments(data: Path) -> list[MovementBatch]:
    source = load_source("card-payments")
    with open_input(data, source, MemoryVault(MemoryTables()), latest_us=2**62) as reader:
        return [part.batch for chunk in reader for part in chunk.split(BATCH_ROWS_MAX)]


def _seeded(rows: int) -> list[MovementBatch]:
    generator = np.random.Generator(np.random.PCG64(7))
    names = tuple(f"client:{n:016d}" for n in range(PAYERS)) + tuple(f"terminal:{n}" for n in range(PAYEES))
    names += ("book:summary",)
    event_us = _FIRST_US + np.cumsum(generator.integers(0, _GAP_US_MAX, rows))
    whole = np.zeros(rows, MOVEMENT)
    whole["event_us"] = event_us
    whole["payer"] = whole["debit_account"] = generator.integers(0, PAYERS, rows)
    whole["payee"] = PAYERS + generator.integers(0, PAYEES, rows)
    whole["credit_account"] = len(names) - 1
    whole["device"] = whole["instructed_by"] = whole["hold"] = ABSENT
    whole["stated_balance_minor"] = whole["expires_us"] = NO_AMOUNT
    whole["amount_minor"] = generator.integers(100, 20_000, rows)
    whole["currency"] = currency_number("EUR")
    whole["kind"], whole["settled"] = MovementKind.PAYMENT, 1
    whole["debit_class"], whole["credit_class"] = AccountClass.CLIENT, AccountClass.SUMMARY
    return [
        MovementBatch(part := whole[start : start + BATCH_ROWS_MAX], _ids(start, len(part)), names)
        for start in range(0, rows, BATCH_ROWS_MAX)
    ]


def _ids(start: int, count: int) -> Strings:
    return Strings.of([str(number) for number in range(start, start + count)])
