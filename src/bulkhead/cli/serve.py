"""``bulkhead serve``: the engine of one institution, until it is told to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Annotated, Any

import typer

from bulkhead.cli.actor import actor
from bulkhead.cli.output import AsJson, print_json
from bulkhead.decision.rule_set import default_rule_set
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.money import CURRENCIES
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.service.command_port import HOST, CommandPort, port_file
from bulkhead.runtime.service.commands import DemandFourEyes, Person
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.office import carry_out
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.settings import Settings, load_settings
from bulkhead.runtime.watching import publish_rules
from bulkhead.runtime.wiring import Writer, open_writer

OFFSET_MINUTES_MAX = 14 * 60


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    institution: Annotated[str, typer.Option("--institution", help="Code of the institution; made if new.")],
    currency: Annotated[str, typer.Option(help="Of a new institution's book; CNY unless told.")] = "",
    timezone_offset_minutes: Annotated[
        int | None,
        typer.Option(
            min=-OFFSET_MINUTES_MAX, max=OFFSET_MINUTES_MAX, help="Of a new institution; 480 unless told."
        ),
    ] = None,
    four_eyes: Annotated[
        bool, typer.Option("--four-eyes", help="From now on two people for rules, holds and access; for good.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Decide, book and seal what programs send to the loopback port; SIGTERM or Ctrl-C ends it in order."""
    settings, clock = load_settings(), SystemClock()
    if currency and currency not in CURRENCIES:
        raise BadInput(f"--currency is {currency!r}; known are {', '.join(CURRENCIES)}")
    offset = 480 if timezone_offset_minutes is None else timezone_offset_minutes
    opening = InstitutionOpened(institution, currency or "CNY", offset)
    with (
        open_database(settings) as database,
        open_writer(settings, database, opening, command="bulkhead serve") as writer,
    ):
        _check_opening(writer.machine.institution, currency, timezone_offset_minutes)
        _prepare(writer, clock, four_eyes=four_eyes)
        _serve(settings, writer, clock, as_json=json)
    return 0


def _check_opening(there: InstitutionOpened | None, currency: str, offset_minutes: int | None) -> None:
    """An institution keeps what it was opened with."""
    assert there is not None
    if currency and currency != there.currency:
        raise BadInput(f"Institution {there.code} keeps its book in {there.currency}, not in {currency}.")
    if offset_minutes is not None and offset_minutes != there.timezone_offset_minutes:
        raise BadInput(
            f"Institution {there.code} lives {there.timezone_offset_minutes} minutes from UTC, not {offset_minutes}."
        )


def _prepare(writer: Writer, clock: SystemClock, *, four_eyes: bool) -> None:
    """Rules for an institution that has none, and two people for the next ones where that was asked for."""
    user = actor()
    if not writer.machine.rule_set_events:
        publish_rules(writer, default_rule_set().text, user)
    if four_eyes:
        command = DemandFourEyes(Person(user, user))
        carry_out(writer.stores.vault, writer.machine, writer.loop.apply, command, clock.now_us())


def _serve(settings: Settings, writer: Writer, clock: SystemClock, *, as_json: bool) -> None:
    stop = threading.Event()
    code, key = writer.stores.code, writer.stores.keys.secret(SECRET)
    with (
        Serving(writer, clock, stop) as serving,
        CommandPort(serving, key, code, port_file(settings.home, code)) as port,
    ):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        ready: dict[str, Any] = {"institution": code, "host": HOST, "port": port.port, "process": os.getpid()}
        if as_json:
            print_json(ready)
        else:
            where = f"{HOST}:{port.port} (process {os.getpid()})"
            sys.stdout.write(f"{code} is served on {where}; Ctrl-C or SIGTERM ends it.\n")
        sys.stdout.flush()
        stop.wait()
