"""Brings Django up on the house's own database and keys. Everything that uses ``web`` calls ``start`` first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import django
from psycopg.conninfo import conninfo_to_dict

from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.keys import Keys
from bulkhead.runtime.store.migrate import migrate

SESSION_KEY = "console-session"
SCHEMA = "console"
CONNECTIONS_MAX = 12


@dataclass(frozen=True, slots=True)
class House:
    """What this process serves."""

    settings: Settings
    database: Database


_started: list[House] = []


def house() -> House:
    """The house of this process."""
    assert _started, "start() comes first"
    return _started[-1]


def start(settings: Settings, database: Database, *, hosts: tuple[str, ...] = (), secure: bool = False) -> None:
    """Set Django up and bring its tables to this version. Once a process.

    ``hosts``: names under which the console is reached besides the loopback ones. ``secure``: it is reached by
    TLS, so that cookies never travel without.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "bulkhead.web.settings"
    from django.conf import settings as django_settings

    django_settings.SECRET_KEY = Keys(settings.keys).text_secret(SESSION_KEY)
    django_settings.DATABASES = {"default": _tables(database)}
    django_settings.ALLOWED_HOSTS = [*django_settings.ALLOWED_HOSTS, *hosts]
    django_settings.SESSION_COOKIE_SECURE = django_settings.CSRF_COOKIE_SECURE = secure
    # Browsers give passkeys to http only on loopback; the forms compare the origin with our own in any case.
    django_settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not secure
    if secure:
        django_settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        django_settings.CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in hosts]
    _started.append(House(settings, database))
    migrate(database.connect)
    with database.connect(autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    django.setup()
    _connect()
    _bring_tables_up()


def _connect() -> None:
    """Django remembers its databases from when it was first imported, which was before there were any."""
    from django.db import connections

    connections.settings = connections.configure_settings(None)
    if any(connections.all(initialized_only=True)):
        del connections["default"]


def _bring_tables_up() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _tables(database: Database) -> dict[str, Any]:
    """Django's own tables, in a schema of their own so that nothing of it can touch the journal's names."""
    parameters = conninfo_to_dict(database.dsn())
    options = f"{parameters.pop('options', '') or ''} -c search_path={SCHEMA}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parameters.pop("dbname"),
        "USER": parameters.pop("user", ""),
        "PASSWORD": parameters.pop("password", ""),
        "HOST": parameters.pop("host", ""),
        "PORT": str(parameters.pop("port", "")),
        "OPTIONS": {
            **parameters,
            "options": options,
            "pool": {"min_size": 1, "max_size": CONNECTIONS_MAX, "timeout": 10},
        },
    }
