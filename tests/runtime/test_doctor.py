"""The doctor finds what is wrong, says it in one sentence, and leaves everything as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from bulkhead.runtime import doctor
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.database.folders import Folders
from bulkhead.runtime.doctor import Finding, State, examine
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.institutions import institution_number
from bulkhead.runtime.store.migrate import migrate


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(settings)}


def by_url(database: Database, folder: Path) -> Settings:
    known = conninfo_to_dict(database.dsn())
    url = f"postgresql://bulkhead:{known['password']}@127.0.0.1:{known['port']}/{known['dbname']}"
    return Settings(home=folder / "home", keys=folder / "keys", database_url=SecretStr(url))


def test_new_installation_is_well_and_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(doctor, "DISK_BYTES_WARN", 0)
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    findings = found(settings)
    assert {finding.state for finding in findings.values()} == {State.OK}, findings
    assert "none yet" in findings["database"].sentence
    assert list(tmp_path.iterdir()) == []


def test_embedded_database_is_examined_to_the_end(passable_folder: Path) -> None:
    settings = Settings(home=passable_folder / "doctor", keys=passable_folder / "doctor-keys")
    with open_database(settings) as database:
        migrate(database.connect)
    findings = found(settings)
    for check in ("keys", "server programs", "orphan servers", "database", "durability", "schema", "leases"):
        assert findings[check].state == State.OK, findings[check]
    (settings.keys / "database-writer").chmod(0o644)
    findings = found(settings)
    assert findings["keys"].state == State.FAIL
    assert "chmod 600" in findings["keys"].sentence
    assert findings["database"].state == State.FAIL


def test_lost_keys_are_a_failure(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", keys=tmp_path / "keys")
    Folders(settings.home).cluster.mkdir(parents=True)
    findings = found(settings)
    assert findings["keys"].state == State.FAIL
    assert "restore" in findings["keys"].sentence


def test_server_of_ones_own_without_the_schema(database: Database, tmp_path: Path) -> None:
    findings = found(by_url(database, tmp_path))
    assert findings["database"].state == State.OK
    assert findings["schema"].state == State.WARN
    assert findings["leases"].state == State.WARN, "what cannot be examined is not well"
    assert findings["quarantine"].state == State.WARN
    assert not {"server programs", "orphan servers"} & findings.keys()


def test_writers_and_waiting_rows(database: Database, tmp_path: Path) -> None:
    migrate(database.connect)
    number = institution_number(database.connect, "harbour-bank")
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO lease (institution, epoch, holder, acquired_at, heartbeat_at)"
            " VALUES (%s, 1, 'watch (process 7)', now(), now())"
            " ON CONFLICT (institution) DO UPDATE SET holder = excluded.holder, heartbeat_at = now()",
            [number],
        )
        connection.execute(
            "INSERT INTO quarantine (institution, input_sha256, input_name, source, input_row, field, reason, raw,"
            " received_us) VALUES (%s, '', 'a.csv', 'plain', 2, 'amount', 'no number', '', 0)",
            [number],
        )
    findings = found(by_url(database, tmp_path))
    assert findings["leases"].state == State.OK
    assert "harbour-bank is written by watch (process 7)" in findings["leases"].sentence
    assert findings["quarantine"].state == State.WARN
    assert findings["quarantine"].sentence == "Rows that wait to be corrected or dismissed: 1."
    assert findings["quarantine"].words.zh == "有 1 行等待更正或剔除。"
    with database.connect() as connection:
        connection.execute("UPDATE lease SET heartbeat_at = now() - interval '1 minute'")
    assert found(by_url(database, tmp_path))["leases"].state == State.WARN


def test_schema_of_a_later_version(database: Database, tmp_path: Path) -> None:
    migrate(database.connect)
    with database.connect() as connection:
        connection.execute("INSERT INTO schema_version (number, name) VALUES (9999, 'later')")
    assert found(by_url(database, tmp_path))["schema"].state == State.FAIL


def test_server_that_forgets_commits(database: Database, tmp_path: Path) -> None:
    with database.connect("admin", autocommit=True) as admin:
        admin.execute("ALTER ROLE bulkhead SET synchronous_commit = off")
        try:
            finding = found(by_url(database, tmp_path))["durability"]
        finally:
            admin.execute("ALTER ROLE bulkhead RESET synchronous_commit")
    assert finding.state == State.FAIL
    assert "synchronous_commit" in finding.sentence


def test_unreachable_server_and_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_BYTES_FAIL", 1 << 62)
    url = SecretStr("postgresql://127.0.0.1:1/x")
    findings = found(Settings(home=tmp_path / "home", keys=tmp_path / "keys", database_url=url))
    assert findings["disk"].state == State.FAIL
    assert findings["database"].state == State.FAIL
