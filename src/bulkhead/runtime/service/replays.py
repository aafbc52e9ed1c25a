"""Rows of the quarantine replayed by command, beside everything else that an open institution is asked."""

from __future__ import annotations

import sys

from bulkhead.kernel.movements import Outcome, Refusal, Status
from bulkhead.runtime.mending import Replay, replay
from bulkhead.runtime.service.commands import Office, OfficeReply, Replayed, ReplayedRow, ReplayRow, ReplayRows
from bulkhead.runtime.service.office import carry_out
from bulkhead.runtime.service.people import actor
from bulkhead.runtime.store.session import connection_loss
from bulkhead.runtime.wiring import Writer

ALL_ROWS = sys.maxsize


def carry_out_in(writer: Writer, command: Office, now_us: int, *, rows_max: int) -> OfficeReply:
    """Do what a command asks of an institution that is open for writing; durable when this returns.

    ``rows_max``: how many rows ``ReplayRows`` may take, while everybody else waits.
    Raises ``BadInput`` when it cannot be done, and ``ConnectionError`` when the database is gone.
    """
    if isinstance(command, ReplayRow | ReplayRows):
        return _replay(writer, command, now_us, rows_max)
    return carry_out(writer.stores.vault, writer.machine, writer.loop.apply, command, now_us)


def _replay(writer: Writer, command: ReplayRow | ReplayRows, now_us: int, rows_max: int) -> Replayed:
    actor(writer.machine, writer.stores.vault, command.by)  # raises for whoever may do nothing
    code, name = writer.stores.code, command.by.person.strip()
    with connection_loss():
        if isinstance(command, ReplayRow):
            return Replayed(code, (_row(replay(writer, command.number, actor=name, now_us=now_us)),))
        done: list[ReplayedRow] = []
        while len(done) < rows_max and (entries := writer.stores.quarantine.entries("corrected")):
            for entry in entries[: rows_max - len(done)]:
                done.append(_row(replay(writer, entry.number, actor=name, now_us=now_us)))
        return Replayed(code, tuple(done), more=bool(writer.stores.quarantine.entries("corrected", limit=1)))


def _row(done: Replay) -> ReplayedRow:
    if done.leaf is None:
        return ReplayedRow(number=done.number, sequence=None, reason=done.reason)
    fixed = done.leaf.fixed
    return ReplayedRow(
        number=done.number,
        sequence=done.sequence,
        booked_before=done.booked_before,
        movement=done.leaf.strings["movement_id"],
        outcome=Outcome(fixed["outcome"]).name.lower(),
        status=Status(fixed["status"]).name.lower(),
        refusal=Refusal(fixed["refusal"]).name.lower() if fixed["refusal"] else "",
    )
