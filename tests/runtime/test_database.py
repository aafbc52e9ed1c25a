"""The embedded server as its users see it: there when needed, closed to everybody else, gone afterwards."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import bulkhead
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.database.folders import Folders, processes_in
from bulkhead.runtime.database.locks import FileLock, is_held
from bulkhead.runtime.settings import Settings

SECONDS_MAX = 20.0

# A command in a process of its own: says when its server was started, then works until its input ends.
CLIENT = """
import sys
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.settings import load_settings

with open_database(load_settings()) as database, database.connect() as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def settings(passable_folder: Path) -> Settings:
    """A home with an initialised cluster and no server running: making one takes most of a test's time."""
    settings = settings_in(passable_folder / "module")
    with open_database(settings):
        pass
    return settings


@pytest.fixture
def fresh(passable_folder: Path) -> Settings:
    """A home that does not exist yet."""
    return settings_in(passable_folder / secrets.token_hex(4))


def settings_in(folder: Path) -> Settings:
    return Settings(home=folder / "home", keys=folder / "keys")


def environment(settings: Settings) -> dict[str, str]:
    sources = str(Path(bulkhead.__file__).parents[1])
    own = {"PYTHONPATH": sources, "BULKHEAD_HOME": str(settings.home), "BULKHEAD_KEYS": str(settings.keys)}
    return {**os.environ, **own, "BULKHEAD_DATABASE_URL": ""}


@contextmanager
def client(settings: Settings, *prefix: str) -> Iterator[subprocess.Popen[str]]:
    """A client process, killed at the end if it still lives."""
    process = subprocess.Popen(
        [*prefix, sys.executable, "-c", CLIENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(settings),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def server_started(process: subprocess.Popen[str]) -> str:
    """When the client's server was started; waits until the client is connected."""
    assert process.stdout
    line = process.stdout.readline()
    assert line, "the client has failed"
    return line


def await_true(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, "it has not come to pass"
        time.sleep(0.01)


def is_gone(settings: Settings) -> bool:
    folders = Folders(settings.home)
    return not is_held(folders.server_lock) and not processes_in(folders.cluster)


def server_process(settings: Settings) -> int:
    with FileLock(Folders(settings.home).server_lock) as lock:
        return int(json.loads(lock.text)["pid"])


def parent_of(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("PPid:")[1].split()[0])


def test_nothing_is_left_when_the_command_returns(settings: Settings) -> None:
    with open_database(settings) as database, database.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert processes_in(Folders(settings.home).cluster)
    assert is_gone(settings)


def test_what_was_written_is_there_after_the_next_start(settings: Settings) -> None:
    with open_database(settings) as database, database.connect() as connection:
        connection.execute("CREATE TABLE kept (number integer)")
        connection.execute("INSERT INTO kept VALUES (42)")
    with open_database(settings) as database, database.connect() as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(42,)]


def test_server_lives_as_long_as_any_client(settings: Settings) -> None:
    with client(settings) as first, client(settings) as second:
        assert server_started(first) == server_started(second)
        first.communicate(timeout=SECONDS_MAX)
        assert first.returncode == 0
        with open_database(settings) as database, database.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not is_gone(settings), "the second client still works"
        second.communicate(timeout=SECONDS_MAX)
    assert is_gone(settings)


def test_commands_started_at_once_share_one_server(fresh: Settings) -> None:
    with client(fresh) as first, client(fresh) as second, client(fresh) as third:
        assert len({server_started(process) for process in (first, second, third)}) == 1
        for process in (first, second, third):
            process.communicate(timeout=SECONDS_MAX)
    assert is_gone(fresh)


def test_commands_that_follow_closely_do_not_trip_over_the_stopping_server(settings: Settings) -> None:
    for _ in range(3):
        with client(settings) as leaving:
            server_started(leaving)
            leaving.kill()
            with open_database(settings) as database, database.connect() as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert is_gone(settings)


def test_killed_client_leaves_no_server(settings: Settings) -> None:
    with client(settings) as process:
        server_started(process)
        process.kill()
    await_true(lambda: is_gone(settings))


def test_clients_killed_while_they_start_do_not_hinder_the_next(settings: Settings) -> None:
    for moment in random.Random(7).sample(range(500), 5):
        with client(settings) as process:
            time.sleep(moment / 1000)
            process.kill()
            with open_database(settings) as database, database.connect() as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert is_gone(settings)


def test_killed_supervisor_leaves_no_server(settings: Settings) -> None:
    with client(settings) as process:
        server_started(process)
        server = server_process(settings)
        os.kill(parent_of(server), signal.SIGKILL)
        await_true(lambda: is_gone(settings))
        with open_database(settings) as database, database.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert server_process(settings) != server
    await_true(lambda: is_gone(settings))


def test_killed_server_recovers_at_the_next_start(settings: Settings) -> None:
    with client(settings) as process:
        server_started(process)
        with open_database(settings) as database:
            with database.connect() as connection:
                connection.execute("CREATE TABLE survivor ()")
            os.kill(server_process(settings), signal.SIGKILL)
            await_true(lambda: is_gone(settings))
        with open_database(settings) as database, database.connect() as connection:
            connection.execute("DROP TABLE survivor")


def test_supervisor_ends_in_order_when_asked_to(settings: Settings) -> None:
    with client(settings) as process:
        server_started(process)
        os.kill(parent_of(server_process(settings)), signal.SIGTERM)
        await_true(lambda: is_gone(settings))


def test_stale_pid_file_of_a_living_process_is_no_obstacle(settings: Settings) -> None:
    # After a crash and a reboot the old server's number may be anybody's, here that of this very process.
    cluster = Folders(settings.home).cluster
    stale = f"{os.getpid()}\n{cluster}\n1\n5432\n\n127.0.0.1\n  1  1\nready\n"
    (cluster / "postmaster.pid").write_text(stale)
    with open_database(settings) as database, database.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_killed_while_it_makes_the_cluster(fresh: Settings) -> None:
    half_made = Folders(fresh.home).data / "cluster.new"
    with client(fresh) as process:
        await_true(half_made.exists)
        supervisor = next(
            int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        )
        os.kill(supervisor, signal.SIGKILL)
        process.kill()
    with open_database(fresh) as database, database.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not half_made.exists()


@pytest.mark.parametrize("role", ["writer", "reader", "admin"])
@pytest.mark.parametrize("host", ["socket", "127.0.0.1"])
@pytest.mark.parametrize("password", ["wrong", None])
def test_local_users_without_the_password_are_refused(
    database_server: Database, role: str, host: str, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    with database_server.connect("admin") as known:
        user = {"writer": "bulkhead", "reader": "bulkhead_reader", "admin": "bulkhead_admin"}[role]
        where = known.info.host if host == "socket" else host
        expected = "password authentication failed" if password else "no password supplied"
        with pytest.raises(psycopg.OperationalError, match=expected):
            psycopg.connect(host=where, port=known.info.port, user=user, password=password, dbname="bulkhead")


def test_roles_can_do_their_work_and_no_more(database: Database) -> None:
    with database.connect() as writer:
        writer.execute("CREATE TABLE book (amount_minor bigint)")
        writer.execute("GRANT SELECT ON book TO bulkhead_reader")
        rights = writer.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname IN ('bulkhead', 'bulkhead_reader')"
        ).fetchall()
        assert rights == [(False,) * 5] * 2
    with database.connect("reader", autocommit=True) as reader:
        assert reader.execute("SELECT * FROM book").fetchall() == []
        reader.execute("SET default_transaction_read_only = off")
        for forbidden in ("INSERT INTO book VALUES (1)", "CREATE TABLE mine ()", "COPY book TO PROGRAM 'cat'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(forbidden)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        database.named("postgres").connect("reader")


def test_folders_and_files_are_private(settings: Settings) -> None:
    folders = Folders(settings.home)
    with open_database(settings) as database, database.connect() as connection:
        socket = Path(connection.info.host)
        private = [folders.data, folders.run, folders.cluster, socket, folders.log, folders.server_lock]
        private.append(socket / f".s.PGSQL.{connection.info.port}")
        for path in private:
            assert not path.stat().st_mode & 0o077, f"{path} is open to others"
        assert connection.info.get_parameters()["require_auth"] == "scram-sha-256"


def test_server_listens_on_this_machine_only_and_keeps_its_promises(database: Database) -> None:
    expected = {
        "listen_addresses": "127.0.0.1",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
    }
    with database.connect("admin") as admin:
        assert {name: admin.execute(f"SHOW {name}").fetchone() for name in expected} == {
            name: (value,) for name, value in expected.items()
        }
        provider = admin.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'bulkhead'")
        assert provider.fetchone() == ("b", "C.UTF-8")


def test_personal_values_in_failed_statements_stay_out_of_the_log(settings: Settings) -> None:
    with open_database(settings) as database, database.connect(autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE person (name text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('Zhang San')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="Zhang San"):
            connection.execute("INSERT INTO person VALUES ('Zhang San')")
    log = Folders(settings.home).log.read_text()
    assert "duplicate key" in log
    assert "Zhang San" not in log


@pytest.mark.parametrize("name", ['隔舱 data, "quoted" and %d', "long" * 50], ids=["odd", "too long for a socket"])
def test_home_may_have_any_path(passable_folder: Path, name: str) -> None:
    settings = settings_in(passable_folder / name)
    with open_database(settings) as database, database.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        socket = Path(connection.info.host)
        assert socket.stat().st_mode & 0o077 == 0
    assert is_gone(settings)
    assert socket.is_relative_to(settings.home) or not socket.exists()


def test_ordinary_user(passable_folder: Path) -> None:
    """Everything else runs as whoever runs the tests; this one as a user without power even for root."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; for an ordinary one all tests here are this test")
    folder = passable_folder / "ordinary"
    folder.mkdir()
    shutil.chown(folder, "nobody")
    # Through env: what setpriv itself starts is found with the powers of root.
    prefix: tuple[str, ...] = ("setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", "--", "env")
    if subprocess.run(
        [*prefix, sys.executable, "-c", "import numpy"], capture_output=True, check=False
    ).returncode:
        # This interpreter lies where only root can reach it: be somebody who still looks like root from outside.
        shutil.chown(folder, "root")
        prefix = ("unshare", "--user", "--map-user=65534", "--")
    settings = settings_in(folder)
    with client(settings, *prefix) as process:
        server_started(process)
        server = Path(f"/proc/{server_process(settings)}")
        assert server.stat().st_uid == folder.stat().st_uid
        process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0
    assert is_gone(settings)


def test_root_puts_the_server_under_an_account_without_power(settings: Settings) -> None:
    with open_database(settings):
        status = Path(f"/proc/{server_process(settings)}/status").read_text()
        powers = dict(line.split(":", 1) for line in status.splitlines())
        assert int(powers["CapEff"], 16) == 0
        assert int(powers["NoNewPrivs"]) == 1
        assert stat.S_IMODE(settings.home.stat().st_mode) == 0o711


def test_folder_that_only_root_can_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settings = settings_in(tmp_path)
    with open_database(settings) as database, database.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700, "nobody may open it to make room"


def test_other_keys_are_refused_in_one_sentence(settings: Settings, tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match=r"BULKHEAD_KEYS is .*other"),
        open_database(settings.model_copy(update={"keys": tmp_path / "other"})),
    ):
        pass
    assert is_gone(settings)


def test_home_that_is_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(BadInput, match="cannot hold the database"), open_database(settings_in(tmp_path)):
        pass


def test_damaged_cluster_is_refused_and_its_log_named(settings: Settings) -> None:
    control = Folders(settings.home).cluster / "global/pg_control"
    aside = control.rename(control.with_suffix(".aside"))
    with pytest.raises(BadInput, match=r"does not start.*database\.log"), open_database(settings):
        pass
    aside.rename(control)
    assert is_gone(settings)


def test_variables_of_the_environment_do_not_reach_the_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGDATA": "/nonexistent", "PGPORT": "1", "PGUSER": "x", "PGDATABASE": "x"}.items():
        monkeypatch.setenv(name, value)
    with open_database(settings) as database, database.connect() as connection:
        assert connection.info.user == "bulkhead"
        environ = Path(f"/proc/{server_process(settings)}/environ").read_bytes()
    assert b"/nonexistent" not in environ
