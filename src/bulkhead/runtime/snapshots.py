"""Snapshots of the machine. They only save time: whatever is wrong with one, the journal decides.

A snapshot's name carries a keyed digest of its content: whoever can write the folder, but has not the keys, cannot
slip the machine another balance.
"""

from __future__ import annotations

import hmac
import io
import os
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog

from bulkhead.engine.duplicates import GENERATION_IDS
from bulkhead.engine.machine import Machine
from bulkhead.engine.snapshot import dump, restore
from bulkhead.kernel.errors import BadInput

KEPT = 2
_SIZE_DIGITS = 20
_log = structlog.get_logger()


class SnapshotMedium(Protocol):
    """Where snapshots lie, by name. Every method may raise ``OSError``."""

    def names(self) -> list[str]:
        """Of all that was written whole, and perhaps of other things."""

    def read(self, name: str) -> bytes: ...

    def write(self, name: str, content: memoryview) -> None:
        """Durable when it returns; a name is there with all of its content or not at all, unless the disk lies."""

    def remove(self, name: str) -> None: ...


class SnapshotFolder:
    """A folder of its own for the snapshots of one institution."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return [path.name for path in self._folder.glob("*.npz")]

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def write(self, name: str, content: memoryview) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._folder.glob(".*.partial"):  # by a writer that was killed: it must not fill the disk
            left.unlink(missing_ok=True)
        partial = self._folder / f".{name}.partial"
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(self._folder / name)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)


class Snapshots:
    """The snapshots of one institution: ``<size>-<keyed digest>.npz``.

    ``generation_ids`` is that of all its machines; see ``Machine``.
    """

    def __init__(self, medium: SnapshotMedium, key: bytes, generation_ids: int = GENERATION_IDS) -> None:
        self._medium = medium
        self._key = key
        self._generation_ids = generation_ids

    def new_machine(self) -> Machine:
        """A machine whose journal has not begun."""
        return Machine(self._key, self._generation_ids)

    def save(self, machine: Machine) -> None:
        """Write the machine's state, durable and whole, and remove all but the newest few.

        Where the disk refuses, the log says so and nothing else happens: a snapshot only saves time.
        """
        buffer = io.BytesIO()
        np.savez(buffer, **dump(machine))  # type: ignore[arg-type]  # numpy types its keyword arguments as flags
        content = buffer.getbuffer()
        try:
            self._medium.write(f"{machine.sequence:0{_SIZE_DIGITS}d}-{self._seal(content)}.npz", content)
            for old in self._names()[KEPT:]:
                self._medium.remove(old)
        except OSError as error:
            _log.warning("snapshot not kept", sequence=machine.sequence, reason=str(error))

    def newest(self, size_max: int) -> Machine | None:
        """The newest sound snapshot of at most this many leaves."""
        for name in self._names():
            if int(name.split("-")[0]) > size_max:
                continue
            try:
                content = self._medium.read(name)
                if self._seal(content) != name.removesuffix(".npz").split("-")[1]:
                    raise ValueError("its content does not match its name")
                with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                    return restore(dict(arrays), self._key, self._generation_ids)
            except (BadInput, ValueError, KeyError, OSError) as error:
                _log.warning("snapshot passed over", name=name, reason=str(error))
        return None

    def _seal(self, content: bytes | memoryview) -> str:
        return hmac.digest(self._key, content, "sha256").hex()

    def _names(self) -> list[str]:
        """The newest first."""
        names = [n for n in self._medium.names() if n[:_SIZE_DIGITS].isdecimal() and n[_SIZE_DIGITS:][:1] == "-"]
        return sorted((n for n in names if n.endswith(".npz")), reverse=True)
