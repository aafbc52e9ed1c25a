"""``bulkhead migrate``: bring the database to this version's schema, making it where there is none."""

from __future__ import annotations

import typer

from bulkhead.cli.output import AsJson, InLanguage, console, language_of, print_json
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.store.migrate import migrate, migrations


def register(app: typer.Typer) -> None:
    app.command("migrate")(migrate_database)


def migrate_database(json: AsJson = False, lang: InLanguage = "") -> int:
    """Apply the steps of the schema that the database lacks; each whole or not at all."""
    language = language_of(lang)
    with open_database(load_settings()) as database:
        applied, place = migrate(database.connect), database.place
    version = len(migrations())
    if json:
        steps = [{"number": step.number, "name": step.name} for step in applied]
        print_json({"database": place, "schema": version, "applied": steps})
        return 0
    for step in applied:
        console.print(f"{step.number:04}  {step.name}")
    done = Words(
        f"The schema of {place} is {version}, the newest" + ("." if applied else " already; nothing was changed."),
        f"{place}：数据库结构版本 {version}，已是最新" + ("。" if applied else "，未作改动。"),
    )
    console.print(done[language])
    return 0
