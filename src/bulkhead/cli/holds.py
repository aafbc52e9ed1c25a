"""``bulkhead holds``: money the decision has set aside, and what people do with it."""

from __future__ import annotations

from typing import Annotated

import typer

from bulkhead.cli.groups import listing_group
from bulkhead.cli.office_verbs import By, office_verb
from bulkhead.cli.office_words import Because, moment, plain, speak
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, plain_table, print_json
from bulkhead.kernel.money import format_minor
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import HoldInReview, Holds, ListHolds, ReviewHold
from bulkhead.runtime.settings import load_settings

Hold = Annotated[str, typer.Argument(help="The id of the movement that was held.")]


def register(app: typer.Typer) -> None:
    holds = listing_group("Money the decision has set aside: list it, release it, return it.")
    holds.command("list")(list_holds)
    holds.command("release")(release_hold)
    holds.command("return")(return_hold)
    app.add_typer(holds, name="holds")


def list_holds(institution: OfInstitution = "", json: AsJson = False, lang: InLanguage = "") -> int:
    """The holds that wait for people."""
    language = language_of(lang)
    holds = _holds(institution)
    if json:
        print_json({"holds": plain(holds)})
    elif not holds:
        console.print(speak("no_holds", language))
    else:
        columns = ("hold", "payer", "payee", "amount", "lapses", "proposals")
        table = plain_table(*(speak(column, language) for column in columns), right=(3,))
        for hold in holds:
            amount = f"{format_minor(hold.amount_minor, hold.currency)} {hold.currency}"
            lapses = speak("never", language) if hold.expires_us is None else moment(hold.expires_us)
            proposals = ", ".join(map(str, hold.proposals))
            table.add_row(hold.hold, hold.payer, hold.payee, amount, lapses, proposals)
        console.print(table)
    return 0


@office_verb("holds release")
def release_hold(hold: Hold, reason: Because, by: By) -> ReviewHold:
    """Let the movement go on; where two people are demanded, propose it."""
    return ReviewHold(hold, True, reason, by.person, by.lasts_s)


@office_verb("holds return")
def return_hold(hold: Hold, reason: Because, by: By) -> ReviewHold:
    """Give the money back to the payer; where two people are demanded, propose it."""
    return ReviewHold(hold, False, reason, by.person, by.lasts_s)


def _holds(institution: str) -> list[HoldInReview]:
    """All of them, asked for a page at a time."""
    found: list[HoldInReview] = []
    while True:
        reply = ask(
            load_settings(), institution, ListHolds(after=found[-1].hold if found else ""), verb="holds list"
        )
        assert isinstance(reply, Holds), reply
        found += reply.holds
        if not reply.more:
            return found
