"""A served console for the tests of the live stream, and people who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bulkhead.web.benchmarks._listener import Heard, listen
from web_fixtures import TOWN, entered

if TYPE_CHECKING:
    from bulkhead.web.people.models import Account

WAIT_S_MAX = 60.0


@contextmanager
def console(send_buffer_bytes: int | None = None) -> Iterator[int]:
    """The console on a port of its own, which it gives."""
    import socket

    from bulkhead.web.serving import listening, serving

    listener = listening("127.0.0.1", 0)
    if send_buffer_bytes is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    port = int(listener.getsockname()[1])
    with serving(listener):
        yield port


def session_of(account: Account) -> str:
    """The cookie of somebody who has logged in."""
    return entered(account).cookies["bulkhead_session"].value


@dataclass
class Seen:
    """What one person has been told, over all connections."""

    last: int | None = None
    first: int | None = None
    total: int = 0
    matching: int = 0
    alarms: list[int] = field(default_factory=list)
    alarms_more: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)
    events: list[Heard] = field(default_factory=list)

    def take(self, heard: Heard) -> None:
        """Count an event, and refuse a gap or a repeat."""
        self.events.append(heard)
        body = heard.body
        if heard.kind == "hello" and self.last is None:
            self.first = self.last = heard.id
        elif heard.kind == "hello":
            assert heard.id == self.last
        elif heard.kind == "history":
            self.before += body["alarm_rows"] + body["rows"]
        elif heard.kind in ("tick", "missed"):
            assert body["from"] == self.last, "a gap or a repeat"
            self.last = heard.id
            assert self.last == body["to"]
            self.total += body["total"]
            self.matching += body["matching"]
            self.alarms += [row["seq"] for row in reversed(body["alarm_rows"])]
            self.alarms_more += body["alarms_more"]
            self.rows += body["alarm_rows"] + body["rows"]


async def watch(
    port: int,
    session: str,
    seen: Seen,
    until: Callable[[Seen], bool],
    *,
    institution: str = TOWN,
    asked: str = "",
) -> str:
    """Listen until it is enough or the stream ends; gives why it ended ("" when we left)."""
    path = f"/i/{institution}/live/stream/?{asked}"
    async with asyncio.timeout(WAIT_S_MAX):
        listener = await listen(port, path, session, after=seen.last)
        try:
            async for heard in listener.events():
                seen.take(heard)
                if heard.kind == "end":
                    return str(heard.body["why"])
                if until(seen):
                    return ""
            return "closed"
        finally:
            listener.close()


async def watch_together(
    port: int, viewers: list[tuple[str, str, Seen]], until: Callable[[Seen], bool], begin: Callable[[], object]
) -> None:
    """Everybody (session, filter, what they see) listens; ``begin`` is called when all of them do."""
    watching = [
        asyncio.create_task(watch(port, session, seen, until, asked=asked)) for session, asked, seen in viewers
    ]
    while any(seen.last is None for _, _, seen in viewers) and not any(task.done() for task in watching):
        await asyncio.sleep(0.01)
    begin()
    await asyncio.gather(*watching)
