"""``bulkhead access``: who may do what in an institution, and changing it."""

from __future__ import annotations

from typing import Annotated

import typer

from bulkhead.cli.groups import listing_group
from bulkhead.cli.office_verbs import By, office_verb
from bulkhead.cli.office_words import Because, plain, speak
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, plain_table, print_json
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import Access, AccountAccess, ChangeAccess, ListAccess
from bulkhead.runtime.settings import load_settings

Account = Annotated[str, typer.Argument(help="The log-in.")]
Role = Annotated[str, typer.Argument(help="The role's name, such as auditor.")]
OfPerson = Annotated[str, typer.Option("--person", help="Whose the log-in is; needed for its first role.")]


def register(app: typer.Typer) -> None:
    access = listing_group("People and roles: list them, grant and revoke, suspend and restore.")
    access.command("list")(list_people)
    access.command("grant")(grant)
    access.command("revoke")(revoke)
    access.command("suspend")(suspend)
    access.command("restore")(restore)
    app.add_typer(access, name="access")


def list_people(institution: OfInstitution = "", json: AsJson = False, lang: InLanguage = "") -> int:
    """Who has which role, and who is suspended."""
    language = language_of(lang)
    entries = sorted(_entries(institution), key=lambda entry: (entry.person, entry.account))
    if json:
        print_json({"access": plain(entries)})
    elif not entries:
        console.print(speak("no_access", language))
    else:
        table = plain_table(*(speak(column, language) for column in ("person", "account", "roles", "state")))
        for entry in entries:
            table.add_row(entry.person, entry.account, _roles(entry, language), _state(entry, language))
        console.print(table)
    return 0


@office_verb("access", about="access")
def grant(account: Account, role: Role, reason: Because, by: By, person: OfPerson = "") -> ChangeAccess:
    """Give an account a role; where two people are demanded, propose it."""
    return ChangeAccess(person, account, "granted", role, reason, by.person, by.lasts_s)


@office_verb("access", about="access")
def revoke(account: Account, role: Role, reason: Because, by: By) -> ChangeAccess:
    """Take a role from an account; where two people are demanded, propose it."""
    return ChangeAccess("", account, "revoked", role, reason, by.person, by.lasts_s)


@office_verb("access", lapses=False, about="access")
def suspend(account: Account, reason: Because, by: By) -> ChangeAccess:
    """Keep an account out, at once and by one person everywhere."""
    return ChangeAccess("", account, "suspended", "", reason, by.person, by.lasts_s)


@office_verb("access", about="access")
def restore(account: Account, reason: Because, by: By) -> ChangeAccess:
    """Let a suspended account in again; where two people are demanded, propose it."""
    return ChangeAccess("", account, "restored", "", reason, by.person, by.lasts_s)


def _entries(institution: str) -> list[AccountAccess]:
    """All of them, asked for a page at a time."""
    found: list[AccountAccess] = []
    after = ""
    while True:
        reply = ask(load_settings(), institution, ListAccess(after=after), verb="access list")
        assert isinstance(reply, Access), reply
        found += reply.entries
        after = reply.next
        if not after:
            return found


def _roles(entry: AccountAccess, language: Language) -> str:
    return ", ".join(entry.roles) or speak("no_roles", language)


def _state(entry: AccountAccess, language: Language) -> str:
    return speak("kept_out" if entry.suspended else "active", language)
