"""Verbs that need no journal: sources, rules, doctor, migrate."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import built_in_sources
from command_line import CommandLine

RULE = """
[[rules]]
code = "own.large"
title = { en = "Large sum", zh = "大额" }
why = { en = "It is large.", zh = "金额较大。" }
severity = "low"
outcome = "hold"
when = "amount > 50_000 CNY and payer.count_1d > 2 and known(device.count_1d)"
hit = [{ amount = "60_000 CNY", payer.count_1d = 3, device.count_1d = 1 }]
miss = [{ amount = "40_000 CNY" }]
"""


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sources_say_what_they_expect(command: CommandLine, language: str) -> None:
    shown = command.run("sources", "--lang", language)
    assert shown.exit_code == 0
    for source in built_in_sources().values():
        assert source.code in shown.stdout
        assert (source.title.zh if language == "zh" else source.title.en) in shown.stdout
    assert not (command.folder / "home").exists()


def test_a_file_is_checked_against_the_source_that_fits(command: CommandLine) -> None:
    good = command.folder / "good.csv"
    source = built_in_sources()["berka"]
    good.write_text(source.sample.lstrip(), encoding="utf-8")
    check = command.run("sources", "check", good, "--json")
    assert (check.exit_code, check.json["source"], check.json["quarantine"]) == (0, "berka", 0)
    bad = command.folder / "bad.csv"
    bad.write_text(source.sample.lstrip().replace("900.00;900.00", "9oo;900.00"), encoding="utf-8")
    found = command.run("sources", "check", bad)
    assert found.exit_code == 1
    assert "row 2: found '9oo'" in found.stdout
    other = command.run("sources", "check", bad, "--source", "movements")
    assert (other.exit_code, other.stdout) == (2, "")
    assert "lacks the columns" in other.stderr
    gone = command.run("sources", "check", command.folder / "gone.csv")
    assert (gone.exit_code, len(gone.stderr.splitlines())) == (2, 1)


def test_rules_are_listed_shown_and_near_codes_named(command: CommandLine) -> None:
    rules = default_rule_set().rules
    listed = command.run("rules", "--lang", "zh")
    assert all(rule.code in listed.stdout and rule.title.zh in listed.stdout for rule in rules)
    shown = command.run("rules", "show", rules[0].code)
    assert rules[0].why.en.split()[0] in shown.stdout
    assert "✗" not in shown.stdout, "its own examples pass"
    unknown = command.run("rules", "show", rules[0].code.partition(".")[0])
    assert unknown.exit_code == 2
    assert rules[0].code in unknown.stderr


def test_a_file_of_rules_is_tried_on_its_examples(command: CommandLine) -> None:
    file = command.folder / "rules.toml"
    file.write_text(RULE, encoding="utf-8")
    check = command.run("rules", "check", file, "--json")
    assert (check.exit_code, check.json["features"]) == (0, ["device.count_1d", "payer.count_1d"])
    assert check.json["not_applicable"]["berka"] == {"device": ["own.large"]}
    assert check.json["not_applicable"]["movements"] == {}
    file.write_text(RULE.replace("payer.count_1d = 3", "payer.count_1d = 2"), encoding="utf-8")
    failing = command.run("rules", "check", file)
    assert failing.exit_code == 1
    assert "payer.count_1d > 2" in failing.stdout
    file.write_text(RULE.replace("amount >", "amuont >"), encoding="utf-8")
    wrong = command.run("rules", "check", file)
    assert wrong.exit_code == 2
    assert "rules.toml" in wrong.stderr
    assert "amount" in wrong.stderr, "near names are offered"


def test_doctor_warms_up_and_migrate_makes_the_database(command: CommandLine) -> None:
    looked = command.run("doctor", "--warm", "--json")
    assert looked.json["checks"][-1]["check"] == "warm-up"
    assert not (command.folder / "home").exists()
    made = command.run("migrate", "--json")
    assert made.exit_code == 0
    assert [step["number"] for step in made.json["applied"]] == list(range(1, made.json["schema"] + 1))
    again = command.run("migrate")
    assert "nothing was changed" in again.stdout
    assert command.run("doctor", "--json").json["state"] in ("ok", "warn")
    none = command.run("institutions")
    assert none.exit_code == 0
    assert "no institution" in none.stdout
    assert "There is no journal here yet" in command.run("balances").stderr
