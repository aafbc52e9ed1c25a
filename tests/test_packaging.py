"""What a newcomer installs: the locks, the licences, the wheel, and the search for a Python that works."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bulkhead
from imports import imported_packages

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")
REFUSED_LICENCES = re.compile(r"AGPL|(?<!L)GPL|GNU (Affero )?General Public|BUSL|Business Source|SSPL|Elastic")
SHELL = "/bin/sh"


def locked(name: str) -> dict[str, str]:
    """Package -> pinned version of one lock file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_lock_names_where_it_comes_from(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    logical_lines = text.replace("\\\n", " ").splitlines()
    assert len(logical_lines) == len(locked(name))
    assert [line for line in logical_lines if not re.search(r"--hash=sha256:[0-9a-f]{64}", line)] == []
    assert not re.search(r"://|index|find-links|file:", text)


def test_the_locks_answer_what_pyproject_asks() -> None:
    runtime, everything = locked(LOCKS[0]), locked(LOCKS[1])
    assert runtime.items() <= everything.items(), "one version of each package in both locks"
    extras = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    for pins, wanted in ((runtime, PROJECT["dependencies"]), (everything, extras)):
        for requirement in map(Requirement, wanted):
            version = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement} against {version}: make lock"


def test_every_package_the_house_imports_is_asked_for_by_name() -> None:
    """What another package happens to bring may be gone with its next version."""
    asked = names_of(PROJECT["dependencies"])
    measured = asked | names_of(PROJECT["optional-dependencies"]["bench"])
    owners = metadata.packages_distributions()
    for path in sorted((ROOT / "src").rglob("*.py")):
        allowed = measured if {"benchmarks", "realism"} & set(path.parts) else asked
        for name in imported_packages(path) - set(sys.stdlib_module_names) - {"bulkhead"}:
            distributions = {canonicalize_name(owner) for owner in owners.get(name, ())}
            assert distributions & allowed, f"{path.relative_to(ROOT)} imports {name}: add it to pyproject.toml"


def names_of(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def test_nothing_that_runs_has_a_licence_this_project_refuses() -> None:
    refused = {package: licence_of(package) for package in locked(LOCKS[0]) if is_installed(package)}
    assert len(refused) >= len(PROJECT["dependencies"])
    assert {p: licence for p, licence in refused.items() if REFUSED_LICENCES.search(licence)} == {}


def is_installed(package: str) -> bool:
    return any(True for _ in metadata.distributions(name=package))


def licence_of(package: str) -> str:
    """The licence a package states: its expression, or its classifiers, or the first line of the field."""
    about = metadata.metadata(package)
    stated = [about["License-Expression"]] if "License-Expression" in about else []
    stated += [c for c in about.get_all("Classifier") or [] if c.startswith("License")]
    if not stated and "License" in about:
        stated = about["License"].strip().splitlines()[:1]
    assert stated, f"{package} states no licence"
    return " ".join(stated)


def test_the_licence_rule_tells_gpl_from_lgpl() -> None:
    assert REFUSED_LICENCES.search("GNU General Public License v3 (GPLv3)")
    assert not REFUSED_LICENCES.search("LGPL-3.0-only")


def test_the_wheel_carries_every_file_the_house_reads(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, "out"], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    written = {p.relative_to(tmp_path / "src").as_posix() for p in (tmp_path / "src").rglob("*") if p.is_file()}
    assert {name for name in written if ".egg-info/" not in name} <= packed
    assert any(name.endswith("licenses/LICENSE") for name in packed)
    assert wheel.name.startswith(f"bulkhead-{bulkhead.__version__}-")


def test_the_changelog_begins_with_this_version_or_with_what_comes_next() -> None:
    first = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first
    assert first[1] == "Unreleased" or first[1].startswith(bulkhead.__version__)


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{SHELL}\n{script}\n")
    path.chmod(0o755)
    return path


def find_python(path: str, python: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SHELL, str(ROOT / "tools/find-python")],
        env={"PATH": path, "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )


BROKEN_SHIM = 'echo "python3: command not found" >&2; exit 127'
TOO_OLD = 'case "$2" in *exit*) exit 1;; *print*) echo "is Python 3.9.2";; esac'


def test_a_broken_shim_and_an_old_python_are_passed_over(tmp_path: Path) -> None:
    folders = [tmp_path / "broken shims", tmp_path / "old", tmp_path / "good"]
    executable(folders[0] / "python3", BROKEN_SHIM)
    executable(folders[1] / "python3", TOO_OLD)
    good = executable(folders[2] / "python3.11", f"exec '{sys.executable}' \"$@\"")
    result = find_python(":".join(map(str, folders)))
    assert (result.returncode, result.stdout.strip()) == (0, str(good))


def test_without_a_usable_python_every_one_found_is_named_with_its_fault(tmp_path: Path) -> None:
    broken = executable(tmp_path / "a/python3", BROKEN_SHIM)
    old = executable(tmp_path / "b/python3", TOO_OLD)
    result = find_python(f"{broken.parent}:{old.parent}")
    assert result.returncode == 2
    assert f"{broken} does not run" in result.stderr
    assert f"{old} is Python 3.9.2" in result.stderr
    assert "Bulkhead needs Python 3.11" in result.stderr


def test_a_python_named_by_hand_is_taken_or_refused_but_never_replaced(tmp_path: Path) -> None:
    old = executable(tmp_path / "old python", TOO_OLD)
    folder = str(Path(sys.executable).parent)
    assert find_python(folder, python=sys.executable).stdout.strip() == sys.executable
    refused = find_python(folder, python=str(old))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is Python 3.9.2" in refused.stderr
