"""Projection rows as PostgreSQL's binary COPY wants them: fixed-width, so whole batches are written at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import TupleRow

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
KEY_COLUMNS = (("institution", 2), ("id_key", 8), ("sequence", 8))
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
    """A projection table whose columns are integers that are never null, then byte strings of known lengths."""

    name: str
    columns: tuple[tuple[str, int], ...]  # integers: name, bytes
    strings: tuple[tuple[str, int], ...] = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """One row in COPY's binary format: field count, then each field behind its length."""
        fields: list[Any] = [("field_count", ">i2")]
        for name, size in self.columns:
            fields += [(f"{name}_bytes", ">i4"), (name, _TYPES[size])]
        for name, size in self.strings:
            fields += [(f"{name}_bytes", ">i4"), (name, "u1", (size,))]
        return np.dtype(fields)

    def empty(self, count: int) -> NDArray[np.void]:
        """``count`` rows with the format's lengths in place."""
        rows = np.zeros(count, self.dtype)
        rows["field_count"] = len(self.columns) + len(self.strings)
        for name, size in (*self.columns, *self.strings):
            rows[f"{name}_bytes"] = size
        return rows

    @property
    def column_list(self) -> str:
        return ", ".join(name for name, _ in (*self.columns, *self.strings))


def movement_table(rule_bytes: int) -> Table:
    """The table of movements for rows decided by a rule set with this many bytes of bits."""
    return Table("movement", MOVEMENT_COLUMNS, (("hits", rule_bytes), ("unknowns", rule_bytes)))


MOVEMENT_TABLE = movement_table(0)
KEY_TABLE = Table("movement_key", KEY_COLUMNS)
BALANCE_TABLE = Table("balance", BALANCE_COLUMNS)


def stored_movement_rows(
    connection: psycopg.Connection[TupleRow], institution: int, first: int, stop: int
) -> list[NDArray[np.void]]:
    """Rows of ``movement`` from a sequence to before another as they are stored, parted by rule set."""
    span = "institution = %s AND sequence >= %s AND sequence < %s"
    parts = connection.execute(
        f"SELECT min(sequence), max(sequence), octet_length(hits) FROM movement WHERE {span}"
        " GROUP BY rule_set, octet_length(hits) ORDER BY 1".encode(),
        [institution, first, stop],
    ).fetchall()
    return [
        _copied(
            connection,
            movement_table(width),
            f"institution = {institution:d} AND sequence BETWEEN {a:d} AND {b:d}",
        )
        for a, b, width in parts
    ]


def _copied(connection: psycopg.Connection[TupleRow], table: Table, condition: str) -> NDArray[np.void]:
    query = f"COPY (SELECT {table.column_list} FROM {table.name} WHERE {condition} ORDER BY sequence)"
    with connection.cursor() as cursor, cursor.copy(f"{query} TO STDOUT (FORMAT binary)".encode()) as copy:
        data = b"".join(copy)
    return np.frombuffer(data[len(COPY_HEADER) : -len(COPY_TRAILER)], table.dtype)


def movement_rows(institution: int, booked: Booked) -> NDArray[np.void]:
    """Rows of ``movement`` for booked movements."""
    rows = movement_table(booked.hits.shape[1]).empty(len(booked.batch))
    rows["institution"] = institution
    rows["sequence"] = booked.first_sequence + np.arange(len(rows))
    rows["id_key"] = booked.keys[:, 0].view(np.int64)
    rows["rule_set"] = booked.rule_set
    rows["hits"], rows["unknowns"] = booked.hits, booked.unknowns
    for name, _ in MOVEMENT_COLUMNS:
        if name in _FROM_OUTCOME:
            rows[name] = booked.outcomes[name]
        elif name not in ("institution", "sequence", "id_key", "rule_set"):
            rows[name] = booked.batch.rows[name]
    return rows


def key_rows(institution: int, keys: NDArray[np.int64], sequences: NDArray[np.int64]) -> NDArray[np.void]:
    """Rows of ``movement_key``, sorted as its index is."""
    order = np.lexsort((sequences, keys))
    rows = KEY_TABLE.empty(len(keys))
    rows["institution"] = institution
    rows["id_key"] = keys[order]
    rows["sequence"] = sequences[order]
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
