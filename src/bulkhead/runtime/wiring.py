"""Who listens to whom: the one place where an institution's parts are put together."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import structlog

from bulkhead.engine.machine import Machine
from bulkhead.kernel.checkpoints import Checkpoint, origin_of, sign_checkpoint
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.leaves import decode_event_leaf
from bulkhead.kernel.protocols import LeaseHeld, LeaseLost
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.projections.projector import Projector
from bulkhead.runtime.recovery import recover
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.snapshots import SnapshotFolder, Snapshots
from bulkhead.runtime.store.institutions import institution_number, institutions
from bulkhead.runtime.store.journal_store import JournalDamaged, JournalStore
from bulkhead.runtime.store.keys import IDEMPOTENCY, Keys
from bulkhead.runtime.store.lease import PostgresLease, holder_text
from bulkhead.runtime.store.migrate import migrate
from bulkhead.runtime.store.quarantine_store import QuarantineStore
from bulkhead.runtime.store.session import Connect, at_one_moment
from bulkhead.runtime.store.vault import PostgresVault
from bulkhead.runtime.verification.checkpoint_checks import outside_checkpoint
from bulkhead.runtime.verification.findings import Finding

HEARTBEAT_S = 3.0
NO_JOURNAL = "There is no journal here yet; `bulkhead watch FILE` or `bulkhead demo` begins one."
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Stores:
    """What is stored for one institution, for reading and writing."""

    code: str
    number: int
    connect: Connect
    keys: Keys
    journal: JournalStore
    vault: PostgresVault
    quarantine: QuarantineStore
    checkpoints: Path  # signed notes kept outside the database, so that a cut-off journal is noticed

    def close(self) -> None:
        """Close every connection."""
        for store in (self.journal, self.vault, self.quarantine):
            store.close()


@dataclass(frozen=True, slots=True)
class Writer:
    """An institution opened for writing: this process is its one writer until the block ends."""

    stores: Stores
    loop: EngineLoop
    snapshots: Snapshots

    @property
    def machine(self) -> Machine:
        return self.loop.machine


@contextmanager
def open_stores(settings: Settings, database: Database, code: str, *, create: bool = False) -> Iterator[Stores]:
    """The stores of an institution. Raises ``BadInput`` when it does not exist and is not to be created."""
    connect = database.connect
    migrate(connect)
    if not create:
        _require_institution(connect, code)
    number, keys = institution_number(connect, code), Keys(settings.keys)
    vault = PostgresVault(connect, number, keys)
    stores = Stores(
        code,
        number,
        connect,
        keys,
        JournalStore(connect, number, vault),
        vault,
        QuarantineStore(connect, number, vault),
        settings.home / "checkpoints" / code,
    )
    try:
        yield stores
    finally:
        stores.close()


@contextmanager
def stores_at_one_moment(stores: Stores) -> Iterator[Stores]:
    """The same stores for reading only, all of them as they are now."""
    with at_one_moment(stores.connect) as connect:
        vault = PostgresVault(connect, stores.number, stores.keys)
        journal = JournalStore(connect, stores.number, vault)
        quarantine = QuarantineStore(connect, stores.number, vault)
        still = replace(stores, connect=connect, journal=journal, vault=vault, quarantine=quarantine)
        try:
            yield still
        finally:
            still.close()


def institution_codes(database: Database) -> list[str]:
    """Codes of all institutions, in the order they were opened."""
    migrate(database.connect)
    with database.connect() as connection:
        return list(institutions(connection))


def chosen_institution(database: Database, code: str) -> str:
    """The institution that is meant: the one named, or the only one there is. Raises ``BadInput``."""
    codes = institution_codes(database)
    if (code and code not in codes) or not codes:
        there_are = ", ".join(codes) if codes else "none yet"
        raise BadInput(f"There is no institution {code!r} here; there are: {there_are}." if code else NO_JOURNAL)
    if not code and len(codes) > 1:
        raise BadInput(f"There are {len(codes)} institutions ({', '.join(codes)}); choose one with --institution.")
    return code or codes[0]


def opening_of(stores: Stores) -> InstitutionOpened:
    """How an institution's journal begins. Raises ``BadInput`` when it has not begun."""
    if not stores.journal.head().size:
        raise BadInput(f"The journal of {stores.code} has not begun.")
    event = decode_event_leaf(stores.journal.read_leaf(0))
    assert isinstance(event, InstitutionOpened), "the machine takes no other first leaf"
    return event


@contextmanager
def open_writer(
    settings: Settings, database: Database, opening: InstitutionOpened, *, command: str
) -> Iterator[Writer]:
    """Take the lease, recover the machine, and give the loop that writes.

    ``opening`` becomes the first leaf of a new journal; an existing one keeps its own. Raises ``BadInput`` when
    another process is the writer. When the block ends well all is committed, projected, snapshotted and sealed
    with a signed checkpoint.
    """
    with open_stores(settings, database, opening.code, create=True) as stores:
        lease = PostgresLease(stores.connect, stores.number)
        try:
            epoch = lease.acquire(holder_text(command))
        except LeaseHeld as held:
            raise BadInput(str(held)) from None
        try:
            with _heartbeat(lease):
                writer = _recovered(settings, stores, epoch)
                try:
                    if writer.machine.institution is None:
                        writer.loop.apply(opening)
                    yield writer
                    writer.loop.close()
                except BaseException:
                    writer.loop.abandon()
                    raise
                writer.snapshots.save(writer.machine)
                seal_checkpoint(stores, writer.machine)
        finally:
            lease.release()


def seal_checkpoint(stores: Stores, machine: Machine) -> str:
    """Sign the machine's tree, keep the note in the database and beside it, and give it back."""
    checkpoint = Checkpoint(origin_of(stores.code), machine.sequence, machine.tree.root())
    note = str(sign_checkpoint(checkpoint, stores.keys.signing_key(stores.code)))
    stores.journal.save_checkpoint(machine.sequence, note)
    stores.checkpoints.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = stores.checkpoints / ".latest.partial"
    with partial.open("w", encoding="utf-8") as file:  # a torn note would keep every writer out
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(stores.checkpoints / "latest")
    return note


def _recovered(settings: Settings, stores: Stores, epoch: int) -> Writer:
    key = stores.vault.checked_secret(IDEMPOTENCY)
    snapshots = Snapshots(SnapshotFolder(settings.home / "snapshots" / stores.code), key)
    projector = Projector(stores.connect(), stores.number)
    try:
        projector.resume_runs()
        machine, feed = recover(stores.journal, projector, snapshots)
        _check_outside(stores)
    except (JournalDamaged, Finding) as damage:
        raise BadInput(f"{damage} Run `bulkhead verify`.") from None
    except psycopg.errors.UniqueViolation:
        projected, _ = projector.progress()
        raise BadInput(f"The projections have rows beyond leaf {projected}. Run `bulkhead verify`.") from None
    loop = EngineLoop(machine, stores.journal, projector, feed, SystemClock(), epoch)
    return Writer(stores, loop, snapshots)


def _check_outside(stores: Stores) -> None:
    """No writer goes on from a journal that has lost or changed what was signed: it would sign the loss."""
    outside = outside_checkpoint(stores)
    if (
        outside is not None
        and outside.root.size
        and stores.journal.root_at(outside.root.size) != outside.root.root
    ):
        raise Finding(
            f"{outside.root.origin} was signed over {outside.root.size} leaves, which the journal no longer has."
        )


@contextmanager
def _heartbeat(lease: PostgresLease) -> Iterator[None]:
    """Renew the lease while the block runs. A lost lease needs no alarm here: the next commit is refused."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(HEARTBEAT_S):
            try:
                lease.renew()
            except LeaseLost as lost:
                _log.error("lease lost", reason=str(lost))
                return

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _require_institution(connect: Connect, code: str) -> None:
    with connect() as connection:
        known = institutions(connection)
    if code not in known:
        there_are = ", ".join(known) if known else "none yet"
        raise BadInput(f"There is no institution {code!r} here; there are: {there_are}.")
