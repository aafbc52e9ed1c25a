"""The process that owns the embedded server: its parent from the first moment to the last.

Started by the first client, in a session of its own, under an account without power; it runs on the standard
library alone. It keeps the server as long as any client holds the shared lock and stops it when it gets the
lock for itself. If it is killed, the kernel tells the server to stop. So nothing outlives the last client.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.account import choose_account, give_folder
from bulkhead.runtime.database.cluster import make_cluster, write_settings
from bulkhead.runtime.database.folders import Folders
from bulkhead.runtime.database.locks import FileLock
from bulkhead.runtime.database.server import Server, await_no_other, start_server

LOCK_SECONDS_MAX = 5  # others hold it only for the moment of looking
SOCKET_PATH_BYTES_MAX = 107
_LONGEST_SOCKET = "/.s.PGSQL.65535"


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asks for: one JSON object on standard input."""

    home: str
    binaries: str
    start_lock: int  # inherited: the descriptor to close once others may look for the server
    passwords: Mapping[str, str]  # by key of ``cluster.ROLES``


def main() -> int:
    """Read the request, start the server, answer with one line, and keep the server as long as it is needed."""
    request = Request(**json.load(sys.stdin))
    folders = Folders(Path(request.home))
    os.umask(0o077)
    with FileLock(folders.server_lock) as own, FileLock(folders.clients_lock) as clients:
        own.hold("exclusive", seconds_max=LOCK_SECONDS_MAX)
        own.text = ""
        try:
            with reserve_port() as reserved:
                port = reserved.getsockname()[1]
                server, sockets = _start(folders, request, port)
                own.text = json.dumps({"host": str(sockets), "port": port, "pid": server.pid})
                os.close(request.start_lock)
                _answer({"ready": True})
                _keep(server, clients)
                if sockets.parent != folders.data:
                    sockets.rmdir()
        except (BadInput, OSError) as error:
            _answer({"error": str(error)})
            return 1
        finally:
            own.text = ""
    return 0


def reserve_port() -> socket.socket:
    """A socket bound to a free port of this machine that the server may share and nobody else can take.

    Both sides set SO_REUSEADDR and only the server listens: the kernel allows that.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


def _start(folders: Folders, request: Request, port: int) -> tuple[Server, Path]:
    binaries = Path(request.binaries)
    await_no_other(folders.cluster)
    account = choose_account(folders.data, binaries)
    give_folder(folders.data, account)
    account.enter()
    if not folders.cluster.exists():
        make_cluster(folders.cluster, binaries, request.passwords)
    write_settings(folders.cluster)
    sockets = socket_folder(folders.data)
    return start_server(folders.cluster, binaries, sockets=sockets, port=port), sockets


def _keep(server: Server, clients: FileLock) -> None:
    """Wait until the server has ended: no client is left, somebody asks us to end, or it failed."""

    def stop_when_alone() -> None:
        clients.hold_whenever("exclusive")
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: server.ask_to_stop())
    threading.Thread(target=stop_when_alone, daemon=True).start()
    server.wait()


def socket_folder(data: Path) -> Path:
    """A 0700 folder for the server's socket, inside ``data`` unless the system's bounds forbid it.

    A socket's path has at most 107 bytes, and clients take a comma for the end of a host. The folder outside
    has always the same name for the same data, so that at most one is ever left behind.
    """
    inside = data / "socket"
    if len(os.fsencode(inside)) + len(_LONGEST_SOCKET) <= SOCKET_PATH_BYTES_MAX and "," not in str(inside):
        inside.mkdir(mode=0o700, exist_ok=True)
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    outside = Path(tempfile.gettempdir()) / f"bulkhead-{os.geteuid()}-{digest}"
    outside.mkdir(mode=0o700, exist_ok=True)
    found = outside.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise BadInput(f"{outside} was made by somebody else; remove it, or use a shorter BULKHEAD_HOME.")
    return outside


def _answer(reply: Mapping[str, object]) -> None:
    """Write the one line the client waits for. A client that died meanwhile needs none."""
    try:
        os.write(1, json.dumps(reply).encode() + b"\n")
        os.dup2(2, 1)  # closes the pipe: the client sees its end
    except BrokenPipeError:
        return


if __name__ == "__main__":
    sys.exit(main())
