"""``bulkhead rules``: what decides, one rule in full, and whether a file of rules is fit to decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.groups import listing_group
from bulkhead.cli.output import AsJson, InLanguage, console, language_of, print_json
from bulkhead.cli.rule_files import rule_set_of
from bulkhead.cli.rules_view import check_json, check_parts, list_parts, rule_json, rule_parts
from bulkhead.decision.examples import trials
from bulkhead.intake.source import built_in_sources
from bulkhead.kernel.errors import BadInput

RulesFile = Annotated[Path | None, typer.Option("--rules", help="A file of rules instead of the built-in ones.")]

group = listing_group("The rules that decide: list them, show one, check a file of your own.")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="rules")


@group.command("list")
def list_rules(rules: RulesFile = None, json: AsJson = False, lang: InLanguage = "") -> int:
    """Every rule with its outcome and severity, weightiest first."""
    rule_set = rule_set_of(rules)
    if json:
        print_json({"rules": [rule_json(rule) for rule in rule_set.rules], "features": list(rule_set.features)})
    else:
        for part in list_parts(rule_set, language_of(lang)):
            console.print(part)
    return 0


@group.command("show")
def show_rule(
    code: Annotated[str, typer.Argument(help="The rule's code, such as 'mules.fan_out'.")],
    rules: RulesFile = None,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """One rule: its condition, what it reads, what follows, and its examples tried."""
    rule_set = rule_set_of(rules)
    rule = next((rule for rule in rule_set.rules if rule.code == code), None)
    if rule is None:
        near = [each.code for each in rule_set.rules if code.rpartition(".")[2] in each.code]
        known = f"did you mean {', '.join(near)}?" if near else "`bulkhead rules` lists them."
        raise BadInput(f"There is no rule {code[:80]!r}; {known}")
    if json:
        tried = [{"should_hit": trial.should_hit, "passed": trial.passed} for trial in trials(rule_set, rule)]
        print_json({**rule_json(rule), "examples": tried})
    else:
        for part in rule_parts(rule_set, rule, language_of(lang)):
            console.print(part)
    return 0


@group.command("check")
def check_rules(
    file: Annotated[Path, typer.Argument(help="A TOML file of rules.")],
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Read a file of rules, try its examples, and say where it does not apply; exit 1 when an example fails."""
    rule_set, sources = rule_set_of(file), built_in_sources().values()
    tried = [trial for rule in rule_set.rules for trial in trials(rule_set, rule)]
    if json:
        print_json(check_json(file.name, rule_set, tried, sources))
    else:
        for part in check_parts(file.name, rule_set, tried, sources, language_of(lang)):
            console.print(part)
    return 0 if all(trial.passed for trial in tried) else 1
