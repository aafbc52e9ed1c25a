"""Locks on files. The operating system drops them when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Literal, Self

Kind = Literal["shared", "exclusive"]

POLL_SECONDS = 0.005
TEXT_BYTES_MAX = 4096
_FLAGS = {"shared": fcntl.LOCK_SH, "exclusive": fcntl.LOCK_EX}


class FileLock:
    """One holder of the lock on a file; the file's text can tell others something. Closing lets go."""

    def __init__(self, path: Path) -> None:
        """Opens the file, which is made 0600 when missing. Raises ``OSError``."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._descriptor)

    def fileno(self) -> int:
        """For a child that is to inherit the lock: it is then held until both have closed it."""
        return self._descriptor

    def try_hold(self, kind: Kind) -> bool:
        """Take the lock if nobody stands in the way; says whether it is held."""
        try:
            fcntl.flock(self._descriptor, _FLAGS[kind] | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def hold(self, kind: Kind, *, seconds_max: float) -> None:
        """Take the lock, waiting for it. Raises ``TimeoutError``."""
        deadline = time.monotonic() + seconds_max
        while not self.try_hold(kind):
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(POLL_SECONDS)

    def hold_whenever(self, kind: Kind) -> None:
        """Take the lock, sleeping in the operating system as long as it takes."""
        fcntl.flock(self._descriptor, _FLAGS[kind])

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @property
    def text(self) -> str:
        return os.pread(self._descriptor, TEXT_BYTES_MAX, 0).decode()

    @text.setter
    def text(self, text: str) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock on this file exclusively."""
    if not path.exists():
        return False
    with FileLock(path) as lock:
        return not lock.try_hold("shared")
