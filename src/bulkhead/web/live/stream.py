"""One viewer's stream: first what was missed, then what comes, each movement counted exactly once."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import connections

from bulkhead.kernel.errors import BadInput
from bulkhead.web.live.feed import Feed
from bulkhead.web.live.hub import hub
from bulkhead.web.live.records import event, now_ms
from bulkhead.web.live.viewers import SEATS, Channel, Seat, Viewer

RETRY_MS = 2_000


class Stream:
    """The body of the answer. Django calls ``close`` at its end, whether it was ever begun or not."""

    def __init__(self, channel: Channel, session: str, after: int | None, seat: Seat) -> None:
        """``after``: everything before this sequence has been seen; None for somebody new."""
        self._viewer = Viewer(channel, session)
        self._after = after
        self._seat = seat

    def close(self) -> None:
        """Free the seat. Any thread."""
        SEATS.give_back(self._seat)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._seat.started = True
        viewer, feed = self._viewer, None
        viewer.begin()
        # The request is over for the database, though not for its reader: the pool gets its connection back.
        await sync_to_async(connections.close_all)()
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            feed = await hub().feed(viewer.channel.wording.institution)
            feed.present.add(viewer)
            if not feed.has_room_for(viewer.channel.query):
                viewer.why = "filters"
            else:
                async for data in self._messages(feed):
                    yield data
            yield event("end", {"why": viewer.why})
        except (ConnectionError, BadInput):
            yield event("trouble", {"since_ms": now_ms()})
        finally:
            if feed is not None:
                feed.leave(viewer)
            self.close()

    async def _messages(self, feed: Feed) -> AsyncIterator[bytes]:
        viewer, channel = self._viewer, self._viewer.channel
        known = self._after is not None and feed.knows(self._after)
        sequence = self._after if self._after is not None and known else feed.position
        reset = self._after is not None and not known
        yield event("hello", {**feed.standing(), "from": sequence, "reset": reset}, sequence)
        if not known and sequence > 0:
            yield (await feed.before(channel, sequence)).data
        while not viewer.why:
            while sequence < feed.position and not viewer.why:
                message = await feed.missed(channel, sequence)
                yield message.data
                sequence = message.stop or sequence
            feed.offer_to(viewer)  # nothing can have happened since the comparison: this is one event loop
            offered = await viewer.next()
            if offered is None:
                return
            if offered.stop is None or offered.start == sequence:
                yield offered.data
                sequence = offered.stop or sequence
