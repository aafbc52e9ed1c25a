"""What the two ends of the command port say to each other, byte by byte.

A frame is its length in four bytes and a msgpack record. Each end proves that it has the key before either acts
on anything: the proof covers both ends' random numbers, the institution and the port the caller dialled, so it
cannot be replayed, reflected, or passed on by a stranger who listens on another port.
"""

from __future__ import annotations

import hmac
import socket
import struct
import time
from typing import TypeVar

import msgspec

from bulkhead.runtime.service.commands import Refused

VERSION = 1
SECRET = "command-port"
NONCE_BYTES = 32
FRAME_BYTES_MAX = 8 * 1024 * 1024
GREETING_BYTES_MAX = 512  # before the other end is known
GREETING_S_MAX = 5.0
FRAME_S_MAX = 15.0  # from a frame's first byte to its last
_LENGTH = struct.Struct(">I")
_CONTEXT = b"bulkhead command port"
M = TypeVar("M")


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The engine's first word."""

    version: int
    nonce: bytes


class ClientProof(msgspec.Struct, frozen=True, tag="client"):
    """The caller has the key."""

    nonce: bytes
    proof: bytes


class EngineProof(msgspec.Struct, frozen=True, tag="engine"):
    """So has the engine."""

    proof: bytes


class BadFrame(Exception):
    """The other end does not keep to the protocol, or took too long. The sentence says how."""


class Gone(Exception):
    """The other end has closed the connection."""


def proof(key: bytes, role: str, institution: str, port: int, engine_nonce: bytes, client_nonce: bytes) -> bytes:
    """HMAC-SHA256 that ``role`` ("client" or "engine") shows to the other end."""
    parts = (_CONTEXT, b"%d" % VERSION, role.encode(), institution.encode(), b"%d" % port)
    return hmac.digest(key, b"\0".join(parts) + b"\0" + engine_nonce + client_nonce, "sha256")


def send_frame(connection: socket.socket, message: msgspec.Struct) -> None:
    """Send a message whole within ``FRAME_S_MAX``. Raises ``BadFrame`` or ``Gone``."""
    body = msgspec.msgpack.encode(message)
    if len(body) > FRAME_BYTES_MAX:
        raise BadFrame(f"A frame of {len(body):,} bytes; at most {FRAME_BYTES_MAX:,}.")
    connection.settimeout(FRAME_S_MAX)
    try:
        connection.sendall(_LENGTH.pack(len(body)) + body)
    except TimeoutError:
        raise BadFrame(f"The other end did not take a frame within {FRAME_S_MAX:.0f} s.") from None
    except OSError:
        raise Gone from None


def receive_frame(connection: socket.socket, *, bytes_max: int, wait_s: float, frame_s: float) -> bytes:
    """The next frame's body.

    ``wait_s`` for its first byte, then ``frame_s`` for all of it, however the bytes drip. Raises ``BadFrame`` or
    ``Gone``.
    """
    first = _some(connection, _LENGTH.size, time.monotonic() + wait_s)
    until_s = time.monotonic() + frame_s
    header = first + _exactly(connection, _LENGTH.size - len(first), until_s)
    (length,) = _LENGTH.unpack(header)
    if length > bytes_max:
        raise BadFrame(f"A frame of {length:,} bytes; at most {bytes_max:,}.")
    return _exactly(connection, length, until_s)


def decoded(body: bytes, decoder: msgspec.msgpack.Decoder[M]) -> M:
    """The message of a frame. Raises ``BadFrame``."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadFrame(f"The frame is not a message of this port: {error}.") from None


def refuse(connection: socket.socket, reason: str) -> None:
    """Say why, if the other end still listens."""
    try:
        send_frame(connection, Refused(reason))
    except (BadFrame, Gone):
        return


def _exactly(connection: socket.socket, count: int, until_s: float) -> bytes:
    parts = []
    while count:
        part = _some(connection, count, until_s)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _some(connection: socket.socket, count: int, until_s: float) -> bytes:
    left_s = until_s - time.monotonic()
    try:
        if left_s <= 0:
            raise TimeoutError
        connection.settimeout(left_s)
        part = connection.recv(min(count, 1 << 20))
    except TimeoutError:
        raise BadFrame("The other end was silent for too long.") from None
    except OSError:
        raise Gone from None
    if not part:
        raise Gone
    return part
