"""A console over the session's database server, for every test of the room ``web``.

Django can be set up once a process, so all of them share one database; each test makes institutions of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest

import bulkhead.web  # names Django's settings
from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service.command_port import CommandPort, port_file
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.watching import publish_rules, watch
from bulkhead.runtime.wiring import open_writer
from seeded_town import START_US, seeded_batch, write_town
from stored_town import LATEST_US

if TYPE_CHECKING:
    from django.test import Client

    from bulkhead.web.people.models import Account

assert bulkhead.web
django.setup()


@dataclass(frozen=True, slots=True)
class ConsoleHouse:
    """Where the console of the tests keeps its data and keys."""

    settings: Settings
    database: Database


@pytest.fixture(scope="session")
def console_house(database_server: Database, passable_folder: Path) -> Iterator[ConsoleHouse]:
    """A started console: Django is up, its tables are there, no institution is."""
    from bulkhead.web.books import close_books
    from bulkhead.web.starting import start

    folder = passable_folder / "console"
    settings = Settings(home=folder, keys=passable_folder / "console-keys")
    with ExitStack() as ends:
        admin = ends.enter_context(database_server.connect("admin", autocommit=True))
        admin.execute("CREATE DATABASE console_tests OWNER bulkhead")
        database = database_server.named("console_tests")
        start(settings, database, hosts=("testserver",))
        yield ConsoleHouse(settings, database)
        close_books()
        from django.db import connections

        connections.close_all()
        for connection in connections.all(initialized_only=True):
            connection.close_pool()  # type: ignore[attr-defined]  # what PostgreSQL's wrapper adds
        admin.execute("DROP DATABASE console_tests WITH (FORCE)")


TOWN, OTHER = "town", "other"  # the institution of the tests, and one that is somebody else's
TOWN_ROWS = 1_500
assert START_US


@pytest.fixture(scope="session")
def town(console_house: ConsoleHouse, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The code of an institution whose journal holds a seeded town; a second one is called ``OTHER``."""
    folder = tmp_path_factory.mktemp("console-town")
    for code, rows, seed in ((TOWN, TOWN_ROWS, 11), (OTHER, 60, 12)):
        path = write_town(folder / f"{code}.csv", seeded_batch(seed, rows, clients=30, pace_s=120))
        opening = InstitutionOpened(code, "CNY", 480)
        with open_writer(console_house.settings, console_house.database, opening, command="a test") as writer:
            publish_rules(writer, default_rule_set().text, "the test")
            watch(writer, [path], load_source("movements"), latest_us=LATEST_US, on_progress=lambda done, of: None)
    return TOWN


@pytest.fixture
def engine(console_house: ConsoleHouse, town: str) -> Iterator[Serving]:
    """The town's engine, running and reachable by its port as the console finds it."""
    settings = console_house.settings
    opening = InstitutionOpened(town, "CNY", 480)
    with open_writer(settings, console_house.database, opening, command="a test") as writer:
        key = writer.stores.keys.secret(SECRET)
        with (
            Serving(writer, SystemClock()) as serving,
            CommandPort(serving, key, town, port_file(settings.home, town)),
        ):
            yield serving


Staff = Callable[..., "Account"]
_numbers = itertools.count(1)


@pytest.fixture
def staff(console_house: ConsoleHouse) -> Staff:
    """Makes a log-in with these roles in the town (or elsewhere), second factor and all."""

    def make(*roles: str, institution: str = TOWN, person: str = "") -> Account:
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

        from bulkhead.web.people.models import Account, Grant, Person

        number = next(_numbers)
        someone, _ = Person.objects.get_or_create(
            code=person or f"person-{number}", defaults={"name": person or f"Person {number}"}
        )
        account = Account.objects.open(f"account-{number}", someone, "correct horse battery staple")
        TOTP.activate(account, generate_totp_secret())
        for role in roles:
            Grant.objects.create(account=account, institution=institution, role=role)
        return account

    return make


def entered(account: Account) -> Client:
    """A browser of somebody who has logged in."""
    from django.test import Client

    client = Client()
    client.force_login(account)
    return client
