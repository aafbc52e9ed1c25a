"""A client's side of the embedded server: find it or have it started, use it, leave it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bulkhead
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.binaries import server_binaries
from bulkhead.runtime.database.cluster import ROLES
from bulkhead.runtime.database.folders import Folders
from bulkhead.runtime.database.locks import POLL_SECONDS, FileLock, is_held
from bulkhead.runtime.store.keys import Keys

START_SECONDS_MAX = 660  # longer than the supervisor waits for a recovery
STOP_SECONDS_MAX = 60
LOG_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server listens: ``host`` is the folder of its socket, ``port`` also one of 127.0.0.1."""

    host: str
    port: int
    pid: int


def password(keys: Keys, role: str) -> str:
    """The password of a role of the embedded server; ``role`` is a key of ``ROLES``."""
    return keys.text_secret(f"database-{role}")


@contextmanager
def embedded_server(home: Path, keys: Keys) -> Iterator[Endpoint]:
    """The running server of this home, started when it is not, stopped when its last client leaves.

    Raises ``BadInput`` when it cannot be had.
    """
    if sys.platform != "linux":
        raise BadInput("The embedded database needs Linux; set BULKHEAD_DATABASE_URL to a server of your own.")
    folders = Folders(home)
    try:
        folders.create()
        presence = FileLock(folders.clients_lock)
    except OSError as error:
        raise BadInput(f"{home} cannot hold the database: {error.strerror} ({error.filename}).") from error
    try:
        endpoint = _enter(folders, presence, keys)
        yield endpoint
    finally:
        presence.close()
        _await_stop(folders)


def _enter(folders: Folders, presence: FileLock, keys: Keys) -> Endpoint:
    try:
        with FileLock(folders.start_lock) as start:
            start.hold("exclusive", seconds_max=START_SECONDS_MAX)
            presence.hold("shared", seconds_max=STOP_SECONDS_MAX)  # waits while a server is being stopped
            return _running(folders) or _start(folders, keys, start)
    except TimeoutError:
        raise BadInput(
            f"The embedded database in {folders.data} is being started or stopped by another command and does "
            f"not come to an end; its log is {folders.log}."
        ) from None


def _running(folders: Folders) -> Endpoint | None:
    """The server that is there, or None. Waits for a supervisor whose server has failed to be gone."""
    deadline = time.monotonic() + STOP_SECONDS_MAX
    with FileLock(folders.server_lock) as server:
        while not server.try_hold("shared"):
            if text := server.text:
                return Endpoint(**json.loads(text))
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(POLL_SECONDS)
    return None


def _start(folders: Folders, keys: Keys, start: FileLock) -> Endpoint:
    request = {
        "start_lock": start.fileno(),
        "home": str(folders.home),
        "binaries": str(server_binaries()),
        "passwords": {role: password(keys, role) for role in ROLES},
    }
    supervisor = _spawn_supervisor(folders, start)
    assert supervisor.stdin
    assert supervisor.stdout
    with supervisor.stdin, supervisor.stdout:
        supervisor.stdin.write(json.dumps(request).encode())
        supervisor.stdin.close()
        answer = supervisor.stdout.readline()
    reply = json.loads(answer or '{"error": "The embedded database does not start."}')
    endpoint = None if "error" in reply else _running(folders)
    if endpoint is None:
        raise BadInput(f"{reply.get('error', 'The embedded database ended at once.')} Its log is {folders.log}.")
    return endpoint


def _spawn_supervisor(folders: Folders, start: FileLock) -> subprocess.Popen[bytes]:
    """Start the supervisor in a session of its own, with an environment in which only we have a say.

    It inherits the start lock: were we killed now, nobody else could start a second one.
    """
    sources = Path(bulkhead.__file__).parents[1]
    with _open_log(folders.log) as log:
        return subprocess.Popen(
            [sys.executable, "-S", "-P", "-m", "bulkhead.runtime.database.supervisor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(start.fileno(),),
            cwd="/",
            env={"PYTHONPATH": str(sources), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )


@contextmanager
def _open_log(path: Path) -> Iterator[int]:
    """The server's log for appending; a long one is put aside first, so that two at most remain."""
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _await_stop(folders: Folders) -> None:
    """Return when the server has stopped, or when others still use it and will see it stop.

    Without others, the supervisor is about to take the clients' lock or has it already.
    """
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while is_held(folders.server_lock) and time.monotonic() < deadline:
        with FileLock(folders.clients_lock) as clients:
            others = not clients.try_hold("exclusive") and clients.try_hold("shared")
        if others:
            return
        time.sleep(POLL_SECONDS)
