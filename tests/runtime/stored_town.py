"""A small journal in a real database, made once; each test gets its own copy to spoil."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.verification.verifying import Verdict, verify
from bulkhead.runtime.watching import publish_rules, watch
from bulkhead.runtime.wiring import open_stores, open_writer
from seeded_town import START_US, seeded_batch, write_town

OPENING = InstitutionOpened("main", "CNY", 480)
LATEST_US = START_US + 400 * 86_400_000_000
ROWS = 1_500


@dataclass(frozen=True, slots=True)
class StoredTown:
    """A database that holds the town's journal, and where its keys and checkpoints are."""

    settings: Settings
    database: Database

    def verdict(self, since: str | None = None) -> Verdict:
        with open_stores(self.settings, self.database, OPENING.code) as stores:
            return verify(stores, lambda done, expected: None, since)

    def attack(self, *statements: str, parameters: tuple[object, ...] = ()) -> int:
        """What a superuser does who has switched the triggers off; gives how many rows it hit."""
        with self.database.connect("admin") as admin:
            admin.execute("SET session_replication_role = replica")
            for statement in statements:
                hit = admin.execute(statement.encode(), parameters).rowcount
        return hit

    def one(self, query: str) -> tuple[object, ...]:
        with self.database.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
            assert row is not None
            return row


Copy = Callable[[], AbstractContextManager[StoredTown]]


@pytest.fixture(scope="session")
def stored_town(database_server: Database, tmp_path_factory: pytest.TempPathFactory) -> StoredTown:
    """Two sessions of one writer, the second in other batches; nobody may change it."""
    folder = tmp_path_factory.mktemp("stored-town")
    with database_server.connect("admin", autocommit=True) as admin:
        admin.execute("CREATE DATABASE stored_town OWNER bulkhead")
    town = StoredTown(Settings(home=folder / "home", keys=folder / "keys"), database_server.named("stored_town"))
    batch = seeded_batch(11, ROWS, clients=30, pace_s=120)
    for part, rows in enumerate((batch.slice(0, ROWS // 3), batch.slice(ROWS // 3, ROWS))):
        watch_file(town, write_town(folder / f"part-{part}.csv", rows), batch_rows=(200, 333)[part])
    assert town.verdict().fault is None
    with database_server.connect("admin", autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'stored_town'")
    return town


@pytest.fixture(scope="session")
def copy_of_town(database_server: Database, stored_town: StoredTown) -> Copy:
    """Gives a context with a copy of the stored town's database, dropped at its end."""
    numbers = itertools.count(1)

    @contextmanager
    def copied() -> Iterator[StoredTown]:
        name = f"town_{next(numbers)}"
        with database_server.connect("admin", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER bulkhead TEMPLATE stored_town".encode())
            yield StoredTown(stored_town.settings, database_server.named(name))
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    return copied


def watch_file(town: StoredTown, path: Path, *, batch_rows: int) -> None:
    with open_writer(town.settings, town.database, OPENING, command="the test") as writer:
        publish_rules(writer, default_rule_set().text, "the test")
        source = load_source("movements")
        watch(
            writer, [path], source, latest_us=LATEST_US, on_progress=lambda done, of: None, batch_rows=batch_rows
        )
