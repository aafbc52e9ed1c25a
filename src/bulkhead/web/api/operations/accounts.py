"""Accounts: whose money it is at any position of the journal, and the movements behind a balance."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.balances import AccountBalance, Balances, balances_at
from bulkhead.runtime.projections.movement_query import MovementQuery
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.web.api.decision_shapes import DecisionsOut, Names, decision_row
from bulkhead.web.api.errors import NOT_FOUND, ApiError
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Asked, Before, Limit, Line, Party, Sequence, Time, code_of, parties, us_of
from bulkhead.web.books import book
from bulkhead.web.decisions.asking import party_meant
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of
from bulkhead.web.rights import Right

BUDGET_MS = 250
_PARTIES = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")
AccountName = Annotated[Line, Field(min_length=1, description="`name` of an answer, or `client:ann`.")]


class BalancesAsked(Asked):
    """Which balances, and when."""

    at: Sequence | None = Field(default=None, description="After so many leaves; by default as far as tables go.")
    after: str = Field(
        default="", max_length=200, description="Only names behind this: `next` of the page before."
    )
    limit: Limit = 200


class BalanceOut(Schema):
    """One account. Posted is what the house owes its holder; held of it is set aside."""

    account: Party
    account_class: str
    currency: str
    posted_minor: int
    held_minor: int


class SumOut(Schema):
    """All accounts of a currency together; anything but zero is damage."""

    currency: str
    accounts: int
    sum_minor: int


class BalancesOut(Schema):
    """Balances after the first ``at`` of ``size`` leaves, in order of the accounts' names."""

    at: int
    size: int
    sums: list[SumOut]
    accounts: list[BalanceOut]
    next: str | None


class StatementAsked(Asked):
    """Which movements of an account. Ends of ranges are included."""

    since: Time | None = None
    until: Time | None = None
    before: Before = None
    limit: Limit = 50


class AccountAsked(Asked):
    """When."""

    at: Sequence | None = Field(default=None, description="After so many leaves; by default as far as tables go.")


class AccountOut(BalanceOut):
    """One account at a position of the journal."""

    at: int
    size: int


def balances(visit: Visit, asked: Query[BalancesAsked]) -> BalancesOut:
    """The balances of all accounts."""
    found = balances_at(book(visit.institution).stores, asked.at)
    rows = sorted(found.accounts, key=lambda row: row.name)
    shown = [row for row in rows if row.name > asked.after]
    page = shown[: asked.limit]
    names = parties(visit, {row.name for row in page})
    return BalancesOut(
        at=found.at,
        size=found.size,
        sums=_sums(found),
        accounts=[_balance(row, names) for row in page],
        next=page[-1].name if len(shown) > len(page) else None,
    )


def account(visit: Visit, name: AccountName, asked: Query[AccountAsked]) -> AccountOut:
    """One account's balance."""
    meant = _meant(visit, name)
    found = balances_at(book(visit.institution).stores, asked.at, meant)
    row = next((one for one in found.accounts if one.name == meant), None)
    if row is None:
        raise ApiError(NOT_FOUND)
    shown = _balance(row, parties(visit, [row.name]))
    return AccountOut(**dict(shown), at=found.at, size=found.size)


def statement(visit: Visit, name: AccountName, asked: Query[StatementAsked]) -> DecisionsOut:
    """Movements that debited or credited an account, newest first, with the balances they left."""
    wanted = MovementQuery(
        account=_meant(visit, name),
        since_us=None if asked.since is None else us_of(asked.since),
        until_us=None if asked.until is None else us_of(asked.until),
    )
    with reading_of(visit) as reading:
        page = search_movements(reading, wanted, before=asked.before, limit=asked.limit, budget_ms=BUDGET_MS)
    names = parties(visit, {getattr(row, party) for row in page.rows for party in _PARTIES})
    return DecisionsOut(
        decisions=[decision_row(row, names) for row in page.rows],
        next=page.older,
        complete=page.complete,
        searched_to=page.searched_to,
    )


def _meant(visit: Visit, name: str) -> str:
    """The account in the journal; for whoever may not see names, a guess in the clear is no account."""
    meant = party_meant(visit, name)
    with reading_of(visit) as reading:
        if reading.number_of(meant) is None:
            raise ApiError(NOT_FOUND)
    return meant


def _balance(row: AccountBalance, names: Names) -> BalanceOut:
    party = names[row.name]
    assert party is not None
    return BalanceOut(
        account=party,
        account_class=code_of(row.account_class),
        currency=row.currency,
        posted_minor=row.posted_minor,
        held_minor=row.held_minor,
    )


def _sums(found: Balances) -> list[SumOut]:
    sums: dict[str, tuple[int, int]] = {}
    for row in found.accounts:
        number, total = sums.get(row.currency, (0, 0))
        sums[row.currency] = (number + 1, total + row.posted_minor)
    return [
        SumOut(currency=code, accounts=number, sum_minor=total) for code, (number, total) in sorted(sums.items())
    ]


_SEE = Right.SEE_ACCOUNTS
OPERATIONS = Operations(
    "accounts",
    Words("Accounts", "账户"),
    (
        Operation(
            "balances",
            "accounts",
            Words("Balances at a position of the journal", "指定日志位置的账户余额"),
            _SEE,
            balances,
        ),
        Operation("account", "accounts/<str:name>", Words("One account", "单个账户余额"), _SEE, account),
        Operation(
            "statement",
            "accounts/<str:name>/statement",
            Words("Statement of an account", "账户流水"),
            _SEE,
            statement,
        ),
    ),
)
