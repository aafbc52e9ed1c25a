"""One running PostgreSQL server, child of this process."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.account import die_with_parent
from bulkhead.runtime.database.folders import processes_in

READY_SECONDS_MAX = 600  # after a crash it first replays up to max_wal_size of log
OTHERS_SECONDS_MAX = 60
POLL_SECONDS = 0.005
# What to send, in turn, and how long to wait for its effect: end the sessions and write everything down;
# leave at once and recover at the next start; the end.
STOP_STEPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
_STATUS_LINE = 7  # of postmaster.pid, counted from 0; the line pg_ctl waits for


class Server:
    """A server that accepts connections; ``start_server`` gives it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> int:
        """Wait until the server has ended, for whatever reason; gives its exit code."""
        return self._process.wait()

    def ask_to_stop(self) -> None:
        """Have it end all sessions and stop, without waiting for that."""
        self._process.send_signal(STOP_STEPS[0][0])

    def stop(self) -> None:
        """Stop it, ever less gently."""
        for signal_number, seconds in STOP_STEPS:
            self._process.send_signal(signal_number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            return


def start_server(cluster: Path, binaries: Path, *, sockets: Path, port: int) -> Server:
    """Start the server and wait until it accepts connections.

    ``await_no_other`` comes first. The server stops when this process dies. Raises ``BadInput`` when it ends
    instead of coming up, or takes too long.
    """
    # Stale, as nobody works here. PostgreSQL would drop the file by itself, unless some other process has the
    # old server's number by now.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    quoted = str(sockets).replace('"', '""')  # the setting is a list: commas and spaces separate
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
    }
    process = subprocess.Popen(
        [str(binaries / "bin/postgres"), "-D", str(cluster), *(f"-c{k}={v}" for k, v in options.items())],
        stdin=subprocess.DEVNULL,
        stdout=2,
        preexec_fn=partial(die_with_parent, signal.SIGINT, os.getpid()),
    )
    server = Server(process)
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not _is_ready(cluster, process.pid):
        if process.poll() is not None:
            raise BadInput(f"The embedded database in {cluster} does not start.")
        if time.monotonic() > deadline:
            server.stop()
            raise BadInput(f"The embedded database in {cluster} was not ready after {READY_SECONDS_MAX} s.")
        time.sleep(POLL_SECONDS)
    return server


def _is_ready(cluster: Path, pid: int) -> bool:
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def await_no_other(cluster: Path) -> None:
    """Wait for what an earlier supervisor, killed, has left behind to end: two servers would ruin the data.

    To be called before the account is entered, as only then all processes can be seen. Raises ``BadInput``
    when one stays.
    """
    deadline = time.monotonic() + OTHERS_SECONDS_MAX
    while others := processes_in(cluster):
        if time.monotonic() > deadline:
            raise BadInput(f"Another server still works in {cluster} (process {others[0]}); end it first.")
        time.sleep(POLL_SECONDS)
