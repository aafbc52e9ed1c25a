"""``bulkhead balances``: whose money it is, at any position of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from bulkhead.cli.output import (
    AsJson,
    InLanguage,
    OfInstitution,
    console,
    heading,
    language_of,
    plain_table,
    print_json,
)
from bulkhead.cli.words import say, term
from bulkhead.kernel.money import format_minor
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.database.connect import open_existing_database
from bulkhead.runtime.projections.balances import AccountBalance, Balances, balances_at
from bulkhead.runtime.settings import load_settings
from bulkhead.runtime.wiring import chosen_institution, open_stores

ACCOUNTS_SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command("balances")(show_balances)


def show_balances(
    at: Annotated[int | None, typer.Option(help="After so many leaves of the journal; by default all.")] = None,
    account: Annotated[str, typer.Option(help="Only this account, such as 'client:ann' or 'book:fee'.")] = "",
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Balances of all accounts by class; exit 1 when the book does not sum to zero."""
    settings = load_settings()
    with open_existing_database(settings) as database:
        code = chosen_institution(database, institution)
        with open_stores(settings, database, code) as stores:
            balances = balances_at(stores, at, account)
    sums = _sums(balances.accounts)
    sound = bool(account) or not any(sums.values())
    if json:
        print_json(_as_json(code, balances, sums))
    else:
        for part in _parts(code, balances, language_of(lang)):
            console.print(part)
        if not sound:
            console.print(Text(say("not_zero", language_of(lang)), style="bold red"))
    return 0 if sound else 1


def _sums(accounts: tuple[AccountBalance, ...]) -> dict[str, int]:
    """The sum of all balances by currency: zero in a sound book."""
    sums: dict[str, int] = {}
    for row in accounts:
        sums[row.currency] = sums.get(row.currency, 0) + row.posted_minor
    return dict(sorted(sums.items()))


def _parts(code: str, balances: Balances, language: Language) -> Iterator[RenderableType]:
    where = Words(
        f"{code} · after {balances.at:,} of {balances.size:,} leaves",
        f"{code} · 日志前 {balances.at:,} 条之后（共 {balances.size:,} 条）",
    )
    yield Text(where[language], style="bold")
    columns = [say(key, language) for key in ("accounts", "posted", "held")]
    table = plain_table(f"  {say('class', language)}", *columns, "", right=(1, 2, 3))
    for (account_class, currency), rows in _by_class(balances.accounts):
        table.add_row(
            f"  {term(account_class.name, language)}",
            f"{len(rows):,}",
            format_minor(sum(row.posted_minor for row in rows), currency),
            format_minor(sum(row.held_minor for row in rows), currency),
            currency,
        )
    yield Text()
    yield table
    yield heading(say("largest", language))
    largest = sorted(balances.accounts, key=lambda row: (-abs(row.posted_minor), row.name))
    table = plain_table("", say("posted", language), say("held", language), "", right=(1, 2))
    for row in largest[:ACCOUNTS_SHOWN]:
        held = format_minor(row.held_minor, row.currency) if row.held_minor else ""
        table.add_row(f"  {row.name}", format_minor(row.posted_minor, row.currency), held, row.currency)
    yield table
    more = len(largest) - ACCOUNTS_SHOWN
    if more > 0:
        yield Text(Words(f"  and {more:,} more; --json has all", f"  另有 {more:,} 户；--json 输出全部")[language])


def _by_class(accounts: tuple[AccountBalance, ...]) -> Iterator[tuple[Any, list[AccountBalance]]]:
    def key(row: AccountBalance) -> tuple[Any, str]:
        return row.account_class, row.currency

    for group, rows in groupby(sorted(accounts, key=key), key):
        yield group, list(rows)


def _as_json(code: str, balances: Balances, sums: dict[str, int]) -> dict[str, Any]:
    return {
        "institution": code,
        "at": balances.at,
        "size": balances.size,
        "sums_minor": sums,
        "classes": [
            {
                "class": account_class.name.lower(),
                "currency": currency,
                "accounts": len(rows),
                "posted_minor": sum(row.posted_minor for row in rows),
                "held_minor": sum(row.held_minor for row in rows),
            }
            for (account_class, currency), rows in _by_class(balances.accounts)
        ],
        "accounts": [
            {
                "name": row.name,
                "class": row.account_class.name.lower(),
                "currency": row.currency,
                "posted_minor": row.posted_minor,
                "held_minor": row.held_minor,
            }
            for row in balances.accounts
        ],
    }
