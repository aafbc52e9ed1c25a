"""Rows that could not become events: listed, shown, corrected, and followed until they are settled.

``JournalStore.append`` puts them here in the commit that passes over them. What a row says may be personal, so
its text and its correction are sealed by the vault; input, field and reason are in the clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.rows import TupleRow

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.lifecycles import QUARANTINED_ROW, Refused, advance
from bulkhead.runtime.store.session import Connect, Session
from bulkhead.runtime.store.vault import PostgresVault

LISTED_MAX = 1_000
KNOWN_MAX = 200
TEXT_CHARACTERS_MAX = 1_000  # of a field name or reason, which may quote what was found

_ENTRY = "number, state, received_us, input_sha256, input_name, source, input_row, field, reason"
# ``seen`` is compared with the row itself, which the update has locked: of two at once, one is told.
_CHANGE = """
WITH changed AS (
    UPDATE quarantine
    SET state = %(next)s, corrected = coalesce(%(corrected)b::bytea, corrected),
        reason = coalesce(%(reason)s::text, reason)
    WHERE institution = %(institution)s AND number = %(number)s AND state = %(state)s
        AND (%(seen)b::bytea IS NULL OR sha256(convert_to(state, 'UTF8') || coalesce(corrected, '')) = %(seen)b)
    RETURNING institution, number
)
INSERT INTO quarantine_change (institution, number, verb, actor, note)
SELECT institution, number, %(verb)s, %(actor)s, %(note)s FROM changed
"""


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A quarantined row under the number it was given. In a list, ``row.raw`` and ``corrected`` are left out.

    ``version`` changes with the state and with every correction; "" in a list.
    """

    number: int
    state: str
    received_us: int
    row: QuarantinedRow
    corrected: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class QuarantineQuery:
    """Which entries are meant; what is empty is not asked. ``inputs`` are names of files."""

    states: Sequence[str] = ()
    sources: Sequence[str] = ()
    inputs: Sequence[str] = ()
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class QuarantineChange:
    """Who did what to an entry and why; the time is the database's, UTC microseconds."""

    verb: str
    actor: str
    note: str
    changed_us: int


_ASKED = """
    institution = %(institution)s
    AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s::text[]))
    AND (%(sources)s::text[] IS NULL OR source = ANY(%(sources)s::text[]))
    AND (%(inputs)s::text[] IS NULL OR input_name = ANY(%(inputs)s::text[]))
    AND (%(fields)s::text[] IS NULL OR field = ANY(%(fields)s::text[]))
"""
_PLACE = (
    "(%(after)s::bigint IS NULL OR number > %(after)s) AND (%(before)s::bigint IS NULL OR number < %(before)s)"
)
_SEARCH = {
    upward: f"SELECT {_ENTRY} FROM quarantine WHERE {_ASKED} AND {_PLACE}"
    f" ORDER BY number {'ASC' if upward else 'DESC'} LIMIT %(limit)s".encode()
    for upward in (False, True)
}


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

    def search(
        self, query: QuarantineQuery, *, after: int | None = None, before: int | None = None, limit: int = 100
    ) -> list[QuarantineEntry]:
        """Entries newest first: the ones just above ``after``, or those below ``before``; at most 1,000."""
        parameters = self._asked(query) | {
            "after": after,
            "before": before,
            "limit": max(0, min(limit, LISTED_MAX)),
        }
        rows = self._session.execute(_SEARCH[after is not None], parameters).fetchall()
        return [_entry(row, raw="", corrected=None) for row in (reversed(rows) if after is not None else rows)]

    def count(self, query: QuarantineQuery) -> int:
        """How many entries ``search`` finds in all."""
        row = self._session.execute(
            f"SELECT count(*) FROM quarantine WHERE {_ASKED}", self._asked(query)
        ).fetchone()
        return int(row[0]) if row else 0

    def known(self, column: Literal["source", "input_name", "field"]) -> list[str]:
        """What stands in a column, at most 200 different values in order."""
        rows = self._session.execute(
            f"SELECT DISTINCT {column} FROM quarantine WHERE institution = %s ORDER BY 1 LIMIT {KNOWN_MAX}",
            [self._institution],
        )
        return [value for (value,) in rows.fetchall()]

    def show(self, number: int) -> QuarantineEntry:
        """One entry with the text of its row. Raises ``BadInput`` when there is none of this number."""
        row = self._session.execute(
            f"SELECT {_ENTRY}, raw, corrected, sha256(convert_to(state, 'UTF8') || coalesce(corrected, ''))"
            " FROM quarantine WHERE institution = %s AND number = %s",
            [self._institution, number],
        ).fetchone()
        if row is None:
            raise BadInput(f"There is no quarantined row {number}.")
        *fields, raw, corrected, version = row
        entry = _entry(tuple(fields), raw="", corrected=None)
        text = self._vault.unseal(raw, _raw_context(entry.row)).decode("utf-8", "surrogatepass")
        mended = corrected and self._vault.unseal(corrected, _corrected_context(entry)).decode()
        return _entry(tuple(fields), raw=text, corrected=mended, version=version.hex())

    def correct(
        self, number: int, text: str, actor: str, note: str = "", *, seen: str | None = None
    ) -> QuarantineEntry:
        """Store what the row should have said; it may then be replayed. ``note`` must not be personal.

        Raises ``BadInput`` when the entry's state does not allow it, the text is not Unicode, or the entry is
        no longer of the version that was ``seen``.
        """
        entry = self.show(number)
        try:
            plain = text.encode()
        except UnicodeEncodeError:
            raise BadInput("The corrected row holds half a character; save it as UTF-8.") from None
        sealed = self._vault.seal(plain, _corrected_context(entry))
        return self._change(entry, "correct", actor, note, corrected=sealed, seen=seen)

    def mark(
        self, number: int, verb: str, actor: str, note: str = "", *, seen: str | None = None
    ) -> QuarantineEntry:
        """Move an entry along its life cycle; the note of a ``fail`` is the entry's new reason.

        Raises ``BadInput`` when its state does not know the verb, or it is no longer of the version ``seen``.
        """
        reason = note if verb == "fail" else None
        return self._change(self.show(number), verb, actor, note, reason=reason, seen=seen)

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

    def _asked(self, query: QuarantineQuery) -> dict[str, Any]:
        return {
            "institution": self._institution,
            "states": list(query.states) or None,
            "sources": list(query.sources) or None,
            "inputs": list(query.inputs) or None,
            "fields": list(query.fields) or None,
        }

    def _change(
        self,
        entry: QuarantineEntry,
        verb: str,
        actor: str,
        note: str,
        *,
        corrected: bytes | None = None,
        reason: str | None = None,
        seen: str | None = None,
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
            "seen": None if seen is None else _digest(seen),
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


def _entry(row: TupleRow, *, raw: str, corrected: str | None, version: str = "") -> QuarantineEntry:
    number, state, received_us, input_sha256, input_name, source, input_row, field, reason = row
    bad = QuarantinedRow(input_sha256, input_name, source, input_row, field, reason, raw)
    return QuarantineEntry(number, state, received_us, bad, corrected, version)


def _raw_context(row: QuarantinedRow) -> bytes:
    return b"quarantined row %d of " % row.row + row.input_sha256


def _corrected_context(entry: QuarantineEntry) -> bytes:
    return b"correction %d of " % entry.number + _raw_context(entry.row)


def _digest(version: str) -> bytes:
    """The version as it is compared; what never was one matches nothing."""
    try:
        return bytes.fromhex(version)
    except ValueError:
        return b""


def _storable(text: str) -> str:
    """Text as PostgreSQL takes it: bounded, without NUL and half characters, which bad rows are full of."""
    return text[:TEXT_CHARACTERS_MAX].replace("\0", "\u2400").encode("utf-8", "replace").decode()
