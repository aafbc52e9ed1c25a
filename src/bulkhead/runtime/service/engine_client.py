"""The caller's end of the command port: find a running engine, prove each other, ask."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.service import frames
from bulkhead.runtime.service.command_port import HOST, port_file
from bulkhead.runtime.service.commands import (
    Command,
    Decision,
    Decisions,
    Movement,
    Office,
    OfficeReply,
    Refused,
    Reply,
    SendMovements,
)
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.keys import Keys

REPLY_S_MAX = 90.0
_GREETING = msgspec.msgpack.Decoder(frames.Hello | Refused)
_WELCOME = msgspec.msgpack.Decoder(frames.EngineProof | Refused)
_REPLY: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


class NoAnswer(Exception):
    """The connection ended without an answer. Movements may be sent again: those taken keep their answers."""


class NotSent(NoAnswer):
    """The connection ended before the command had left, so nothing of it was done."""


class EngineClient:
    """One connection to one engine, for one thread."""

    def __init__(self, port: int, key: bytes, institution: str) -> None:
        """Raises ``ConnectionError`` when no engine listens, ``BadInput`` when it and we have not the same key."""
        self._connection = socket.create_connection((HOST, port), frames.GREETING_S_MAX)
        try:
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._greet(port, key, institution)
        except BaseException:
            self._connection.close()
            raise

    def send(self, movements: Sequence[Movement]) -> tuple[Decision, ...]:
        """The engine's decisions, durable. Raises ``BadInput`` when it took none, ``NoAnswer``."""
        reply = self._ask(SendMovements(tuple(movements)))
        assert isinstance(reply, Decisions), reply
        return reply.decisions

    def ask(self, command: Office) -> OfficeReply:
        """Any other command. Raises ``BadInput`` when it was refused, ``NoAnswer``."""
        reply = self._ask(command)
        assert not isinstance(reply, Decisions | Refused), reply
        return reply

    def is_open(self) -> bool:
        """Whether the engine still listens, as far as can be seen without asking it.

        Between answers it says nothing, so whatever can be read is its last word or the end.
        """
        try:
            self._connection.setblocking(False)
            self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, command: Command) -> Reply:
        try:
            frames.send_frame(self._connection, command)
        except (frames.BadFrame, frames.Gone) as fault:  # an engine acts on whole frames only
            raise NotSent(str(fault) or "The engine has closed the connection.") from None
        try:
            body = frames.receive_frame(
                self._connection, bytes_max=frames.FRAME_BYTES_MAX, wait_s=REPLY_S_MAX, frame_s=frames.FRAME_S_MAX
            )
            reply = frames.decoded(body, _REPLY)
        except (frames.BadFrame, frames.Gone) as fault:
            raise NoAnswer(str(fault) or "The engine closed the connection before it answered.") from None
        if isinstance(reply, Refused):
            raise BadInput(reply.reason)
        return reply

    def _greet(self, port: int, key: bytes, institution: str) -> None:
        try:
            hello = frames.decoded(self._receive_greeting(), _GREETING)
            if isinstance(hello, Refused):
                raise BadInput(hello.reason)
            if hello.version != frames.VERSION:
                raise BadInput(
                    f"The engine speaks version {hello.version} of the command port, this is {frames.VERSION}."
                )
            nonce = secrets.token_bytes(frames.NONCE_BYTES)
            about = (institution, port, hello.nonce, nonce)
            frames.send_frame(self._connection, frames.ClientProof(nonce, frames.proof(key, "client", *about)))
            answer = frames.decoded(self._receive_greeting(), _WELCOME)
        except (frames.BadFrame, frames.Gone) as fault:
            raise ConnectionError(f"What listens on port {port} is no engine. {fault}".strip()) from None
        if isinstance(answer, Refused):
            raise BadInput(
                f"{answer.reason} The key folder of the command line must be the engine's (BULKHEAD_KEYS)."
            )
        if not secrets.compare_digest(answer.proof, frames.proof(key, "engine", *about)):
            raise BadInput(f"What listens on port {port} does not have the key of {institution}'s engine.")

    def _receive_greeting(self) -> bytes:
        return frames.receive_frame(
            self._connection,
            bytes_max=frames.GREETING_BYTES_MAX,
            wait_s=frames.GREETING_S_MAX,
            frame_s=frames.GREETING_S_MAX,
        )


def find_engine(settings: Settings, institution: str) -> EngineClient | None:
    """A connection to the running engine of an institution; None when none runs. Raises ``BadInput``."""
    file = port_file(settings.home, institution)
    try:
        port = int(json.loads(file.read_text())["port"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{file} does not say where the engine listens: {error}") from None
    keys = Keys(settings.keys)
    if not keys.has(frames.SECRET):
        raise BadInput(f"An engine of {institution} was started with other keys than {settings.keys}.")
    try:
        return EngineClient(port, keys.secret(frames.SECRET), institution)
    except (ConnectionError, TimeoutError):
        return None  # it was killed and left its file behind; the port may be somebody else's by now


def running_engines(home: Path) -> list[str]:
    """Institutions whose engines have said where they listen; one that was killed may still be among them."""
    return sorted(file.stem for file in (home / "run").glob("*.json"))
