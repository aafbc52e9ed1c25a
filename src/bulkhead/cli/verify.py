"""``bulkhead verify``: is the journal whole, and do the book and the projections follow from it?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from bulkhead.cli.output import AsJson, OfInstitution, console, errors, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.connect import Database, open_existing_database
from bulkhead.runtime.settings import Settings, load_settings
from bulkhead.runtime.verification.verifying import Verdict, verify
from bulkhead.runtime.wiring import institution_codes, open_stores


def register(app: typer.Typer) -> None:
    app.command("verify")(verify_journals)


def verify_journals(
    institution: OfInstitution = "",
    since: Annotated[Path | None, typer.Option(help="A checkpoint that the journal must have grown from.")] = None,
    json: AsJson = False,
) -> int:
    """Check every leaf, balance, projection and checkpoint; exit 1 and the first bad record if one is wrong."""
    settings = load_settings()
    note = _note(since) if since else None
    with open_existing_database(settings) as database:
        codes = [institution] if institution else institution_codes(database)
        if not codes:
            raise BadInput("There is no journal here yet; `bulkhead watch FILE` or `bulkhead demo` begins one.")
        verdicts = [_verify(settings, database, code, note, shown=not json) for code in codes]
    if json:
        print_json({"sound": all(v.fault is None for v in verdicts), "journals": [v.as_json() for v in verdicts]})
    else:
        for verdict in verdicts:
            _show(verdict)
    return 0 if all(verdict.fault is None for verdict in verdicts) else 1


def _note(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as a checkpoint: {error}") from None


def _verify(settings: Settings, database: Database, code: str, note: str | None, *, shown: bool) -> Verdict:
    with open_stores(settings, database, code) as stores:
        if not shown or not errors.is_terminal:
            return verify(stores, lambda done, expected: None, note)
        with Progress(console=errors, transient=True) as bar:
            task = bar.add_task(f"verifying {code}", total=None)
            return verify(stores, lambda done, expected: bar.update(task, completed=done, total=expected), note)


def _show(verdict: Verdict) -> None:
    if verdict.fault is not None:
        console.print(f"[bold red]✗ NO[/]   {verdict.institution}: {verdict.fault}")
        return
    console.print(
        f"[bold green]✓ YES[/]  {verdict.institution}: {verdict.size:,} leaves ({verdict.movements:,} movements, "
        f"{verdict.events:,} events), {verdict.accounts:,} accounts, {verdict.projected:,} projected movements, "
        f"{verdict.balances:,} balance marks, {verdict.checkpoints:,} checkpoints"
    )
    console.print(f"       head {verdict.root.hex()}")
