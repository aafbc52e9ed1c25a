"""What tests of all rooms share: one embedded database server, and fresh databases on it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings

# Not a second conftest: the type checker knows modules by their name alone.
pytest_plugins = ("storage_fixtures", "stored_town", "web_fixtures", "browser_fixtures")

NewDatabase = Callable[[], AbstractContextManager[Database]]


@pytest.fixture(scope="session")
def passable_folder() -> Iterator[Path]:
    """A temporary folder through which every account may pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="bulkhead-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database_server(passable_folder: Path) -> Iterator[Database]:
    """The embedded server, open for the whole session; for tests that take ``database`` or administrate."""
    settings = Settings(home=passable_folder / "session", keys=passable_folder / "session-keys")
    with open_database(settings) as database:
        yield database


@pytest.fixture(scope="session")
def new_database(database_server: Database) -> NewDatabase:
    """Gives a context with a fresh, empty database, dropped at its end."""
    numbers = itertools.count(1)

    @contextmanager
    def fresh() -> Iterator[Database]:
        name = f"test_{next(numbers)}"
        with database_server.connect("admin", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER bulkhead")
            yield database_server.named(name)
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    return fresh


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    """A fresh, empty database for one test."""
    with new_database() as database:
        yield database
