"""``bulkhead propose FILE``: ask a second person to agree to a rule set."""

from __future__ import annotations

from typing import Annotated

import typer

from bulkhead.cli.office_words import As, person_of, show_reply
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, language_of
from bulkhead.cli.publish import RulesFile
from bulkhead.cli.rule_files import rule_set_of
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import ProposeRules
from bulkhead.runtime.settings import load_settings

Hours = Annotated[int, typer.Option(min=1, max=24 * 365, help="How long a second person may decide.")]
HOURS = 7 * 24


def register(app: typer.Typer) -> None:
    app.command("propose")(propose)


def propose(
    file: RulesFile,
    institution: OfInstitution = "",
    as_: As = "",
    hours: Hours = HOURS,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Propose a rule set; it comes into force when another person approves exactly this."""
    command = ProposeRules(rule_set_of(file).text, person_of(as_), hours * 3_600)
    reply = ask(load_settings(), institution, command, verb="propose")
    return show_reply(reply, language_of(lang), as_json=json)
