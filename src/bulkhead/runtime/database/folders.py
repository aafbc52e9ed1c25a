"""Where things lie inside BULKHEAD_HOME."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """``data`` belongs to the server's account, ``run`` to whoever runs the commands. Both are 0700.

    The clients write only into ``run`` and the server only into ``data``: so a command run as root never
    follows a link that the server's account could have laid.
    """

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "database"

    @property
    def cluster(self) -> Path:
        return self.data / "cluster"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def start_lock(self) -> Path:
        """Held while a command looks for the server and starts it."""
        return self.run / "database.start"

    @property
    def clients_lock(self) -> Path:
        """Shared by all clients; exclusive by the supervisor once there is none."""
        return self.run / "database.clients"

    @property
    def server_lock(self) -> Path:
        """Held by the supervisor while it lives; its text says where the server listens."""
        return self.run / "database.server"

    @property
    def log(self) -> Path:
        return self.run / "database.log"

    def create(self) -> None:
        """Make what is missing. Folders that exist keep their modes, above all those of other people."""
        # Others may pass through a new home but not list it: a server that root has put under another
        # account must reach its own folder.
        self.home.parent.mkdir(parents=True, exist_ok=True)
        for folder, mode in ((self.home, 0o711), (self.data, 0o700), (self.run, 0o700)):
            if not folder.is_dir():
                folder.mkdir(mode=mode, exist_ok=True)


def processes_in(cluster: Path) -> list[int]:
    """Ids of the server processes that work in a cluster: each of them has it as its working directory."""
    if not cluster.exists():
        return []
    folder = cluster.stat()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_server = (process / "exe").readlink().name.startswith("postgres")
            if is_server and os.path.samestat((process / "cwd").stat(), folder):
                found.append(int(process.name))
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return found
