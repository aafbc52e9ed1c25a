"""What other people wrote and we serve is what they published, under a licence we may pass on."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import bulkhead

FOLDER = Path(bulkhead.__file__).parent / "web" / "static" / "web" / "vendor"
ASSETS = tomllib.loads((FOLDER / "vendored.toml").read_text(encoding="utf-8"))["asset"]
LICENCES = frozenset({"MIT", "0BSD", "BSD-3-Clause", "Apache-2.0", "ISC"})


def test_every_vendored_file_is_the_published_one_under_a_known_licence() -> None:
    assert len(ASSETS) >= 3
    for asset in ASSETS:
        assert hashlib.sha256((FOLDER / asset["file"]).read_bytes()).hexdigest() == asset["sha256"], asset["file"]
        assert asset["licence"] in LICENCES
        assert len((FOLDER / asset["licence_file"]).read_text(encoding="utf-8")) > 300
        assert asset["version"]
        assert asset["package"]


def test_nothing_is_vendored_that_the_list_does_not_name() -> None:
    named = {asset["file"] for asset in ASSETS} | {asset["licence_file"] for asset in ASSETS}
    assert {path.name for path in FOLDER.iterdir()} == named | {"vendored.toml", "echarts.NOTICE"}
