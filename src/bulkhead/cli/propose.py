"""``bulkhead propose FILE``: ask a second person to agree to a rule set."""

from __future__ import annotations

import typer

from bulkhead.cli.office_verbs import By, office_verb
from bulkhead.cli.publish import RulesFile
from bulkhead.cli.rule_files import rule_set_of
from bulkhead.runtime.service.commands import ProposeRules


def register(app: typer.Typer) -> None:
    app.command("propose")(propose)


@office_verb("propose")
def propose(file: RulesFile, by: By) -> ProposeRules:
    """Propose a rule set; it comes into force when another person approves exactly this."""
    return ProposeRules(rule_set_of(file).text, by.person, by.lasts_s)
