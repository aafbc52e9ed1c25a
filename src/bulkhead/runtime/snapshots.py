"""Snapshots of the machine on disk. They only save time: whatever is wrong with one, the journal decides."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import structlog

from bulkhead.engine.machine import Machine
from bulkhead.engine.snapshot import dump, restore

KEPT = 2
_log = structlog.get_logger()


class Snapshots:
    """The snapshots of one institution in a folder of its own: ``<size>-<sha256>.npz``."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def save(self, machine: Machine) -> None:
        """Write the machine's state, durable and whole, and remove all but the newest few."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        buffer = io.BytesIO()
        np.savez(buffer, **dump(machine))  # type: ignore[arg-type]  # numpy types its keyword arguments as flags
        content = buffer.getbuffer()
        name = f"{machine.sequence:020d}-{hashlib.sha256(content).hexdigest()}.npz"
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
                if hashlib.sha256(content).hexdigest() != path.stem.split("-")[1]:
                    raise ValueError("its content does not match its name")
                with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                    return restore(dict(arrays), self._key)
            except (ValueError, KeyError, OSError) as error:
                _log.warning("snapshot passed over", path=str(path), reason=str(error))
        return None

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*-*.npz"), reverse=True) if self._folder.is_dir() else []
