"""``bulkhead demo``: a small seeded world in the terminal, decided live, with three crimes hidden in it."""

from __future__ import annotations

import dataclasses
import sys
from contextlib import ExitStack
from os.path import relpath
from shlex import quote
from shutil import which
from typing import Annotated, Any

import typer
from rich.console import Console

from bulkhead.cli.demo_console import (
    business_goes_on,
    console_beside,
    hire,
    show_logins,
    wait_for_the_end,
)
from bulkhead.cli.demo_summary import ClassTotal, DemoEnding
from bulkhead.cli.demo_view import SECONDS_A_DAY, DemoOpening, DemoView
from bulkhead.cli.output import AsJson, InLanguage, language_of, print_json
from bulkhead.cli.output import console as terminal
from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import load_source
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.money import currency_number
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings, load_settings
from bulkhead.runtime.verification.verifying import Verdict, verify
from bulkhead.runtime.watching import publish_rules, register_source
from bulkhead.runtime.wiring import Writer, open_stores, open_writer, seal_checkpoint
from bulkhead.runtime.world_run import fresh_opening, play
from bulkhead.simulation.calendar import DAY_US, MINUTE_US
from bulkhead.simulation.truth import Sighting, assess, sighting
from bulkhead.simulation.world import World
from bulkhead.simulation.worlds.lending import OFFSET_MINUTES, build

WORLD_SOURCE = "movements"  # what the world's movements are written as
BATCH_ROWS = 16  # small, so that what is seen is what has just been made durable


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another world.")] = 7,
    clients: Annotated[int, typer.Option(min=100, max=5_000, help="How many people live in it.")] = 300,
    days: Annotated[int, typer.Option(min=20, max=120, help="How many days it lasts.")] = 30,
    fast: Annotated[bool, typer.Option("--fast", help="As fast as it can, not at a pace to read.")] = False,
    console: Annotated[bool, typer.Option(help="Serve the console too, and stay until Ctrl-C.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Of the console; 0 takes a free one.")] = 8000,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """A small seeded world, decided live, with three crimes hidden in it; then its console."""
    settings, language = load_settings(), language_of(lang)
    world = build(seed, clients, days, _begins_us(days, SystemClock().now_us()))
    screen = Console(quiet=True) if json else terminal
    view = DemoView(_opening(world, days), language, screen, seconds_a_day=0.0 if fast or json else SECONDS_A_DAY)
    with open_database(settings) as database:
        opening = fresh_opening(database, world)
        with ExitStack() as ends:
            writer = ends.enter_context(open_writer(settings, database, opening, command="bulkhead demo"))
            register_source(writer, load_source(WORLD_SOURCE))
            publish_rules(writer, default_rule_set().text, "demo")
            logins = []
            if console and not json:
                logins = hire(settings, database, writer)
                address, console_runs = ends.enter_context(console_beside(port))
                show_logins(screen, language, address, logins)
            ending = _play(settings, database, writer, world, view)
            if logins:
                ends.enter_context(business_goes_on(settings, writer, world))
                view.summary(ending)
                show_logins(screen, language, address, logins)
                wait_for_the_end(screen, language, logins[0].totp_secret, console_runs)
    if json:
        print_json(_as_json(opening.code, world, ending))
    else:
        if not logins:
            view.summary(ending)
        screen.print(_next_steps(opening.code), style="dim")
    return 0 if ending.verified and ending.assessment.found_count == len(world.truth.incidents) else 1


def _begins_us(days: int, now_us: int) -> int:
    """The local midnight from which a world of so many days ends with the last midnight before now."""
    offset_us = OFFSET_MINUTES * MINUTE_US
    return (now_us + offset_us) // DAY_US * DAY_US - offset_us - days * DAY_US


def _opening(world: World, days: int) -> DemoOpening:
    return DemoOpening(
        Words(world.title["en"], world.title["zh"]),
        world.seed,
        world.calendar.midnight_us(0),
        days,
        world.institution.timezone_offset_minutes,
        len(world.movements),
        world.institution.currency,
    )


def _play(settings: Settings, database: Database, writer: Writer, world: World, view: DemoView) -> DemoEnding:
    """The whole world through the engine and past the view, then everything against everything else."""
    sightings: list[Sighting] = []
    decider = writer.machine.decider
    assert decider is not None, "rules were published"

    def on_decision(leaf: MovementLeaf) -> None:
        sightings.append(sighting(leaf, writer.machine.rule_codes))
        view.decision(leaf, decider.explain(leaf) if view.wants_reason(leaf) else None)

    with view:
        engine_s = play(writer, world, on_decision, BATCH_ROWS)
    writer.loop.mark()
    seal_checkpoint(writer.stores, writer.machine)
    totals = _totals(writer, currency_number(world.institution.currency))
    with open_stores(settings, database, writer.stores.code) as stores:
        verdict = verify(stores, lambda done, expected: None)
    return _ending(world, sightings, totals, verdict, engine_s)


def _totals(writer: Writer, currency: int) -> tuple[ClassTotal, ...]:
    totals = writer.machine.book.totals(len(writer.machine.names))
    return tuple(ClassTotal(kind, *sums) for (kind, of), sums in totals.items() if of == currency)


def _ending(
    world: World, sightings: list[Sighting], totals: tuple[ClassTotal, ...], verdict: Verdict, engine_s: float
) -> DemoEnding:
    return DemoEnding(
        totals=totals,
        assessment=assess(world.truth, sightings),
        journal_size=verdict.size,
        journal_root=verdict.root,
        verified=verdict.fault is None,
        movements_per_s=round(len(sightings) / engine_s) if engine_s else None,
    )


def _next_steps(code: str) -> str:
    activate = "" if which("bulkhead") else f". {quote(relpath(sys.prefix))}/bin/activate\n"
    return (
        f"\n{activate}bulkhead verify --institution {code}\n"
        f"bulkhead explain '#1000' --institution {code}\n"
        "bulkhead watch YOUR-FILE.csv"
    )


def _as_json(code: str, world: World, ending: DemoEnding) -> dict[str, Any]:
    return {
        "institution": code,
        "seed": world.seed,
        "movements": len(world.movements),
        "crimes": [
            {
                "code": verdict.incident.code,
                "found": verdict.found,
                "stopped": verdict.stopped_count,
                "movements": len(verdict.incident.movement_ids),
                "prevented_minor": verdict.prevented_minor,
                "lost_minor": verdict.lost_minor,
                "rules": dict(verdict.rules),
                "refusals": {refusal.name.lower(): count for refusal, count in verdict.refusals},
            }
            for verdict in ending.assessment.verdicts
        ],
        "honest": ending.assessment.honest_count,
        "honest_stopped": ending.assessment.honest_stopped,
        "honest_noticed": ending.assessment.honest_noticed,
        "balances": [dataclasses.asdict(total) for total in ending.totals],
        "journal": {"size": ending.journal_size, "root": ending.journal_root.hex()},
        "verified": ending.verified,
        "movements_per_s": ending.movements_per_s,
    }
