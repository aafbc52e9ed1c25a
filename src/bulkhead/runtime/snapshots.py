"""Snapshots of the machine on disk. They only save time: whatever is wrong with one, the journal decides.

A snapshot's name carries a keyed digest of its content: whoever can write the folder, but has not the keys, cannot
slip the machine another balance.
"""

from __future__ import annotations

import hmac
import io
import os
from pathlib import Path

import numpy as np
import structlog

from bulkhead.engine.machine import Machine
from bulkhead.engine.snapshot import dump, restore
from bulkhead.kernel.errors import BadInput

KEPT = 2
_SIZE_DIGITS = 20
_log = structlog.get_logger()


class Snapshots:
    """The snapshots of one institution in a folder of its own: ``<size>-<keyed digest>.npz``."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def save(self, machine: Machine) -> None:
        """Write the machine's state, durable and whole, and remove all but the newest few."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        buffer = io.BytesIO()
        np.savez(buffer, **dump(machine))  # type: ignore[arg-type]  # numpy types its keyword arguments as flags
        content = buffer.getbuffer()
        name = f"{machine.sequence:0{_SIZE_DIGITS}d}-{self._seal(content)}.npz"
        partial = self._folder / f".{name}.partial"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / name)
        for old in self._paths()[KEPT:]:
            old.unlink(missing_ok=True)

    def newest(self, size_max: int) -> Machine | None:
        """The newest sound snapshot of at most this many leaves."""
        for path in self._paths():
            if int(path.name.split("-")[0]) > size_max:
                continue
            try:
                content = path.read_bytes()
                if self._seal(content) != path.stem.split("-")[1]:
                    raise ValueError("its content does not match its name")
                with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                    return restore(dict(arrays), self._key)
            except (BadInput, ValueError, KeyError, OSError) as error:
                _log.warning("snapshot passed over", path=str(path), reason=str(error))
        return None

    def _seal(self, content: bytes | memoryview) -> str:
        return hmac.digest(self._key, content, "sha256").hex()

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]" * _SIZE_DIGITS + "-*.npz"), reverse=True)
