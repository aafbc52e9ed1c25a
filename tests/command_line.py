"""The ``bulkhead`` command as a person runs it: a process of its own, with an empty home and keys of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The entry point of pyproject, so that the tests need no installed script.
ENTRY = "import sys; sys.argv[0] = 'bulkhead'; from bulkhead.cli.main import main; sys.exit(main())"
SOURCE = Path(__file__).parents[1] / "src"
SETTINGS = ("BULKHEAD_HOME", "BULKHEAD_KEYS", "BULKHEAD_DATABASE_URL")
SECONDS_MAX = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object that ``--json`` prints; anything else on stdout is a failure."""
        value = json.loads(self.stdout)
        assert isinstance(value, dict), self.stdout[:200]
        return value


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Commands that share one installation, kept in ``folder``."""

    folder: Path

    def run(self, *arguments: str | Path, seconds_max: float = SECONDS_MAX) -> Answer:
        """Run to the end. A traceback is a bug whatever the exit code, so it fails the test here."""
        done = subprocess.run(
            self._command(arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds_max,
            check=False,
        )
        assert "Traceback (most recent call last)" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start and return at once: for tests that kill it. Whoever starts it waits for it."""
        return subprocess.Popen(
            self._command(arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The caller's, with this installation's folders, no colour and a fixed width."""
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        return inherited | {
            "BULKHEAD_HOME": str(self.folder / "home"),
            "BULKHEAD_KEYS": str(self.folder / "keys"),
            "PYTHONPATH": str(SOURCE),
            "NO_COLOR": "1",
            "COLUMNS": "110",
        }

    def _command(self, arguments: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-c", ENTRY, *map(str, arguments)]
