"""A server of one's own instead of the embedded one."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database import connect
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings


def url_settings(folder: Path, url: str) -> Settings:
    return Settings(home=folder / "home", keys=folder / "keys", database_url=SecretStr(url))


def url_of(database: Database) -> str:
    """The writer's TCP address, as an operator would write it."""
    known = conninfo_to_dict(database.dsn())
    return f"postgresql://{known['user']}:{known['password']}@127.0.0.1:{known['port']}/{known['dbname']}"


def password_of(database: Database) -> str:
    return str(conninfo_to_dict(database.dsn())["password"])


def test_server_by_url(database: Database, tmp_path: Path) -> None:
    with open_database(url_settings(tmp_path, url_of(database))) as ours:
        with ours.connect(autocommit=True) as writer:
            writer.execute("CREATE TABLE book ()")
        with ours.connect("reader") as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("DROP TABLE book")
        with pytest.raises(BadInput, match="not ours to administrate"):
            ours.dsn("admin")
        assert password_of(database) not in repr(ours)
    assert not (tmp_path / "home").exists(), "the data folder is for the embedded database"


def test_wrong_password_is_said_without_telling_it(database: Database, tmp_path: Path) -> None:
    url = url_of(database).replace(password_of(database), "not-the-password")
    with (
        pytest.raises(BadInput, match=r"password authentication failed.*BULKHEAD_DATABASE_URL") as refusal,
        open_database(url_settings(tmp_path, url)),
    ):
        pass
    assert "not-the-password" not in str(refusal.value)


def test_unreachable_server(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match=r"No connection to 127\.0\.0\.1/x"),
        open_database(url_settings(tmp_path, "postgresql://127.0.0.1:1/x")),
    ):
        pass


def test_url_that_is_none(tmp_path: Path) -> None:
    url = "postgresql://user:secret@host/name?nonsense=1"
    with pytest.raises(BadInput) as refusal, open_database(url_settings(tmp_path, url)):
        pass
    assert "secret" not in str(refusal.value)


def test_old_server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "SERVER_VERSION_MIN", 990000)
    with (
        pytest.raises(BadInput, match="is PostgreSQL 18; Bulkhead needs 15"),
        open_database(url_settings(tmp_path, url_of(database))),
    ):
        pass
