"""``bulkhead simulate WORLD``: write a seeded world to a folder, its truth apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.output import AsJson, console, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.simulation.world import WorldKind
from bulkhead.simulation.writing import write_world


def register(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    world: Annotated[str, typer.Argument(help="Code of the world, such as lending.")],
    out: Annotated[Path, typer.Option(help="Folder to write movements.jsonl and truth.json into.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another world.")] = 7,
    clients: Annotated[int, typer.Option(min=100, max=100_000, help="How many people live in it.")] = 300,
    days: Annotated[int, typer.Option(min=20, max=3_660, help="How many days it lasts.")] = 30,
    json: AsJson = False,
) -> int:
    """Write a seeded world: its movements as JSON lines, and apart from them what really happened."""
    kinds = discover("bulkhead.simulation.worlds", "WORLD", WorldKind)
    if world not in kinds:
        raise BadInput(f"There is no world {world[:40]!r}; there are: {', '.join(kinds)}.")
    built = kinds[world].build(seed, clients, days)
    movements, truth = write_world(built, out)
    if json:
        print_json(
            {
                "world": world,
                "seed": seed,
                "movements": len(built.movements),
                "files": [movements.name, truth.name],
            }
        )
    else:
        console.print(f"{len(built.movements):,} movements in {movements}, the truth about them in {truth}")
        console.print(f"bulkhead watch {movements}", style="dim")
    return 0
