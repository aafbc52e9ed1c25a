"""How an institution stands at this moment: who writes, how far everything has come, and when it last moved."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.journal import JournalHead
from bulkhead.runtime.service.command_port import port_file
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.lease import EXPIRES_S
from bulkhead.runtime.wiring import Stores

_FACTS = """
    SELECT
        l.holder, extract(epoch FROM clock_timestamp() - l.heartbeat_at)::float8,
        (SELECT received_us FROM journal_batch WHERE institution = %(institution)s
            ORDER BY first_sequence DESC LIMIT 1),
        (SELECT effective_us FROM movement WHERE institution = %(institution)s ORDER BY sequence DESC LIMIT 1),
        (SELECT next_sequence FROM projection_progress WHERE institution = %(institution)s),
        (SELECT max(size) FROM checkpoint WHERE institution = %(institution)s)
    FROM (SELECT 1) AS one LEFT JOIN lease l ON l.institution = %(institution)s
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Times are UTC microseconds, None where there is nothing yet."""

    head: JournalHead
    writer: str  # "" while nobody writes
    silent_s: float | None  # since the writer was last heard
    serves: bool  # the writer has said where it takes commands
    committed_us: int | None  # the writer's clock at the last commit
    effective_us: int | None  # of the last movement that is projected
    projected: int  # leaves that people can query
    sealed: int | None  # leaves under the last checkpoint in the database
    sealed_outside_us: int | None  # when the copy beside the database was written
    quarantine: dict[str, int]  # rows by state

    @property
    def behind(self) -> int:
        """Leaves that are in the journal and not yet in the projections."""
        return self.head.size - self.projected

    @property
    def lives(self) -> bool:
        """Somebody writes and has been heard of."""
        return bool(self.writer) and self.silent_s is not None and self.silent_s <= EXPIRES_S


def pulse(settings: Settings, stores: Stores) -> Pulse:
    """Ask the database once. Raises ``psycopg.Error`` when it does not answer."""
    with stores.connect() as connection:
        row = connection.execute(_FACTS, {"institution": stores.number}).fetchone()
    assert row is not None, "one row of a left join"
    holder, silent_s, committed_us, effective_us, projected, sealed = row
    latest = stores.checkpoints / "latest"
    try:
        sealed_outside_us = latest.stat().st_mtime_ns // 1_000
    except OSError:
        sealed_outside_us = None
    return Pulse(
        head=stores.journal.head(),
        writer=holder or "",
        silent_s=silent_s if holder else None,
        serves=bool(holder) and port_file(settings.home, stores.code).exists(),
        committed_us=committed_us,
        effective_us=effective_us,
        projected=projected or 0,
        sealed=sealed,
        sealed_outside_us=sealed_outside_us,
        quarantine=stores.quarantine.counts(),
    )
