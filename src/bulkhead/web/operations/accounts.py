"""Accounts: whose money it is at any position of the journal, and the movements behind a balance."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Query, Schema
from pydantic import Field

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.account_reading import AccountLine, account_line, position_of
from bulkhead.web.accounts.listing import ACCOUNTS
from bulkhead.web.accounts.statement import STATEMENT, Line
from bulkhead.web.accounts.totals import Segregation, totals_at
from bulkhead.web.ages import us_of
from bulkhead.web.api.decision_shapes import DecisionRow, Names, decision_row
from bulkhead.web.api.errors import NOT_FOUND, ApiError
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.paging import cursor_of, next_of
from bulkhead.web.api.shapes import (
    Asked,
    Before,
    Limit,
    Moment,
    Number,
    Party,
    Sequence,
    Time,
    code_of,
    moment_or_none,
    parties,
)
from bulkhead.web.api.shapes import Line as Text
from bulkhead.web.components.table import Query as TableQuery
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of
from bulkhead.web.rights import Right

ClassCode = Literal["client", "own", "summary", "fee", "suspense"]
_PARTIES = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")
_NAME = next(one for one in ACCOUNTS.filters if one.code == "name")


class At(Asked):
    """When."""

    at: Sequence | None = Field(default=None, description="After so many leaves; by default as far as tables go.")


class AccountsAsked(At):
    """Which accounts, and when."""

    account_class: list[ClassCode] = Field(default=[], max_length=10)
    name: Text = Field(default="", description="One account: `name` of an answer, or `client:ann`.")
    before: Before = None
    limit: Limit = 50


class AccountOut(Schema):
    """One account. Posted is what the house owes its holder; held of it is set aside."""

    number: int
    account: Party
    account_class: str
    currency: str
    posted_minor: int
    held_minor: int
    moved: Moment | None = Field(
        description="Its last movement; null where there is none, or none was found in time."
    )


class AccountsOut(Schema):
    """A page of them, those opened last first, after the first ``at`` leaves."""

    at: int
    accounts: list[AccountOut]
    next: int | None


class ClassTotalOut(Schema):
    """All accounts of one class in one currency."""

    account_class: str
    accounts: int
    posted_minor: int
    held_minor: int


class BookOut(Schema):
    """The book of one currency. ``sum_minor`` is zero in a sound one."""

    currency: str
    classes: list[ClassTotalOut]
    clients_minor: int
    custodian_minor: int
    others_minor: int
    sum_minor: int


class TotalsOut(Schema):
    """Totals after the first ``at`` leaves; those of now may be some seconds old."""

    at: int
    books: list[BookOut]


class StatementAsked(At):
    """Which movements of an account. Ends of ranges are included."""

    since: Time | None = None
    until: Time | None = None
    before: Before = None
    limit: Limit = 50


class StatementLine(DecisionRow):
    """A movement as the account sees it. ``change_minor`` is 0 where it was not booked."""

    change_minor: int
    balance_minor: int


class StatementOut(Schema):
    """A page of them, newest first."""

    lines: list[StatementLine]
    next: int | None
    complete: bool = Field(description="False when the search ran out of time; it goes on from `next`.")


def accounts(visit: Visit, asked: Query[AccountsAsked]) -> AccountsOut:
    """Balances of the accounts, now or at a position of the journal."""
    at = _position(visit, asked.at)
    values: dict[str, Any] = {"at": str(at)}
    if asked.account_class:
        values["class"] = frozenset(asked.account_class)
    if asked.name.strip() and (name := _NAME.read(visit, {"name": [asked.name]})) is not None:
        values["name"] = name
    found = ACCOUNTS.rows_of(visit, TableQuery(values), cursor_of(asked.before), asked.limit)
    names = parties(visit, {row.line.name for row in found.rows})
    return AccountsOut(
        at=at,
        accounts=[_account(row.line, names) for row in found.rows],
        next=next_of(found),
    )


def totals(visit: Visit, asked: Query[At]) -> TotalsOut:
    """All accounts added up by class, and whether the book sums to zero."""
    with reading_of(visit) as reading:
        found = totals_at(visit.institution, reading, asked.at)
    return TotalsOut(at=found.at, books=[_book(one) for one in found.books])


def account(visit: Visit, number: Number, asked: Query[At]) -> AccountOut:
    """One account's balance, now or at a position of the journal."""
    with reading_of(visit) as reading:
        line = account_line(reading, number, position_of(reading, asked.at))
    if line is None:
        raise ApiError(NOT_FOUND)
    return _account(line, parties(visit, [line.name]))


def statement(visit: Visit, number: Number, asked: Query[StatementAsked]) -> StatementOut:
    """Movements that debited or credited an account, newest first, with the balances they left."""
    at = _position(visit, asked.at)
    with reading_of(visit) as reading:
        if account_line(reading, number, at) is None:
            raise ApiError(NOT_FOUND)
    ends = tuple(None if end is None else us_of(end) for end in (asked.since, asked.until))
    query = TableQuery({"at": str(at), "time": ends}, {"number": number})
    found = STATEMENT.rows_of(visit, query, cursor_of(asked.before), asked.limit)
    names = parties(visit, {getattr(line.row, party) for line in found.rows for party in _PARTIES})
    return StatementOut(
        lines=[_line(line, names) for line in found.rows],
        next=next_of(found),
        complete=found.complete,
    )


def _position(visit: Visit, at: int | None) -> int:
    with reading_of(visit) as reading:
        return position_of(reading, at)


def _account(line: AccountLine, names: Names) -> AccountOut:
    party = names[line.name]
    assert party is not None
    return AccountOut(
        number=line.number,
        account=party,
        account_class=code_of(line.account_class),
        currency=line.currency,
        posted_minor=line.posted_minor,
        held_minor=line.held_minor,
        moved=moment_or_none(line.moved_us),
    )


def _book(one: Segregation) -> BookOut:
    return BookOut(
        currency=one.currency,
        classes=[
            ClassTotalOut(
                account_class=code_of(total.account_class),
                accounts=total.accounts,
                posted_minor=total.posted_minor,
                held_minor=total.held_minor,
            )
            for total in one.totals
        ],
        clients_minor=one.clients_minor,
        custodian_minor=one.custodian_minor,
        others_minor=one.others_minor,
        sum_minor=one.sum_minor,
    )


def _line(line: Line, names: Names) -> StatementLine:
    row = decision_row(line.row, names)
    return StatementLine(**dict(row), change_minor=line.change_minor, balance_minor=line.balance_minor)


_SEE = Right.SEE_ACCOUNTS
_ONE = "accounts/<int:number>"
OPERATIONS = Operations(
    "accounts",
    Words("Accounts", "账户"),
    (
        Operation("accounts", "accounts", Words("Balances of the accounts", "账户余额列表"), _SEE, accounts),
        Operation(
            "account-totals",
            "accounts/totals",
            Words("Totals and segregation", "各类账户合计与资金隔离"),
            _SEE,
            totals,
        ),
        Operation("account", _ONE, Words("One account", "单个账户余额"), _SEE, account),
        Operation("statement", f"{_ONE}/statement", Words("Statement of an account", "账户流水"), _SEE, statement),
    ),
)
