"""Rows that could not become events: listed, shown, corrected, and followed until they are settled.

``JournalStore.append`` puts them here in the commit that passes over them. What a row says may be personal, so
its text and its correction are sealed by the vault; input, field and reason are in the clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import TupleRow

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.lifecycles import QUARANTINED_ROW, Refused, advance
from bulkhead.runtime.store.session import Connect, Session
from bulkhead.runtime.store.vault import PostgresVault

LISTED_MAX = 1_000
TEXT_CHARACTERS_MAX = 1_000  # of a field name or reason, which may quote what was found

_ENTRY = "number, state, received_us, input_sha256, input_name, source, input_row, field, reason"
_CHANGE = """
WITH changed AS (
    UPDATE quarantine
    SET state = %(next)s, corrected = coalesce(%(corrected)b::bytea, corrected),
        reason = coalesce(%(reason)s::text, reason)
    WHERE institution = %(institution)s AND number = %(number)s AND state = %(state)s
    RETURNING institution, number
)
INSERT INTO quarantine_change (institution, number, verb, actor, note)
SELECT institution, number, %(verb)s, %(actor)s, %(note)s FROM changed
"""


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A quarantined row under the number it was given. In a list, ``row.raw`` and ``corrected`` are left out."""

    number: int
    state: str
    received_us: int
    row: QuarantinedRow
    corrected: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantineChange:
    """Who did what to an entry and why; the time is the database's, UTC microseconds."""

    verb: str
    actor: str
    note: str
    changed_us: int


class QuarantineStore:
    """The quarantine of one institution. Its methods raise ``ConnectionError`` without a database."""

    def __init__(self, connect: Connect, institution: int, vault: PostgresVault) -> None:
        self._session = Session(connect)
        self._institution = institution
        self._vault = vault

    def counts(self) -> dict[str, int]:
        """How many entries are in each state; states without any are left out."""
        rows = self._session.execute(
            "SELECT state, count(*) FROM quarantine WHERE institution = %s GROUP BY state ORDER BY state",
            [self._institution],
        )
        return dict(rows.fetchall())

    def entries(self, state: str | None = None, after: int = 0, limit: int = 100) -> list[QuarantineEntry]:
        """Entries with numbers above ``after``, oldest first, all or those in one state; at most 1,000."""
        rows = self._session.execute(
            f"SELECT {_ENTRY} FROM quarantine WHERE institution = %(institution)s AND number > %(after)s"
            " AND (%(state)s::text IS NULL OR state = %(state)s) ORDER BY number LIMIT %(limit)s",
            {
                "institution": self._institution,
                "after": after,
                "state": state,
                "limit": max(0, min(limit, LISTED_MAX)),
            },
        )
        return [_entry(row, raw="", corrected=None) for row in rows.fetchall()]

    def show(self, number: int) -> QuarantineEntry:
        """One entry with the text of its row. Raises ``BadInput`` when there is none of this number."""
        row = self._session.execute(
            f"SELECT {_ENTRY}, raw, corrected FROM quarantine WHERE institution = %s AND number = %s",
            [self._institution, number],
        ).fetchone()
        if row is None:
            raise BadInput(f"There is no quarantined row {number}.")
        *fields, raw, corrected = row
        entry = _entry(tuple(fields), raw="", corrected=None)
        text = self._vault.unseal(raw, _raw_context(entry.row)).decode("utf-8", "surrogatepass")
        mended = corrected and self._vault.unseal(corrected, _corrected_context(entry)).decode()
        return _entry(tuple(fields), raw=text, corrected=mended)

    def correct(self, number: int, text: str, actor: str, note: str = "") -> QuarantineEntry:
        """Store what the row should have said; it may then be replayed. ``note`` must not be personal.

        Raises ``BadInput`` when the entry's state does not allow it, or the text is not Unicode.
        """
        entry = self.show(number)
        try:
            plain = text.encode()
        except UnicodeEncodeError:
            raise BadInput("The corrected row holds half a character; save it as UTF-8.") from None
        sealed = self._vault.seal(plain, _corrected_context(entry))
        return self._change(entry, "correct", actor, note, corrected=sealed)

    def mark(self, number: int, verb: str, actor: str, note: str = "") -> QuarantineEntry:
        """Move an entry along its life cycle; the note of a ``fail`` is the entry's new reason.

        Raises ``BadInput`` when its state does not know the verb.
        """
        return self._change(self.show(number), verb, actor, note, reason=note if verb == "fail" else None)

    def changes(self, number: int) -> list[QuarantineChange]:
        """What was done to an entry, first to last."""
        rows = self._session.execute(
            "SELECT verb, actor, note, (extract(epoch FROM changed_at) * 1000000)::bigint FROM quarantine_change"
            " WHERE institution = %s AND number = %s ORDER BY changed_at",
            [self._institution, number],
        )
        return [QuarantineChange(*row) for row in rows.fetchall()]

    def close(self) -> None:
        self._session.close()

    def _change(
        self,
        entry: QuarantineEntry,
        verb: str,
        actor: str,
        note: str,
        *,
        corrected: bytes | None = None,
        reason: str | None = None,
    ) -> QuarantineEntry:
        state = advance(QUARANTINED_ROW, entry.state, verb)
        if isinstance(state, Refused):
            raise BadInput(f"Row {entry.number}: {state}.")
        parameters = {
            "institution": self._institution,
            "number": entry.number,
            "state": entry.state,
            "next": state,
            "verb": verb,
            "actor": _storable(actor),
            "note": _storable(note),
            "corrected": corrected,
            "reason": None if reason is None else _storable(reason),
        }
        if not self._session.execute(_CHANGE, parameters).rowcount:
            raise BadInput(f"Row {entry.number} was changed by another meanwhile; look at it again.")
        return self.show(entry.number)


def quarantine_columns(vault: PostgresVault, rows: Sequence[QuarantinedRow]) -> dict[str, list[Any]]:
    """Rows as columns that can be stored, their texts sealed."""
    return {
        "bad_inputs": [row.input_sha256 for row in rows],
        "bad_names": [_storable(row.input_name) for row in rows],
        "bad_sources": [_storable(row.source) for row in rows],
        "bad_rows": [row.row for row in rows],
        "bad_fields": [_storable(row.field) for row in rows],
        "bad_reasons": [_storable(row.reason) for row in rows],
        "bad_raws": [vault.seal(row.raw.encode("utf-8", "surrogatepass"), _raw_context(row)) for row in rows],
    }


def _entry(row: TupleRow, *, raw: str, corrected: str | None) -> QuarantineEntry:
    number, state, received_us, input_sha256, input_name, source, input_row, field, reason = row
    bad = QuarantinedRow(input_sha256, input_name, source, input_row, field, reason, raw)
    return QuarantineEntry(number, state, received_us, bad, corrected)


def _raw_context(row: QuarantinedRow) -> bytes:
    return b"quarantined row %d of " % row.row + row.input_sha256


def _corrected_context(entry: QuarantineEntry) -> bytes:
    return b"correction %d of " % entry.number + _raw_context(entry.row)


def _storable(text: str) -> str:
    """Text as PostgreSQL takes it: bounded, without NUL and half characters, which bad rows are full of."""
    return text[:TEXT_CHARACTERS_MAX].replace("\0", "\u2400").encode("utf-8", "replace").decode()
