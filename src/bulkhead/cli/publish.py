"""``bulkhead publish FILE``: put a rule set in force, where one person may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.office_words import As, person_of, show_reply
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, language_of
from bulkhead.cli.rule_files import rule_set_of
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import PublishRules
from bulkhead.runtime.settings import load_settings

RulesFile = Annotated[Path, typer.Argument(help="A rule set: TOML, whole.")]


def register(app: typer.Typer) -> None:
    app.command("publish")(publish)


def publish(
    file: RulesFile,
    institution: OfInstitution = "",
    as_: As = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Put a rule set in force from the next movement on; refused where two people are demanded."""
    command = PublishRules(rule_set_of(file).text, person_of(as_))
    reply = ask(load_settings(), institution, command, verb="publish")
    return show_reply(reply, language_of(lang), as_json=json)
