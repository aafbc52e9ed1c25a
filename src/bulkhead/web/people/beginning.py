"""How people come into a new installation, before anybody is there who could invite them: from the command line.

Whoever runs it holds the key folder, and so may say who they are; the journal remembers what they said.
"""

from __future__ import annotations

import re

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.glance import demands_four_eyes
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import ChangeAccess, Done, OfficeReply, Person
from bulkhead.web.books import book
from bulkhead.web.people.following import adopt, follow_access
from bulkhead.web.people.invitations import invite
from bulkhead.web.people.models import Account
from bulkhead.web.people.models import Person as Human
from bulkhead.web.people.roster import institutions_of
from bulkhead.web.rights import ROLES
from bulkhead.web.starting import house

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def begin(institution: str, username: str, person: str, name: str, role: str, by: Person) -> OfficeReply:
    """A log-in with a role, made where it is not there yet. Raises ``BadInput``; then nothing was made here.

    Where four eyes are demanded the role is proposed, and the reply says so.
    """
    for text in (username, person):
        if not _NAME.fullmatch(text):
            raise BadInput(f"{text[:40]!r} is no name here: use small letters, digits and hyphens, at most 64.")
    if role not in ROLES:
        raise BadInput(f"There is no role {role[:40]!r}; there are {', '.join(ROLES)}.")
    known = Account.objects.filter(username=username).select_related("person").first()
    if known and known.person.code != person:
        raise BadInput(f"The log-in {username} belongs to {known.person.code}, for good.")
    command = ChangeAccess(person, username, "granted", role, "made on the command line", by)
    reply = ask(house().settings, institution, command, verb="people add")
    if known is None:
        someone, _ = Human.objects.get_or_create(code=person, defaults={"name": name or person})
        known = Account.objects.open(username, someone, None)
        Account.objects.filter(pk=known.pk).update(made_in=institution)
    follow_access(institution)
    adopt(known)
    return reply


def new_invitation(username: str, by: Person, *, reset: bool) -> str:
    """The path of a new link. Raises ``BadInput`` for a log-in in use, unless it is to be ``reset`` in its journals."""
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise BadInput(f"The console knows no log-in {username[:40]!r}; `bulkhead people list` shows all.")
    if account.has_usable_password():
        if not reset:
            raise BadInput(
                f"{username} has a password; --reset ends it, its factors and sessions, and invites anew."
            )
        _reset_everywhere(account, by)
    return invite(account, by.account)


def _reset_everywhere(account: Account, by: Person) -> None:
    # Those that demand four eyes first: until a second person agrees there, nothing is ended anywhere.
    alone = {code: not demands_four_eyes(book(code).stores) for code in institutions_of(account)}
    for institution in sorted(alone, key=lambda code: (alone[code], code)):
        command = ChangeAccess(
            account.person.code, account.username, "credentials-reset", "", "reset on the command line", by
        )
        reply = ask(house().settings, institution, command, verb="people invite")
        follow_access(institution)
        if not isinstance(reply, Done):
            raise BadInput(f"{institution} demands four eyes: approve the reset there, then invite again.")
