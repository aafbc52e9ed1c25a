"""The process that does the jobs: ``python -m bulkhead.web.tasks.worker_process``, started by the console.

What it serves comes as one JSON line on standard input. That stream then stays open for as long as the console
lives: its end is the end of this process too, however the console ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings

CONCURRENCY = 2
POLL_S = 1.0
GRACE_S = 3.0  # for a job that works to write down that it was interrupted
_log = logging.getLogger("bulkhead.jobs")


@dataclass(frozen=True, slots=True)
class Served:
    """The house of the console that starts the process. ``database`` is a connection string, password and all."""

    home: str
    keys: str
    database: str

    def line(self) -> bytes:
        """As it is written to the process."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> int:
    """Do jobs until standard input ends."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    served = Served(**json.loads(sys.stdin.readline()))
    settings = Settings(home=Path(served.home), keys=Path(served.keys), database_url=SecretStr(served.database))
    with open_database(settings) as database:
        from bulkhead.web.starting import start

        start(settings, database)
        _serve(database)
    return 0


def _serve(database: Database) -> None:
    from bulkhead.web.tasks.job import worker_ends
    from bulkhead.web.tasks.liveness import OneWorker, settle_interrupted

    threading.Thread(target=_await_end, name="console-gone", daemon=True).start()
    one = OneWorker(database)
    if not one.take(worker_ends):
        return
    settle_interrupted()
    one.watch(_die)
    asyncio.run(_work())


async def _work() -> None:
    from procrastinate.contrib.django import app

    from bulkhead.web.tasks.job import worker_ends

    async def until_told() -> None:
        while not worker_ends.is_set():
            await asyncio.sleep(0.1)

    own = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's connector has it
    async with own.open_async():
        work = asyncio.create_task(
            own.run_worker_async(
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=POLL_S,
                delete_jobs="always",
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE_S,
            )
        )
        told = asyncio.create_task(until_told())
        done, _ = await asyncio.wait((work, told), return_when=asyncio.FIRST_COMPLETED)
        if work in done:
            work.result()  # raises what ended it
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def _await_end() -> None:
    """The console is gone when nothing can come from it any more."""
    while sys.stdin.readline():
        pass
    from bulkhead.web.tasks.job import worker_ends

    worker_ends.set()
    threading.Timer(GRACE_S + 2, _die).start()


def _die() -> None:
    """At once: what this process holds in the database, the database lets go of."""
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
