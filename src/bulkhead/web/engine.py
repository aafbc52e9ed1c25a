"""What people do from a browser goes to the institution's engine, in the name of whoever is logged in.

Nothing here raises for what an engine may answer: a refusal, no engine and no answer are ``Trouble``, a value that
a page shows in one sentence. Reading goes on while no engine runs, from the journal as it stands.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NoReturn

from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import Event
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.service.asking import standing
from bulkhead.runtime.service.commands import DeskWork, Office, OfficeReply, Person
from bulkhead.runtime.service.engine_client import NoAnswer, find_engine
from bulkhead.runtime.service.office import carry_out
from bulkhead.web.books import book
from bulkhead.web.page import Visit
from bulkhead.web.refusals import NO_ANSWER, NO_ENGINE, filled, in_words
from bulkhead.web.starting import house


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no reply. After ``no-answer`` it is not known whether the command was carried out."""

    code: Literal["refused", "no-engine", "no-answer"]
    words: Words


@dataclass(frozen=True, slots=True)
class Read:
    """What was read. ``live``: an engine runs and said it; else it is the journal as stored."""

    reply: OfficeReply
    live: bool


def person_of(visit: Visit) -> Person:
    """Who acts: the human being and the log-in they used."""
    return Person(visit.account.person.code, visit.account.username)


def ask(visit: Visit, command: Office) -> OfficeReply | Trouble:
    """Have the institution's engine carry a command out; what it did is durable.

    ``by`` of the command is ``person_of(visit)``: nobody acts in another's name.
    """
    assert getattr(command, "by", person_of(visit)) == person_of(visit), "a command in another's name"
    try:
        reply = _asked(visit.institution, command)
    except NoAnswer:
        return Trouble("no-answer", NO_ANSWER)
    except BadInput as refusal:
        return Trouble("refused", in_words(str(refusal)))
    return reply if reply is not None else no_engine(visit.institution)


def read(institution: str, command: DeskWork) -> Read | Trouble:
    """The answer to a command that only reads, from the engine or, while none runs, from the journal."""
    with suppress(NoAnswer):  # it ended meanwhile; the journal is still there
        try:
            reply = _asked(institution, command)
        except BadInput as refusal:
            return Trouble("refused", in_words(str(refusal)))
        if reply is not None:
            return Read(reply, live=True)
    try:
        stores = book(institution).stores
        now_us = SystemClock().now_us()
        return Read(carry_out(stores, _stored(institution), _refuse, command, now_us), live=False)
    except BadInput as damage:
        return Trouble("refused", in_words(str(damage)))


def no_engine(institution: str) -> Trouble:
    """The state in which nothing can be changed, and how to end it."""
    return Trouble("no-engine", filled(NO_ENGINE, institution))


def _asked(institution: str, command: Office) -> OfficeReply | None:
    client = find_engine(house().settings, institution)
    if client is None:
        return None
    with client:
        return client.ask(command)


def _stored(institution: str) -> Machine:
    return standing(house().settings, book(institution).stores)


def _refuse(event: Event) -> NoReturn:
    raise AssertionError(f"reading does not write {type(event).__name__}")
