"""``bulkhead publish FILE``: put a rule set in force, where one person may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.office_words import As, person_of, show_reply
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, language_of
from bulkhead.decision.rule_set import RuleSet, parse_rule_set
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.asking import ask
from bulkhead.runtime.commands import PublishRules
from bulkhead.runtime.settings import load_settings

RULES_BYTES_MAX = 4 * 1024 * 1024
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


def rule_set_of(path: Path) -> RuleSet:
    """The rule set of a file. Raises ``BadInput``."""
    try:
        if path.stat().st_size > RULES_BYTES_MAX:
            raise BadInput(f"{path} is larger than {RULES_BYTES_MAX // 1024 // 1024} MB; a rule set is not.")
        return parse_rule_set(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as a rule set: {error}") from None
