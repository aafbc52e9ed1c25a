"""``bulkhead access``: who may do what in an institution, and changing it."""

from __future__ import annotations

from typing import Annotated

import typer

from bulkhead.cli.groups import listing_group
from bulkhead.cli.office_words import As, Because, person_of, plain, show_reply, speak
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, plain_table, print_json
from bulkhead.cli.propose import HOURS, Hours
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import Access, AccountAccess, Change, ChangeAccess, ListAccess
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


def grant(
    account: Account,
    role: Role,
    reason: Because,
    person: OfPerson = "",
    institution: OfInstitution = "",
    as_: As = "",
    hours: Hours = HOURS,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Give an account a role; where two people are demanded, propose it."""
    command = ChangeAccess(person, account, "granted", role, reason, person_of(as_), hours * 3_600)
    return _change(command, institution, json, lang)


def revoke(
    account: Account,
    role: Role,
    reason: Because,
    institution: OfInstitution = "",
    as_: As = "",
    hours: Hours = HOURS,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Take a role from an account; where two people are demanded, propose it."""
    command = ChangeAccess("", account, "revoked", role, reason, person_of(as_), hours * 3_600)
    return _change(command, institution, json, lang)


def suspend(
    account: Account,
    reason: Because,
    institution: OfInstitution = "",
    as_: As = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Keep an account out, at once and by one person everywhere."""
    return _change(_whole(account, "suspended", reason, as_, HOURS), institution, json, lang)


def restore(
    account: Account,
    reason: Because,
    institution: OfInstitution = "",
    as_: As = "",
    hours: Hours = HOURS,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Let a suspended account in again; where two people are demanded, propose it."""
    return _change(_whole(account, "restored", reason, as_, hours), institution, json, lang)


def _whole(account: str, change: Change, reason: str, as_: str, hours: int) -> ChangeAccess:
    return ChangeAccess("", account, change, "", reason, person_of(as_), hours * 3_600)


def _change(command: ChangeAccess, institution: str, as_json: bool, lang: str) -> int:
    language = language_of(lang)
    reply = ask(load_settings(), institution, command, verb="access")
    return show_reply(reply, language, as_json=as_json, about="access")


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
