"""What people do from a browser goes to the institution's engine, in the name of whoever is logged in.

Nothing here raises for what an engine may answer: a refusal, no engine and no answer are ``Trouble``, a value that
a page shows in one sentence. Reading goes on while no engine runs, from the journal as it stands.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Literal, NoReturn

from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import Event
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.projections.movement_query import reading
from bulkhead.runtime.service.asking import standing
from bulkhead.runtime.service.commands import AskStatus, DeskWork, Office, OfficeReply, Person
from bulkhead.runtime.service.engine_client import NoAnswer
from bulkhead.runtime.service.engine_pool import EnginePool, NoEngine
from bulkhead.runtime.service.office import carry_out
from bulkhead.web.books import book, close_with_books
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


SETTLE_S_MAX = 2.0  # for the projections to reach what was just done
_reading = Lock()
_machines: dict[str, Machine] = {}  # of institutions whose engine does not run


def person_of(visit: Visit) -> Person:
    """Who acts: the human being and the log-in they used."""
    return Person(visit.account.person.code, visit.account.username)


def ask(visit: Visit, command: Office) -> OfficeReply | Trouble:
    """Have the institution's engine carry a command out; what it did is durable.

    ``by`` of the command is ``person_of(visit)``: nobody acts in another's name.
    """
    assert getattr(command, "by", person_of(visit)) == person_of(visit), "a command in another's name"
    try:
        return _pool().ask(visit.institution, command)
    except NoEngine:
        return no_engine(visit.institution)
    except NoAnswer:
        return Trouble("no-answer", NO_ANSWER)
    except BadInput as refusal:
        return Trouble("refused", in_words(str(refusal)))


def read(institution: str, command: DeskWork) -> Read | Trouble:
    """The answer to a command that only reads, from the engine or, while none runs, from the journal."""
    try:
        return Read(_pool().ask(institution, command), live=True)
    except (NoEngine, NoAnswer):
        pass  # the journal is still there
    except BadInput as refusal:
        return Trouble("refused", in_words(str(refusal)))
    try:
        stores, now_us = book(institution).stores, SystemClock().now_us()
        with _reading:
            return Read(carry_out(stores.vault, _stored(institution), _refuse, command, now_us), live=False)
    except BadInput as damage:
        return Trouble("refused", in_words(str(damage)))


def engine_runs(institution: str) -> bool:
    """Whether an engine serves the institution now, so that a command would reach it."""
    try:
        _pool().ask(institution, AskStatus())
    except (NoEngine, NoAnswer):
        return False
    except BadInput:
        return True  # it is there, and busy
    return True


def settled(institution: str, sequence: int | None) -> bool:
    """Wait until a leaf stands in the projections, so that the next page shows it; False when it takes too long."""
    deadline_s = time.monotonic() + SETTLE_S_MAX
    while sequence is not None and time.monotonic() < deadline_s:
        with reading(book(institution).stores) as tables:
            if tables.projected_to() > sequence:
                return True
        time.sleep(0.02)
    return sequence is None


def no_engine(institution: str) -> Trouble:
    """The state in which nothing can be changed, and how to end it."""
    return Trouble("no-engine", filled(NO_ENGINE, institution))


@cache
def _pool() -> EnginePool:
    pool = EnginePool(house().settings)
    close_with_books(pool.close)
    return pool


def _stored(institution: str) -> Machine:
    """The machine after the last stored leaf. It is kept, for as long as nothing has been added."""
    stores = book(institution).stores
    size = stores.journal.head().size
    if institution not in _machines or _machines[institution].sequence != size:
        _machines.pop(institution, None)  # not two at once: one may be large
        _machines[institution] = standing(house().settings, stores)
    return _machines[institution]


def _refuse(event: Event) -> NoReturn:
    raise AssertionError(f"reading does not write {type(event).__name__}")
