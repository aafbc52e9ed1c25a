"""Load all compiled code before the first caller comes: a few invented movements through a machine of their own."""

from __future__ import annotations

from datetime import UTC, datetime

from bulkhead.engine.machine import Machine
from bulkhead.kernel.events import InstitutionOpened, RuleSetPublished
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.runtime.commands import Movement
from bulkhead.runtime.records import RecordReader, source_of


def warm_up(key: bytes, institution: InstitutionOpened, rules: RuleSetPublished, now_us: int) -> None:
    """Decide movements of several shapes, alone and together, and some of them again. Touches nothing real."""
    machine, reader = Machine(key), RecordReader(source_of(institution), MemoryVault(MemoryTables()))
    machine.apply(institution)
    machine.apply(RuleSetPublished(1, rules.text, "", ""))
    invented = _invented(now_us)
    for movements in (invented[:1], invented, invented):
        records = reader.read(movements, now_us)
        machine.suspects(records.batch)
        machine.seen(records.batch)
        machine.step(records.batch)


def _invented(now_us: int) -> list[Movement]:
    time = datetime.fromtimestamp(now_us // 1_000_000, UTC).isoformat()
    deposit = Movement(id="1", time=time, kind="deposit", amount="10.00", payee="a", settled=True)
    pay = {"time": time, "amount": "1.50", "payer": "a", "payee": "b", "device": "d", "instructed_by": "a"}
    return [
        deposit,
        Movement(id="2", kind="transfer", **pay),
        Movement(id="3", kind="bid", phase="place", hold="3", **pay),
        Movement(id="4", kind="disbursement", phase="post", hold="3", **pay),
    ]
