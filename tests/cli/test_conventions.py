"""What every verb promises whatever it does: help, one sentence for bad usage, one object for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.cli.main import VERBS
from command_line import CommandLine


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_explains_itself_and_offers_json(verb: str, tmp_path: Path) -> None:
    answer = CommandLine(tmp_path).run(verb, "--help")
    assert answer.exit_code == 0
    assert answer.stdout.startswith(f"Usage: bulkhead {verb}")
    assert "--json" in answer.stdout or "Commands:" in answer.stdout, "a verb of several verbs leaves it to them"


@pytest.mark.parametrize(
    ("arguments", "named"), [(("sail",), "sail"), (("verify", "--faster"), "--faster"), (("watch",), "files")]
)
def test_bad_usage_is_one_sentence_that_names_what_is_wrong(
    arguments: tuple[str, ...], named: str, tmp_path: Path
) -> None:
    answer = CommandLine(tmp_path).run(*arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert named in answer.stderr.lower()
    assert len(answer.stderr.splitlines()) == 1
    assert "bug" not in answer.stderr
    assert not (tmp_path / "home").exists(), "nothing was made for a command that was never understood"
