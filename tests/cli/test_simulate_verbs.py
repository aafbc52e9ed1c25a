"""``simulate`` and ``incidents``: worlds on disk, told as one object or as a table, and refusals in one sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from command_line import CommandLine


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def test_a_platform_is_written_with_the_incident_asked_for(command: CommandLine) -> None:
    out = command.folder / "world"
    asked = ("--clients", "200", "--days", "30", "--incident", "structuring:size=7,stealth=1@8")
    answer = command.run("simulate", "platform", "--out", out, *asked, "--json")
    assert answer.exit_code == 0, answer.stderr
    assert answer.json["incidents"] == [
        {"code": "structuring", "first_day": 8, "dials": {"size": 7, "stealth": 1, "speed": 5}}
    ]
    for told in answer.json["streams"].values():
        assert hashlib.sha256((out / told["file"]).read_bytes()).hexdigest() == told["sha256"]
    assert answer.json["rows"] == sum(s["rows"] for code, s in answer.json["streams"].items() if code != "truth")
    assert answer.json["streams"]["movements"]["rows"] > 1000
    assert (out / "truth" / "incidents.json").read_text(encoding="utf-8").count('"structuring"') == 1


def test_what_the_days_have_no_room_for_is_told_and_the_next_step_can_be_copied(command: CommandLine) -> None:
    out = command.folder / "a world"
    stale = out / "truth" / "incidents.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("of another world", encoding="utf-8")
    told = command.run("simulate", "platform", "--out", out, "--clients", "100", "--days", "20")
    assert told.exit_code == 0, told.stderr
    assert "missed-law" in told.stdout.split("Not played")[1]  # it takes 120 days
    assert f"bulkhead watch '{out / 'movements.parquet'}'" in told.stdout
    assert "another world" not in stale.read_text(encoding="utf-8")


def test_its_movements_can_be_checked_as_any_file(command: CommandLine) -> None:
    out = command.folder / "world"
    made = command.run("simulate", "platform", "--out", out, "--clients", "100", "--days", "20", "--no-incidents")
    assert made.exit_code == 0, made.stderr
    assert "movements.parquet" in made.stdout
    check = command.run("sources", "check", out / "movements.parquet", "--json")
    assert (check.exit_code, check.json["source"]) == (0, "movements")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_kinds_of_incidents_are_listed(command: CommandLine, language: str) -> None:
    listed = command.run("incidents", "--lang", language)
    assert listed.exit_code == 0
    record = command.run("simulate", "--list", "--json").json["incidents"]
    assert len(record) >= 25
    for kind in record:
        assert kind["code"] in listed.stdout  # whole, to be typed again
        assert set(kind["dials"]) == {"size", "stealth", "speed"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("simulate", "atlantis", "--out", "x"), "There is no world 'atlantis'; there are: lending, platform."),
        (("simulate",), "Say which world; there are: lending, platform."),
        (("simulate", "platform"), "Say with --out"),
        (
            ("simulate", "platform", "--out", "x", "--incident", "murder"),
            "There is no incident 'murder'; there are:",
        ),
        (("simulate", "platform", "--out", "x", "--incident", "outage:size=0"), "turns no dial of outage"),
        (("simulate", "platform", "--out", "x", "--format", "xml"), "There is no format 'xml'"),
        (("simulate", "platform", "--out", "x", "--no-incidents", "--incident", "outage"), "exclude each other"),
        (("simulate", "lending", "--out", "x", "--no-incidents"), "Only the world platform takes"),
        (("simulate", "lending", "--out", "x", "--clients", "150000"), "holds at most 100,000 clients"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_sentence(
    command: CommandLine, arguments: tuple[str, ...], sentence: str
) -> None:
    answer = command.run(*arguments)
    assert (answer.exit_code, answer.stdout, len(answer.stderr.splitlines())) == (2, "", 1)
    assert sentence in answer.stderr
    assert not (command.folder / "x").exists()
