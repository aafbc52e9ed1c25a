"""Projection rows as PostgreSQL's binary COPY wants them: fixed-width, so whole batches are written at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.engine.machine import Booked
from bulkhead.kernel.movements import OUTCOME

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"
_TYPES = {2: ">i2", 4: ">i4", 8: ">i8"}

MOVEMENT_COLUMNS = (
    ("institution", 2),
    ("sequence", 8),
    ("id_key", 8),
    ("event_us", 8),
    ("effective_us", 8),
    ("amount_minor", 8),
    ("debit_posted_minor", 8),
    ("debit_held_minor", 8),
    ("credit_posted_minor", 8),
    ("payer", 4),
    ("payee", 4),
    ("device", 4),
    ("instructed_by", 4),
    ("debit_account", 4),
    ("credit_account", 4),
    ("rule_set", 4),
    ("currency", 2),
    ("findings", 2),
    ("kind", 2),
    ("phase", 2),
    ("settled", 2),
    ("outcome", 2),
    ("status", 2),
    ("refusal", 2),
)
RULE_HIT_COLUMNS = (("institution", 2), ("sequence", 8), ("rule_set", 4), ("rule", 4), ("unknown", 2))
BALANCE_COLUMNS = (
    ("institution", 2),
    ("account", 4),
    ("sequence", 8),
    ("posted_minor", 8),
    ("held_minor", 8),
    ("currency", 2),
    ("account_class", 2),
)
_FROM_OUTCOME = frozenset(OUTCOME.names or ())


@dataclass(frozen=True, slots=True)
class Table:
    """A projection table whose columns are all integers that are never null."""

    name: str
    columns: tuple[tuple[str, int], ...]  # name, bytes

    @property
    def dtype(self) -> np.dtype[Any]:
        """One row in COPY's binary format: field count, then each field behind its length."""
        fields = [("field_count", ">i2")]
        for name, size in self.columns:
            fields += [(f"{name}_bytes", ">i4"), (name, _TYPES[size])]
        return np.dtype(fields)

    def empty(self, count: int) -> NDArray[np.void]:
        """``count`` rows with the format's lengths in place."""
        rows = np.zeros(count, self.dtype)
        rows["field_count"] = len(self.columns)
        for name, size in self.columns:
            rows[f"{name}_bytes"] = size
        return rows

    @property
    def column_list(self) -> str:
        return ", ".join(name for name, _ in self.columns)


MOVEMENT_TABLE = Table("movement", MOVEMENT_COLUMNS)
RULE_HIT_TABLE = Table("rule_hit", RULE_HIT_COLUMNS)
BALANCE_TABLE = Table("balance", BALANCE_COLUMNS)


def movement_rows(institution: int, booked: Booked) -> NDArray[np.void]:
    """Rows of ``movement`` for booked movements."""
    rows = MOVEMENT_TABLE.empty(len(booked.batch))
    rows["institution"] = institution
    rows["sequence"] = booked.first_sequence + np.arange(len(rows))
    rows["id_key"] = booked.keys[:, 0].view(np.int64)
    rows["rule_set"] = booked.rule_set
    for name, _ in MOVEMENT_COLUMNS:
        if name in _FROM_OUTCOME:
            rows[name] = booked.outcomes[name]
        elif name not in ("institution", "sequence", "id_key", "rule_set"):
            rows[name] = booked.batch.rows[name]
    return rows


def rule_hit_rows(institution: int, booked: Booked) -> NDArray[np.void]:
    """Rows of ``rule_hit``: rules that hit, and rules that could not be known."""
    row, rule, unknown = [], [], []
    for bits, is_unknown in ((booked.hits, 0), (booked.unknowns, 1)):
        rows_at, rules_at = np.nonzero(np.unpackbits(bits, axis=1, bitorder="little"))
        row.append(rows_at)
        rule.append(rules_at)
        unknown.append(np.full(len(rows_at), is_unknown))
    # Not put together from finished rows: joining those would turn their bytes into this machine's order.
    rows = RULE_HIT_TABLE.empty(sum(len(part) for part in row))
    rows["institution"] = institution
    rows["sequence"] = booked.first_sequence + np.concatenate(row)
    rows["rule_set"] = booked.rule_set
    rows["rule"] = np.concatenate(rule)
    rows["unknown"] = np.concatenate(unknown)
    return rows


def balance_rows(
    institution: int, accounts: NDArray[np.int64], records: NDArray[np.void], sequence: int
) -> NDArray[np.void]:
    """Rows of ``balance`` for these account numbers and their records (ACCOUNT) before leaf ``sequence``."""
    rows = BALANCE_TABLE.empty(len(accounts))
    rows["institution"] = institution
    rows["account"] = accounts
    rows["sequence"] = sequence
    for name in ("posted_minor", "held_minor", "currency", "account_class"):
        rows[name] = records[name]
    return rows
