"""``bulkhead publish FILE``: put a rule set in force, where one person may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.office_verbs import By, office_verb
from bulkhead.cli.rule_files import rule_set_of
from bulkhead.runtime.service.commands import PublishRules

RulesFile = Annotated[Path, typer.Argument(help="A rule set: TOML, whole.")]


def register(app: typer.Typer) -> None:
    app.command("publish")(publish)


@office_verb("publish", lapses=False)
def publish(file: RulesFile, by: By) -> PublishRules:
    """Put a rule set in force from the next movement on; refused where two people are demanded."""
    return PublishRules(rule_set_of(file).text, by.person)
