"""Keeps the worker's process beside the console: started with it, started again when it dies, ended with it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from bulkhead.web.starting import House
from bulkhead.web.tasks.worker_process import GRACE_S, Served

PAUSE_S, PAUSE_S_MAX = 0.5, 30.0  # before it is started again, doubled while it keeps dying
SETTLED_S = 60.0  # a process that lived so long did not die of its start
LINES_MAX = 200  # of what it says, the latest
_log = structlog.get_logger()


class Keeper:
    """The worker's process. ``said`` are its latest lines, ``starts`` counts how often it was started."""

    def __init__(self, house: House) -> None:
        self.said: deque[str] = deque(maxlen=LINES_MAX)
        self.starts = 0
        self._served = Served(str(house.settings.home), str(house.settings.keys), house.database.dsn())
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process that works now."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def end(self) -> None:
        """End the process: asked first, killed when it does not."""
        self._ending.set()
        self._thread.join(GRACE_S + 10)

    def _keep(self) -> None:
        pause_s = PAUSE_S
        while not self._ending.is_set():
            began_s = time.monotonic()
            self._run_once()
            if self._ending.is_set():
                return
            pause_s = PAUSE_S if time.monotonic() - began_s > SETTLED_S else min(pause_s * 2, PAUSE_S_MAX)
            _log.error("the job worker ended and is started again", said=list(self.said)[-1:], pause_s=pause_s)
            self._ending.wait(pause_s)

    def _run_once(self) -> None:
        """Start the process and wait for its end, or for ours."""
        command = [sys.executable, "-m", "bulkhead.web.tasks.worker_process"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            self._process, self.starts = process, self.starts + 1
            assert process.stdin is not None
            listener = threading.Thread(target=self._listen, args=(process,), daemon=True)
            listener.start()
            with suppress(BrokenPipeError):
                process.stdin.write(self._served.line())
                process.stdin.flush()
            while process.poll() is None and not self._ending.is_set():
                self._ending.wait(0.2)
            with suppress(BrokenPipeError):
                process.stdin.close()  # its end is the sign to end
            try:
                process.wait(GRACE_S + 5)
            except subprocess.TimeoutExpired:
                process.kill()
            listener.join(1)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with suppress(ValueError):  # closed while we read
            while line := process.stderr.readline(10_000):
                self.said.append(line.decode(errors="replace").rstrip())


@contextmanager
def worker_beside(house: House) -> Iterator[Keeper]:
    """A worker's process for as long as the block runs."""
    keeper = Keeper(house)
    try:
        yield keeper
    finally:
        keeper.end()
