"""``bulkhead bench NAME``: a measurement, its references measured beside it in the same run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bulkhead.cli.output import AsJson, console, errors, plain_table, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime import benchmarks as engine_benchmarks
from bulkhead.runtime.benchmarks import Benchmark, find, names
from bulkhead.web import benchmarks as console_benchmarks

PACKAGES = (engine_benchmarks, console_benchmarks)
CARD_PAYMENTS = Path("card_payments/2018-04_2018-07.parquet")


def register(app: typer.Typer) -> None:
    app.command("bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help="Which measurement; without it they are listed.")] = "",
    data: Annotated[Path | None, typer.Option(help="Card payments (Parquet) instead of a seeded stream.")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="How many movements, instead of its own number.")] = None,
    json: AsJson = False,
) -> int:
    """Measure, with the references beside ours in the same run."""
    if not name:
        console.print("\n".join(names(PACKAGES)))
        return 0
    if data is not None and not data.is_file():
        raise BadInput(f"{data} is not a file.")
    if not json:
        errors.print("Measuring; this takes a minute or a few.", style="dim")
    result = find(name, PACKAGES)(data or _default_data(), rows)
    if json:
        print_json(result.as_dict())
    else:
        _show(result)
    return 0


def _default_data() -> Path | None:
    """The card payments where BULKHEAD_DATA says they are, or beside the project."""
    folder = Path(os.environ.get("BULKHEAD_DATA") or "../shared/data")
    path = folder / CARD_PAYMENTS
    return path if path.is_file() else None


def _show(result: Benchmark) -> None:
    table = plain_table("metric", "ours", "low", "high", "unit", "references", "ratio", right=(1, 2, 3))
    for each in result.metrics:
        references = "\n".join(f"{name} {value:,.4g}" for name, value in each.references.items())
        ratios = "\n".join(f"{each.ours / value:,.1f}x" for value in each.references.values() if value)
        figures = (
            f"{value:,.0f}" if value >= 100 else f"{value:,.3g}" for value in (each.ours, each.low, each.high)
        )
        table.add_row(each.metric, *figures, each.unit, references, ratios)
    console.print(table)
    for note in result.notes:
        console.print(note, style="dim")
