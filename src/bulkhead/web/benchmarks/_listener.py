"""A viewer without a browser: listens to a stream of server-sent events over a plain socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

LINE_BYTES_MAX = 16 << 20


class NoStream(Exception):
    """The server answered with something else. ``status`` and ``headers`` (lower case) say what, ``text`` why."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        super().__init__(f"{status}: {text[:200]}")
        self.status, self.headers, self.text = status, headers, text


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, and the wall clock (UTC microseconds) when the last byte of it had come."""

    kind: str
    id: int | None
    body: dict[str, Any]
    at_us: int


class Listener:
    """One stream from its request to its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def events(self) -> AsyncIterator[Heard]:
        """What comes, until the server ends it or the connection breaks."""
        kind, sequence, said = "message", None, ""
        async for line in self._lines():
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("id: "):
                sequence = int(line[4:])
            elif line.startswith("data: "):
                said = line[6:]
            elif not line and said:
                yield Heard(kind, sequence, json.loads(said), time.time_ns() // 1_000)
                kind, sequence, said = "message", None, ""

    def close(self) -> None:
        """Go away without a word."""
        self._writer.transport.abort()

    async def _lines(self) -> AsyncIterator[str]:
        rest = b""
        async for chunk in self._chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.decode()

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            while size := int(await self._reader.readline() or b"0", 16):
                yield await self._reader.readexactly(size)
                await self._reader.readexactly(2)
        except (ConnectionError, asyncio.IncompleteReadError):
            return


async def listen(
    port: int, path: str, session: str, *, after: int | None = None, receive_bytes: int | None = None
) -> Listener:
    """Open a stream of the console on this machine. Raises ``NoStream`` and ``OSError``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=receive_bytes or LINE_BYTES_MAX)
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Cookie: bulkhead_session={session}",
        "Accept: text/event-stream",
        *([f"Last-Event-ID: {after}"] if after is not None else []),
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split()[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if status == 200 and headers.get("content-type", "").startswith("text/event-stream"):
        return Listener(reader, writer)
    text = (await reader.readexactly(int(headers.get("content-length", 0)))).decode(errors="replace")
    writer.close()
    raise NoStream(status, headers, text)
