"""``bulkhead people``: who may enter the console; how the first one comes in, and a new link for the locked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from bulkhead.cli.groups import listing_group
from bulkhead.cli.office_words import As, person_of, plain
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, plain_table, print_json
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.database.connect import Database, open_existing_database
from bulkhead.runtime.service.commands import Proposed
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.wiring import chosen_institution

Username = Annotated[str, typer.Argument(help="The log-in: small letters, digits, hyphens.")]
_LINK = Words(
    "{username} comes in by this link, once, within 72 hours; put the console's address before it:",
    "{username} 可凭以下链接进入（仅一次，72 小时内有效；请在前面加上控制台地址）：",
)
_PROPOSED = Words(
    "Proposed as number {number}: another person has to `bulkhead approve`. Then: bulkhead people invite {username}",
    "已提交复核，编号 {number}：须由他人批准（bulkhead approve）。批准后运行：bulkhead people invite {username}",
)
_HAS_ONE = Words("{username} has the role, and a password already.", "{username} 已拥有该角色，且已设置密码。")
_NOBODY = Words("Nobody yet: bulkhead people add …", "尚无人员：bulkhead people add …")
_COLUMNS = tuple(
    Words(*both)
    for both in (
        ("log-in", "登录名"),
        ("person", "人员"),
        ("name", "姓名"),
        ("institution", "机构"),
        ("roles", "角色"),
        ("state", "状态"),
    )
)


def register(app: typer.Typer) -> None:
    people = listing_group("People of the console: list them, add one, make an invitation.")
    people.command("list")(list_people)
    people.command("add")(add)
    people.command("invite")(invite)
    app.add_typer(people, name="people")


def add(
    username: Username,
    role: Annotated[str, typer.Option(help="Such as administrator.")],
    person: Annotated[str, typer.Option(help="The person's code in the journal; by default the log-in.")] = "",
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    institution: OfInstitution = "",
    as_: As = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Add a log-in with a role, and print the link by which its person comes in."""
    language = language_of(lang)
    with _console_tables() as database:
        from bulkhead.web.people.beginning import begin, new_invitation
        from bulkhead.web.people.models import Account

        code, by = chosen_institution(database, institution), person_of(as_)
        reply = begin(code, username, person or username, name, role, by)
        has_password = Account.objects.get(username=username).has_usable_password()
        waits = isinstance(reply, Proposed)
        link = "" if waits or has_password else new_invitation(username, by, reset=False)
    if json:
        print_json({"username": username, "institution": code, "reply": plain(reply), "invitation": link})
    elif isinstance(reply, Proposed):
        console.print(_PROPOSED[language].format(number=reply.number, username=username))
    else:
        _show(link, _LINK if link else _HAS_ONE, username, lang)
    return 0


def invite(
    username: Username,
    reset: Annotated[bool, typer.Option("--reset", help="End the present password, factors, sessions.")] = False,
    as_: As = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """A new link for somebody who has not come in yet, or with --reset for anybody."""
    with _console_tables():
        from bulkhead.web.people.beginning import new_invitation

        link = new_invitation(username, person_of(as_), reset=reset)
    if json:
        print_json({"username": username, "invitation": link})
    else:
        _show(link, _LINK, username, lang)
    return 0


def list_people(json: AsJson = False, lang: InLanguage = "") -> int:
    """Every log-in of every institution, with what the console and the journals say of it."""
    language = language_of(lang)
    with _console_tables():
        from bulkhead.web.books import known_institutions
        from bulkhead.web.people.following import keep_up
        from bulkhead.web.people.models import Person
        from bulkhead.web.people.roster import standings

        keep_up()
        names = dict(Person.objects.values_list("code", "name"))
        rows = [
            (one.username, one.person, names.get(one.person, ""), code, sorted(one.roles), one.state)
            for code in known_institutions()
            for one in standings(code)
        ]
    if json:
        keys = ("username", "person", "name", "institution", "roles", "state")
        print_json({"people": [dict(zip(keys, row, strict=True)) for row in rows]})
    elif not rows:
        console.print(_NOBODY[language])
    else:
        table = plain_table(*(column[language] for column in _COLUMNS))
        for username, person, name, code, roles, state in rows:
            table.add_row(username, person, name, code, ", ".join(roles) or "–", state)
        console.print(table)
    return 0


@contextmanager
def _console_tables() -> Iterator[Database]:
    """Django on this house's database, for one command."""
    settings = load_settings()
    with open_existing_database(settings) as database:
        from bulkhead.web.starting import start

        start(settings, database)
        from django.db import connections

        try:
            yield database
        finally:
            from bulkhead.web.books import close_books

            close_books()
            for connection in connections.all(initialized_only=True):
                connection.close()
                connection.close_pool()  # type: ignore[attr-defined]  # what PostgreSQL's wrapper adds


def _show(link: str, words: Words, username: str, lang: str) -> None:
    console.print(words[language_of(lang)].format(username=username))
    if link:
        console.print(link, soft_wrap=True)
