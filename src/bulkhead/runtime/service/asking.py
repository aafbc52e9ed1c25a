"""Ask an institution something from the command line: its running engine, or else by opening it ourselves."""

from __future__ import annotations

from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import Event
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database, open_existing_database
from bulkhead.runtime.service.commands import READING, Office, OfficeReply
from bulkhead.runtime.service.engine_client import EngineClient, find_engine, running_engines
from bulkhead.runtime.service.office import carry_out
from bulkhead.runtime.service.replays import ALL_ROWS, carry_out_in
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.snapshots import SnapshotFolder, Snapshots
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.runtime.store.keys import IDEMPOTENCY
from bulkhead.runtime.wiring import Stores, chosen_institution, open_stores, open_writer, opening_of


def ask(settings: Settings, institution: str, command: Office, *, verb: str) -> OfficeReply:
    """What the institution answers; "" means the only one there is.

    Raises ``BadInput`` with the reason, also when another process that is no engine writes its journal.
    """
    engine = engine_of(settings, institution)
    if engine is not None:
        with engine:
            return engine.ask(command)
    with open_existing_database(settings) as database:
        code = chosen_institution(database, institution)
        if isinstance(command, READING):
            with open_stores(settings, database, code) as stores:
                return carry_out(
                    stores.vault, standing(settings, stores), _refuse, command, SystemClock().now_us()
                )
        return _write(settings, database, code, command, verb)


def engine_of(settings: Settings, institution: str) -> EngineClient | None:
    """The running engine of an institution, "" for the only one that runs; None when there is none."""
    codes = [institution] if institution else running_engines(settings.home)
    engines = {code: engine for code in codes if (engine := find_engine(settings, code)) is not None}
    if len(engines) > 1:
        for engine in engines.values():
            engine.close()
        raise BadInput(f"Engines of {', '.join(engines)} are running; choose one with --institution.")
    return next(iter(engines.values()), None)


def standing(settings: Settings, stores: Stores) -> Machine:
    """The machine after the last stored leaf, for reading only: takes no lease and writes nothing."""
    key = stores.vault.checked_secret(IDEMPOTENCY)
    try:
        snapshots = Snapshots(SnapshotFolder(settings.home / "snapshots" / stores.code), key)
        machine = snapshots.newest(stores.journal.head().size) or snapshots.new_machine()
        for batch in stores.journal.read(machine.sequence):
            if batch.first_sequence >= machine.sequence:
                machine.fold(batch.leaves, batch.leaf_hashes)
    except (JournalDamaged, ValueError) as damage:
        raise BadInput(f"{damage} Run `bulkhead verify`.") from None
    if machine.institution is None:
        raise BadInput(f"The journal of {stores.code} is empty.")
    return machine


def _write(settings: Settings, database: Database, code: str, command: Office, verb: str) -> OfficeReply:
    with open_stores(settings, database, code) as stores:
        opening = opening_of(stores)
    with open_writer(settings, database, opening, command=f"bulkhead {verb}") as writer:
        return carry_out_in(writer, command, SystemClock().now_us(), rows_max=ALL_ROWS)


def _refuse(event: Event) -> int:
    raise AssertionError(f"reading does not write {type(event).__name__}")
