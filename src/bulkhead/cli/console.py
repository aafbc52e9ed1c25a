"""``bulkhead console``: the web console of all institutions of this house, until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

import typer

from bulkhead.cli.output import AsJson, print_json
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("console")(console)


def console(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8000,
    name: Annotated[
        list[str] | None, typer.Option(help="A host name people reach it by, besides localhost; may be repeated.")
    ] = None,
    behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="A proxy with TLS is before it: cookies travel no other way.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Serve the console; Ctrl-C or SIGTERM ends it."""
    settings = load_settings()
    with open_database(settings) as database:
        from bulkhead.web.starting import start

        start(settings, database, hosts=tuple(name or ()), secure=behind_tls)
        from bulkhead.web.serving import listening, serving
        from bulkhead.web.starting import house
        from bulkhead.web.tasks.keeping import worker_beside

        stop = threading.Event()
        listener = listening(host, port)
        with serving(listener), worker_beside(house()):
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            address = f"http://{host}:{listener.getsockname()[1]}"
            if json:
                print_json({"address": address})
            else:
                sys.stdout.write(f"The console is at {address}; Ctrl-C or SIGTERM ends it.\n")
            sys.stdout.flush()
            stop.wait()
    return 0
