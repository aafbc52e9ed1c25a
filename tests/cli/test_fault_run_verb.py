"""The verb that plays bad days: figures, one line for a failing seed, its trace, and planted bugs by name."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine


def test_sound_runs_end_well_and_say_what_they_met(tmp_path: Path) -> None:
    answer = CommandLine(tmp_path).run("fault-runs", "--seeds", "0:6", "--json")
    assert answer.exit_code == 0
    assert (answer.json["runs"], answer.json["broken"]) == (6, {})
    assert answer.json["acknowledged"] > 60
    assert answer.json["faults"]


def test_a_failing_seed_is_one_line_that_shows_it_again(tmp_path: Path) -> None:
    house = CommandLine(tmp_path)
    found = house.run("fault-runs", "--seeds", "0:8", "--mutant", "early-acknowledgement")
    assert found.exit_code == 1
    line = next(line for line in found.stdout.splitlines() if line.startswith("bulkhead fault-runs --seed "))
    again = house.run(*line.partition("#")[0].split()[1:], "--trace")
    assert again.exit_code == 1
    assert again.stdout.splitlines()[-2].partition("BROKEN: ")[2] == line.partition("# ")[2]


def test_what_cannot_be_played_is_one_sentence(tmp_path: Path) -> None:
    house = CommandLine(tmp_path)
    for arguments, named in (
        (("--seeds", "9:3"), "9:3"),
        (("--seeds", "many"), "many"),
        (("--mutant", "godzilla"), "godzilla"),
        (("--trace",), "--seed"),
    ):
        answer = house.run("fault-runs", *arguments)
        assert (answer.exit_code, answer.stdout, len(answer.stderr.splitlines())) == (2, "", 1)
        assert named in answer.stderr
    assert "unchecked-epoch" in house.run("fault-runs", "--mutant", "list").stdout
