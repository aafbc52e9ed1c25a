"""People as the journal names them: who gives a command, what they write, and their names put back for reading."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bulkhead.engine.machine import Machine
from bulkhead.engine.staff import check_actor
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import NAME_BYTES_MAX
from bulkhead.kernel.protocols import Vault
from bulkhead.runtime.service.commands import TEXT_CHARS_MAX, Person

STAFF, NOTE = "staff", "note"  # vault entities of people who work here and of what they write


def spelling(name: str) -> str:
    """The one spelling of a person or an account. Raises ``BadInput`` for what cannot name one.

    "Ann" and "ann" are one person: two spellings must not make four eyes.
    """
    if not name.strip() or len(name) > NAME_BYTES_MAX or not name.isprintable():
        raise BadInput(f"{name[:40]!r} cannot name a person")
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def named(vault: Vault, *names: str) -> list[str]:
    """People or accounts as the journal names them."""
    return vault.tokens(STAFF, [spelling(name) for name in names])


def actor(machine: Machine, vault: Vault, by: Person) -> tuple[str, str]:
    """Who gives a command, person and account as the journal names them.

    Whoever says only a log-in is the person it belongs to. Raises ``BadInput`` for a log-in that is suspended,
    or that is somebody else's.
    """
    person, account = named(vault, by.person, by.account)
    if person == account and account in machine.staff:
        person = machine.staff[account].person
    check_actor(machine.staff, person, account)
    return person, account


def note(vault: Vault, text: str, *, what: str) -> str:
    """A reason as the journal keeps it. Raises ``BadInput`` without one."""
    reason = text.strip()
    if not reason or len(reason) > TEXT_CHARS_MAX:
        raise BadInput(f"{what} needs a reason of at most {TEXT_CHARS_MAX:,} characters")
    (token,) = vault.tokens(NOTE, [reason])
    return token


def shown(vault: Vault, names: Sequence[str]) -> dict[str, str]:
    """What people read for each name of the journal: the name itself once its value was erased."""
    return {name: there or name for there, name in zip(vault.reveal(names), names, strict=True)}
