"""The database cluster on disk: made once, whole or not at all; its settings written anew at every start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.account import die_with_parent

DATABASE = "bulkhead"
ROLES = {"admin": "bulkhead_admin", "writer": "bulkhead", "reader": "bulkhead_reader"}
INITDB_SECONDS_MAX = 300
SHARED_BUFFERS_BYTES_MAX = 512 * 1024**2
SHARED_BUFFERS_OF_MEMORY = 1 / 8

# Measured on two cores (commits of one leaf, batches of 4,096, COPY, scans): io_method and huge pages make no
# difference, synchronous_commit = off none that we may have. This build compresses page images with pglz only,
# which saved nothing: 1.09 bytes of log a byte of data with and without, as our rows are appended.
SERVER_SETTINGS = {
    "max_connections": "200",
    "huge_pages": "off",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_compression": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "max_logical_replication_workers": "0",
    "password_encryption": "scram-sha-256",
    "lc_messages": "C",  # people read our sentences, programs read the server's
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log is not encrypted: neither statements nor the values in error details may get into it.
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

HOST_BASED_ACCESS = """\
# Written at every start. Everybody proves a password, on the socket as over the network.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""

_INITDB = (
    *("--auth=reject", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
    *("--builtin-locale=C.UTF-8", "--data-checksums"),
    *("--no-instructions", f"--username={ROLES['admin']}"),
)


def make_cluster(cluster: Path, binaries: Path, passwords: Mapping[str, str]) -> None:
    """Initialise a cluster with its roles and its database, ``passwords`` by key of ``ROLES``.

    It has never listened when it gets its passwords. A crash on the way leaves only a folder that the next
    attempt removes. Raises ``BadInput`` when PostgreSQL says no.
    """
    new = cluster.with_name("cluster.new")
    shutil.rmtree(new, ignore_errors=True)
    _run([str(binaries / "bin/initdb"), *_INITDB, "-D", str(new)])
    write_settings(new)
    _run([str(binaries / "bin/postgres"), "--single", "-D", str(new), "template1"], _first_sql(passwords))
    new.rename(cluster)
    parent = os.open(cluster.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)


def write_settings(cluster: Path) -> None:
    """Write ``postgresql.conf`` and ``pg_hba.conf``. What ``ALTER SYSTEM`` has set stands apart and wins."""
    shared_buffers = min(SHARED_BUFFERS_BYTES_MAX, int(memory_bytes() * SHARED_BUFFERS_OF_MEMORY))
    settings = SERVER_SETTINGS | {"shared_buffers": f"{shared_buffers // 1024}kB"}
    lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
    (cluster / "postgresql.conf").write_text("# Written at every start; use ALTER SYSTEM.\n" + "".join(lines))
    (cluster / "pg_hba.conf").write_text(HOST_BASED_ACCESS)


def memory_bytes() -> int:
    """Memory this process may use: the machine's, or less where a container has a limit."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine


def _first_sql(passwords: Mapping[str, str]) -> str:
    """Statements for the single-user server, one a line. What the reader may read, migrations grant."""
    assert all(password.isalnum() for password in passwords.values()), "these go into SQL as they are"
    admin, writer, reader = ROLES["admin"], ROLES["writer"], ROLES["reader"]
    statements = (
        f"ALTER ROLE {admin} PASSWORD '{passwords['admin']}'",
        f"CREATE ROLE {writer} LOGIN PASSWORD '{passwords['writer']}'",
        f"CREATE ROLE {reader} LOGIN PASSWORD '{passwords['reader']}'",
        f"ALTER ROLE {reader} SET default_transaction_read_only = on",
        f"CREATE DATABASE {DATABASE} OWNER {writer}",
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {reader}",
        "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
        "REVOKE ALL ON DATABASE template1 FROM PUBLIC",
    )
    return "".join(statement + "\n" for statement in statements)


def _run(command: Sequence[str], text: str = "") -> None:
    """Run a program of PostgreSQL to its end; its parent's death is its own."""
    done = subprocess.run(
        command,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INITDB_SECONDS_MAX,
        check=False,
        preexec_fn=partial(die_with_parent, signal.SIGKILL, os.getpid()),
    )
    # The single-user server ends with 0 even after a failed statement.
    faults = [line for line in done.stdout.splitlines() if any(f"{word}:" in line for word in _FAULT_WORDS)]
    if done.returncode != 0 or faults:
        said = faults[0] if faults else done.stdout.strip().splitlines()[-1:]
        raise BadInput(f"The embedded database could not be made: {Path(command[0]).name} said {said!r}.")


_FAULT_WORDS = ("ERROR", "FATAL", "PANIC", "error")
