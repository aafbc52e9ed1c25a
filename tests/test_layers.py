"""Rooms import only downward, and each takes from outside only what it is meant to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imports import imported_packages

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "src/bulkhead"

# What each room may import besides the standard library and rooms below it. The engine's answers must not
# depend on a file, a socket or a clock, so the rooms it is made of are also kept from those (NO_OUTSIDE).
PACKAGES = {
    "kernel": {"numpy"},
    "analysis": {"llvmlite", "numpy", "numba"},
    "intake": {"msgspec", "numpy", "pyarrow"},
    "decision": {"msgspec", "numpy"},
    "custody": {"numpy", "numba"},
    "engine": {"numpy", "numba"},
    "simulation": {"lightgbm", "msgspec", "numba", "numpy", "pyarrow", "scipy", "sklearn"},
    "reporting": {"typst", "xlsxwriter"},
    "risk": {"numpy"},
}
NO_OUTSIDE = ("custody", "engine")
OUTSIDE = frozenset(
    {"asyncio", "http", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"}
    | {"subprocess", "tempfile", "threading", "time", "urllib"}
)


def lint(cwd: Path, source: Path) -> subprocess.CompletedProcess[str]:
    """The import linter over the ``bulkhead`` package in ``source`` with the contracts of ``cwd``."""
    command = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache', '--no-logo'])"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.run(
        [sys.executable, "-c", command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_rooms_import_only_downward() -> None:
    result = lint(ROOT, ROOT / "src")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("kernel/upward.py", "import bulkhead.engine"),
        ("decision/sideways.py", "import bulkhead.custody"),
        ("attic/__init__.py", ""),
    ],
)
def test_the_linter_sees_a_wrong_import_and_a_room_nobody_placed(tmp_path: Path, file: str, line: str) -> None:
    shutil.copytree(HOUSE, tmp_path / "src/bulkhead", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    broken = tmp_path / "src/bulkhead" / file
    broken.parent.mkdir(exist_ok=True)
    broken.write_text(line + "\n")
    result = lint(tmp_path, tmp_path / "src")
    assert result.returncode == 1
    assert broken.stem in result.stdout or broken.parent.name in result.stdout


@pytest.mark.parametrize("room", PACKAGES)
def test_a_room_takes_from_outside_only_what_it_is_meant_to(room: str) -> None:
    allowed = PACKAGES[room] | set(sys.stdlib_module_names) | {"bulkhead"}
    if room in NO_OUTSIDE:
        allowed -= OUTSIDE
    strangers = {
        f"{path.relative_to(HOUSE)} imports {name}"
        for path in (HOUSE / room).rglob("*.py")
        for name in imported_packages(path)
        if name not in allowed
    }
    assert not strangers
