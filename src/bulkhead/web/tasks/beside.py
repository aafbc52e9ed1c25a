"""Work in a process beside this one: it can be ended at any moment, and its death is heard of.

A pool of ``multiprocessing`` begins another process in place of one that the system killed, and the work that was in it
is waited for for ever. This module is imported by that process, so it knows nothing of the database.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from bulkhead.kernel.errors import BadInput

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class ProcessDied(Exception):
    """The process was gone before it had done everything; most often the system killed it for want of memory."""


class WorkFailed(Exception):
    """The work raised something; the text is its trace."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What the work raised, as text: an exception of any kind need not survive the way from process to process."""

    text: str
    expected: bool


def done_beside(
    work: Callable[[Asked], Found], asked: Sequence[Asked], waiting: Callable[[int], None], every_s: float
) -> Iterator[Found]:
    """What ``work`` makes of each, in order. It must be importable, its arguments and results must pickle.

    ``waiting`` hears how many are done, every ``every_s`` seconds; whatever it raises ends the process at once.
    Raises ``ProcessDied``, ``WorkFailed``, and what ``BadInput`` the work raised.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_do_all, args=(there, work, asked), daemon=True)
    process.start()
    there.close()  # so that the end of the process is the end of what can be read here
    try:
        for done in range(len(asked)):
            waiting(done)
            while not here.poll(every_s):
                waiting(done)
            yield _received(here)
    finally:
        process.kill()
        process.join()
        here.close()


def _do_all(there: Connection, work: Callable[[Any], object], asked: Sequence[Any]) -> None:
    for one in asked:
        try:
            found = work(one)
        except BadInput as problem:
            return there.send(_Failure(str(problem), expected=True))
        except Exception:  # noqa: BLE001 - whatever it was is raised again in the process that asked
            return there.send(_Failure(traceback.format_exc(), expected=False))
        there.send(found)
    return None


def _received(here: Connection) -> Any:
    try:
        found = here.recv()
    except EOFError:
        raise ProcessDied("The process that did the work is gone.") from None
    if isinstance(found, _Failure):
        raise BadInput(found.text) if found.expected else WorkFailed(found.text)
    return found
