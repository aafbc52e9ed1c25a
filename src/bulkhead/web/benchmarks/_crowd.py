"""Fifty viewers in a process of their own, so that what they cost is not taken from the console.

Reads what to do as one line of JSON, says ``ready`` when everybody listens, is told up to where to listen by a
second line, and then says what each of them has seen as one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from psycopg_pool import AsyncConnectionPool

from bulkhead.web.benchmarks._listener import Listener, listen

STAY_S, AWAY_S = (1.0, 4.0), (0.2, 1.5)
POLL_S = 1.0
CONNECTIONS_MAX = 8  # a database has not one for each viewer
TOO_LATE_S = 30.0


@dataclass
class Account:
    """What one viewer was told. ``receipts``: up to which sequence, and when (UTC microseconds)."""

    roams: bool = False
    first: int | None = None
    last: int | None = None
    total: int = 0
    alarms: int = 0
    alarm_rows: list[int] = field(default_factory=list)
    gaps: int = 0
    reconnects: int = 0
    bytes: int = 0
    receipts: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Crowd:
    """Everybody, and up to where they are to listen (not known before the traffic has ended)."""

    everybody: list[Account] = field(default_factory=list)
    until: int | None = None

    def done(self, account: Account) -> bool:
        return self.until is not None and account.last is not None and account.last >= self.until


def take(account: Account, kind: str, sequence: int | None, body: dict[str, Any], at_us: int) -> None:
    """Book what came."""
    if kind == "hello" and account.first is None:
        account.first = account.last = sequence
    if kind not in ("tick", "missed") or sequence is None:
        return
    account.gaps += body["from"] != account.last
    account.last = sequence
    account.total += body["total"]
    account.alarms += body["alarms"]
    account.alarm_rows += [row["seq"] for row in reversed(body["alarm_rows"])]
    account.receipts.append((sequence, at_us))


async def follow(
    crowd: Crowd, account: Account, open_stream: Callable[[int | None], Any], dice: random.Random
) -> None:
    """Listen until the end; one who roams goes away and comes back at random moments."""
    while not crowd.done(account):
        listener: Listener = await open_stream(account.last)
        stay_s = dice.uniform(*STAY_S) if account.roams else TOO_LATE_S * 10
        leave_s = time.monotonic() + stay_s
        async for heard in listener.events():
            take(account, heard.kind, heard.id, heard.body, heard.at_us)
            if crowd.done(account) or (time.monotonic() > leave_s and crowd.until is None):
                break
        listener.close()
        if not crowd.done(account):
            account.reconnects += 1
            await asyncio.sleep(dice.uniform(*AWAY_S) if account.roams else 0.0)


_POLL = """
    SELECT outcome, status, count(*) FROM movement
    WHERE institution = %(institution)s AND sequence >= %(last)s AND sequence < %(stop)s GROUP BY outcome, status
"""
_NEWEST = "SELECT * FROM movement WHERE institution = %(institution)s ORDER BY sequence DESC LIMIT 40"
_REACH = "SELECT next_sequence FROM projection_progress WHERE institution = %(institution)s"


async def poll(
    crowd: Crowd, account: Account, pool: AsyncConnectionPool, institution: int, dice: random.Random
) -> None:
    """What a page that asks every second would do."""
    await asyncio.sleep(dice.uniform(0, POLL_S))
    next_s = time.monotonic()
    while not crowd.done(account):
        async with pool.connection() as connection:
            found = await (await connection.execute(_REACH, {"institution": institution})).fetchone()
            assert found is not None
            stop, last = int(found[0]), account.last or 0
            asked = {"institution": institution, "last": last if account.first is not None else stop, "stop": stop}
            counts = await (await connection.execute(_POLL, asked)).fetchall()
            await (await connection.execute(_NEWEST, asked)).fetchall()
        account.first = stop if account.first is None else account.first
        account.total += sum(count for _, _, count in counts)
        account.last = stop
        account.receipts.append((stop, time.time_ns() // 1_000))
        next_s += POLL_S
        await asyncio.sleep(max(0.0, next_s - time.monotonic()))


async def run(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Everybody from the first word to the last."""
    async with AsyncExitStack() as stack:
        pool = None
        if asked["dsn"]:
            options = {"autocommit": True}
            pool = AsyncConnectionPool(asked["dsn"], max_size=CONNECTIONS_MAX, kwargs=options, open=False)
            await stack.enter_async_context(pool)
        return await _everybody(asked, pool)


async def _everybody(asked: dict[str, Any], pool: AsyncConnectionPool | None) -> list[dict[str, Any]]:
    crowd, dice = Crowd(), random.Random(asked["seed"])
    tasks = []
    for number, session in enumerate(asked["sessions"]):
        account = Account(roams=number < asked["roaming"])
        crowd.everybody.append(account)
        own = random.Random(dice.random())
        if pool is not None:
            work = poll(crowd, account, pool, asked["institution"], own)
        else:

            async def open_stream(after: int | None, session: str = session) -> Listener:
                return await listen(asked["port"], asked["path"], session, after=after)

            work = follow(crowd, account, open_stream, own)
        tasks.append(asyncio.create_task(work))
    while any(account.first is None for account in crowd.everybody):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.02)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    crowd.until = int(await asyncio.to_thread(sys.stdin.readline))
    await asyncio.wait(tasks, timeout=TOO_LATE_S)
    return [asdict(account) for account in crowd.everybody]


if __name__ == "__main__":
    said = asyncio.run(run(json.loads(sys.stdin.readline())))
    sys.stdout.write(json.dumps(said) + "\n")
