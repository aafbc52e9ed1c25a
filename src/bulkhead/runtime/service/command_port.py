"""The engine's loopback port: programs on this machine that hold the key hand in commands and get answers.

It listens on 127.0.0.1 only, on a port the system chooses, written to a file that only its owner can read.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import msgspec
import structlog

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.service.commands import Command, Decisions, Refused, Reply, SendMovements
from bulkhead.runtime.service.frames import (
    FRAME_BYTES_MAX,
    FRAME_S_MAX,
    GREETING_BYTES_MAX,
    GREETING_S_MAX,
    NONCE_BYTES,
    VERSION,
    BadFrame,
    ClientProof,
    EngineProof,
    Gone,
    Hello,
    decoded,
    proof,
    receive_frame,
    refuse,
    send_frame,
)
from bulkhead.runtime.service.inbox import NotTaken
from bulkhead.runtime.service.serving import EngineStopped, Serving

HOST = "127.0.0.1"
CONNECTIONS_MAX = 256
IDLE_S_MAX = 600.0
_log = structlog.get_logger()
P = TypeVar("P", bound="CommandPort")


class CommandPort:
    """Serves an engine's callers, one thread each, until the block ends."""

    def __init__(self, serving: Serving, key: bytes, institution: str, file: Path) -> None:
        """``file`` is where the port is written for callers; see ``port_file``."""
        self._serving = serving
        self._key = key
        self._institution = institution
        self._file = file
        self._listener = socket.create_server((HOST, 0), backlog=CONNECTIONS_MAX)
        self.port: int = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._acceptor = threading.Thread(target=self._accept, name="command-port", daemon=True)

    def __enter__(self: P) -> P:
        self._acceptor.start()
        _write_private(self._file, json.dumps({"port": self.port, "process": os.getpid()}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no new commands; answer those under way."""
        self._file.unlink(missing_ok=True)
        with self._lock:
            self._closing = True
            for connection in self._connections:
                _shut(connection, socket.SHUT_RD)  # its thread answers what it has read, then ends
            threads = list(self._threads)
        _shut(self._listener, socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        for thread in threads:
            thread.join(FRAME_S_MAX)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._closing:
                    return
                _log.warning("a caller could not be accepted")
                continue
            with self._lock:
                full = len(self._connections) >= CONNECTIONS_MAX
                if not (full or self._closing):
                    thread = threading.Thread(
                        target=self._attend, args=[connection], name="command-port-caller", daemon=True
                    )
                    self._connections.add(connection)
                    self._threads.add(thread)
                    thread.start()
                    continue
            refuse(connection, f"The engine has {CONNECTIONS_MAX} callers already, or is stopping.")
            connection.close()

    def _attend(self, connection: socket.socket) -> None:
        """One caller from greeting to end."""
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._greet(connection)
            decoder = msgspec.msgpack.Decoder(Command)
            while not self._closing:
                body = receive_frame(connection, bytes_max=FRAME_BYTES_MAX, wait_s=IDLE_S_MAX, frame_s=FRAME_S_MAX)
                send_frame(connection, self._reply(body, decoder))
        except BadFrame as fault:
            refuse(connection, str(fault))
        except Gone:
            pass
        except Exception as bug:  # noqa: BLE001 - one caller's thread may not take the port down unheard
            _log.error("command port", bug=repr(bug))
            refuse(connection, "The engine met a bug; its log says which.")
        finally:
            with self._lock:
                self._connections.discard(connection)
                self._threads.discard(threading.current_thread())
            connection.close()

    def _greet(self, connection: socket.socket) -> None:
        """Raises ``BadFrame`` for a caller without the key, before anything else of it is read."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        send_frame(connection, Hello(VERSION, nonce))
        body = receive_frame(
            connection, bytes_max=GREETING_BYTES_MAX, wait_s=GREETING_S_MAX, frame_s=GREETING_S_MAX
        )
        said = decoded(body, msgspec.msgpack.Decoder(ClientProof))
        about = (self._institution, self.port, nonce, said.nonce)
        if len(said.nonce) != NONCE_BYTES or not secrets.compare_digest(
            said.proof, proof(self._key, "client", *about)
        ):
            _log.warning("a caller without the key was turned away")
            raise BadFrame("The caller does not have this engine's key.")
        send_frame(connection, EngineProof(proof(self._key, "engine", *about)))

    def _reply(self, body: bytes, decoder: msgspec.msgpack.Decoder[Command]) -> Reply:
        try:
            command = decoded(body, decoder)
            if isinstance(command, SendMovements):
                return Decisions(self._serving.send(command.movements))
            return self._serving.ask(command)
        except (BadInput, BadFrame, NotTaken, EngineStopped, ConnectionError) as refusal:
            return Refused(str(refusal))


def port_file(home: Path, institution: str) -> Path:
    """Where the engine of an institution says which port it listens on."""
    return home / "run" / f"{institution}.json"


def _write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    partial.rename(file)


def _shut(connection: socket.socket, how: int) -> None:
    try:
        connection.shutdown(how)
    except OSError:
        return
