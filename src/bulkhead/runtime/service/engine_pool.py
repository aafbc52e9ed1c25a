"""Engines for a process of many threads: a few kept connections to each, and one clear word when there is none.

A command goes out once. Its connection is looked at before it is used, so one that an engine has closed meanwhile
is replaced first; what got no answer is asked again only where asking twice changes nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from types import TracebackType

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.service.commands import (
    READING,
    ChangeAccess,
    DemandFourEyes,
    Office,
    OfficeReply,
    OpenAccounts,
)
from bulkhead.runtime.service.engine_client import EngineClient, NoAnswer, NotSent, find_engine
from bulkhead.runtime.settings import Settings

CONNECTIONS_MAX = 4  # to one engine, which may have other callers
WAIT_S_MAX = 10.0  # for a free one
KEPT_S_MAX = 300.0  # unused; an engine closes what is silent for twice that
ENGINES_MAX = 1_000


class NoEngine(BadInput):
    """Nobody serves the institution now."""

    def __init__(self, institution: str) -> None:
        super().__init__(
            f"No engine of {institution} is running: start one with `bulkhead serve --institution {institution}`."
        )


@dataclass(slots=True)
class _Engine:
    """Connections to one institution's engine; the ones used last are used first."""

    free: BoundedSemaphore
    idle: deque[tuple[EngineClient, float]] = field(default_factory=deque)


class EnginePool:
    """Asks engines from any number of threads. One for a process; ``close`` ends what it keeps."""

    def __init__(self, settings: Settings, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._settings = settings
        self._connections_max = connections_max
        self._engines: dict[str, _Engine] = {}
        self._lock = Lock()
        self._closed = False

    def ask(self, institution: str, command: Office) -> OfficeReply:
        """The engine's answer; what it did is durable.

        Raises ``NoEngine``, ``BadInput`` with the reason when it refused, and ``NoAnswer`` when it may or may not
        have done it.
        """
        with self._place(institution) as engine:
            try:
                return self._ask_once(engine, institution, command)
            except NoAnswer as silence:
                if not (isinstance(silence, NotSent) or is_repeatable(command)):
                    raise _unknown(silence) from None
            self._forget(engine)  # most likely the rest are connections to the same dead process
            try:
                return self._ask_once(engine, institution, command)
            except NoAnswer as silence:
                raise _unknown(silence) from None

    def close(self) -> None:
        """Close the idle connections, and from now on every other after its answer."""
        with self._lock:
            self._closed = True
            for engine in self._engines.values():
                self._forget(engine)

    def __enter__(self) -> EnginePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _place(self, institution: str) -> Iterator[_Engine]:
        """A place among those who may ask this engine at once."""
        with self._lock:
            if institution not in self._engines:
                if len(self._engines) >= ENGINES_MAX:
                    raise BadInput(f"This process knows {ENGINES_MAX:,} institutions already.")
                self._engines[institution] = _Engine(BoundedSemaphore(self._connections_max))
            engine = self._engines[institution]
        if not engine.free.acquire(timeout=WAIT_S_MAX):
            raise BadInput(f"The engine of {institution} is busy with others; nothing was done, ask again.")
        try:
            yield engine
        finally:
            engine.free.release()

    def _ask_once(self, engine: _Engine, institution: str, command: Office) -> OfficeReply:
        client = self._idle(engine) or find_engine(self._settings, institution)
        if client is None:
            raise NoEngine(institution)
        try:
            reply = client.ask(command)
        except BadInput:
            self._keep(engine, client)
            raise
        except BaseException:
            client.close()
            raise
        self._keep(engine, client)
        return reply

    def _idle(self, engine: _Engine) -> EngineClient | None:
        """A kept connection that the engine has not closed."""
        while True:
            try:
                client, kept_s = engine.idle.pop()
            except IndexError:
                return None
            if time.monotonic() - kept_s < KEPT_S_MAX and client.is_open():
                return client
            client.close()

    def _keep(self, engine: _Engine, client: EngineClient) -> None:
        with self._lock:
            if not self._closed:
                engine.idle.append((client, time.monotonic()))
                return
        client.close()

    def _forget(self, engine: _Engine) -> None:
        with suppress(IndexError):
            while True:
                engine.idle.pop()[0].close()


def is_repeatable(command: Office) -> bool:
    """Whether a command asked twice leaves what it leaves asked once."""
    if isinstance(command, ChangeAccess):
        return command.change != "credentials-reset"
    return isinstance(command, (*READING, OpenAccounts, DemandFourEyes))


def _unknown(silence: NoAnswer) -> NoAnswer:
    return NoAnswer(f"{silence} Whether it was done is not known; look before asking again.")
