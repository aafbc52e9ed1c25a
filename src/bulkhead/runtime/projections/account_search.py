"""The table of accounts page by page with what is in them now, and the statement of one."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.intake.names import account_class as class_of_name
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import AccountClass, Status
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_search import search_movements

PAGE_ROWS_MAX = 1_000
_NUMBER_MAX = 2**31 - 1

# A hop from account to account, as each has many marks. Clients are nearly all, the others have an index.
_MARKED = """
    WITH RECURSIVE hop (account) AS (
        (SELECT min(account) FROM balance WHERE institution = %(institution)s AND account > %(after)s{of_class})
        UNION ALL
        SELECT (
            SELECT min(account) FROM balance
            WHERE institution = %(institution)s AND account > hop.account{of_class}
        ) FROM hop WHERE hop.account IS NOT NULL
    )
    SELECT account FROM hop WHERE account IS NOT NULL LIMIT %(limit)s
"""
# Accounts that settled movements have opened since the last mark. They are clients': the house's own are marked first.
_OPENED = """
    SELECT DISTINCT n.number, n.name FROM movement m
    CROSS JOIN LATERAL (VALUES (m.debit_account), (m.credit_account)) a (account)
    JOIN name n ON n.institution = m.institution AND n.number = a.account
    WHERE m.institution = %(institution)s AND m.sequence >= %(marked)s AND m.sequence < %(to)s AND m.settled = 1
        AND a.account > %(after)s AND a.account <= %(upto)s
        AND NOT EXISTS (SELECT FROM balance b WHERE b.institution = m.institution AND b.account = a.account)
"""
_MARKS = """
    SELECT n.number, n.name, b.posted_minor, b.held_minor, b.currency, b.account_class
    FROM name n
    LEFT JOIN LATERAL (
        SELECT * FROM balance WHERE institution = n.institution AND account = n.number
        ORDER BY sequence DESC LIMIT 1
    ) b ON true
    WHERE n.institution = %(institution)s AND n.number = ANY(%(numbers)s)
"""
# Balances as the latest movement since the mark left them; of one that debits what it credits, the debit tells.
_SINCE = """
    WITH since AS MATERIALIZED (
        SELECT sequence, debit_account, credit_account, currency,
            debit_posted_minor, debit_held_minor, credit_posted_minor
        FROM movement
        WHERE institution = %(institution)s AND sequence >= %(marked)s AND sequence < %(to)s
            AND (debit_account = ANY(%(numbers)s) OR credit_account = ANY(%(numbers)s))
    ), legs (account, sequence, is_debit, posted_minor, held_minor, currency) AS (
        SELECT debit_account, sequence, true, debit_posted_minor, debit_held_minor, currency FROM since
        UNION ALL
        SELECT credit_account, sequence, false, credit_posted_minor, NULL, currency FROM since
    ), latest AS (
        SELECT DISTINCT ON (account) account, posted_minor, currency FROM legs
        ORDER BY account, sequence DESC, is_debit DESC
    ), held AS (
        SELECT DISTINCT ON (account) account, held_minor FROM legs WHERE is_debit ORDER BY account, sequence DESC
    )
    SELECT account, posted_minor, held_minor, currency FROM latest LEFT JOIN held USING (account)
    WHERE account = ANY(%(numbers)s)
"""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account now. ``posted_minor`` counts what the house owes its holder; ``held_minor`` of it is set aside."""

    number: int
    name: str
    account_class: AccountClass
    currency: str
    posted_minor: int
    held_minor: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts by number, that is in the order they were first mentioned. ``next`` goes into ``after``."""

    rows: tuple[AccountRow, ...]
    next: int | None
    at: int  # balances include all leaves before this one


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement on an account: what it changed, and the account's balance after it."""

    movement: MovementRow
    other: str  # the account on the other side
    change_minor: int  # of the posted balance; 0 for money that was only set aside or given back
    posted_minor: int
    held_minor: int | None  # None where the account was credited: what is set aside stands with the debits


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Lines newest first; the rest as in ``MovementPage``. Between lines, reviewed and lapsed holds move money too."""

    lines: tuple[StatementLine, ...]
    older: int | None
    newer: int | None
    searched_to: int
    complete: bool


def search_accounts(
    reading: Reading,
    *,
    account_class: AccountClass | None = None,
    name: str = "",
    after: int = -1,
    limit: int = 50,
) -> AccountPage:
    """Accounts with a number above ``after``, all or those of a class; or the one of a name."""
    assert 1 <= limit <= PAGE_ROWS_MAX
    to, _, marked = reading.progress()
    span: dict[str, object] = {"marked": marked, "to": to, "after": after}
    if name:
        number = reading.number_of(name)
        numbers = [] if number is None or number <= after else [number]
    else:
        numbers = _numbers(reading, account_class, span, limit + 1)
    rows = [row for row in _rows(reading, numbers, span) if account_class in (None, row.account_class)]
    following = rows[limit - 1].number if len(rows) > limit else None
    return AccountPage(tuple(rows[:limit]), following, to)


def account_statement(
    reading: Reading,
    account: str,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
    budget_ms: int = 250,
) -> StatementPage:
    """What was booked, set aside or given back on an account, page by page as ``search_movements`` gives it."""
    query = MovementQuery(account=account, statuses=frozenset({Status.BOOKED, Status.HELD, Status.VOIDED}))
    page = search_movements(reading, query, before=before, after=after, limit=limit, budget_ms=budget_ms)
    known = reading.rows(
        "SELECT name FROM name WHERE institution = %(institution)s AND number = %(number)s",
        {"number": reading.number_of(account)},
    )
    lines = tuple(_line(row, known[0][0]) for row in page.rows)
    return StatementPage(lines, page.older, page.newer, page.searched_to, page.complete)


def _line(row: MovementRow, account: str) -> StatementLine:
    moved_minor = row.amount_minor if row.status == Status.BOOKED else 0
    if row.debit_account != account:
        return StatementLine(row, row.debit_account, moved_minor, row.credit_posted_minor, None)
    to_itself = row.credit_account == account
    change_minor = 0 if to_itself else -moved_minor
    return StatementLine(row, row.credit_account, change_minor, row.debit_posted_minor, row.debit_held_minor)


def _numbers(
    reading: Reading, account_class: AccountClass | None, span: dict[str, object], limit: int
) -> list[int]:
    """The next accounts: those that have been marked, and those opened since."""
    of_class = "" if account_class is None else f" AND account_class = {account_class:d}"
    marked = [row[0] for row in reading.rows(_MARKED.format(of_class=of_class), {**span, "limit": limit})]
    if account_class not in (None, AccountClass.CLIENT):
        return marked
    upto = marked[-1] if len(marked) == limit else _NUMBER_MAX
    opened = reading.rows(_OPENED, {**span, "upto": upto})
    return sorted({*marked, *(number for number, name in opened if class_of_name(name))})[:limit]


def _rows(reading: Reading, numbers: list[int], span: dict[str, object]) -> list[AccountRow]:
    """The accounts among these numbers, as the last mark has them and brought forward."""
    if not numbers:
        return []
    since = {row[0]: row[1:] for row in reading.rows(_SINCE, {**span, "numbers": numbers})}
    rows = []
    for number, name, posted_minor, held_minor, currency, of_class in reading.rows(_MARKS, {"numbers": numbers}):
        new_posted, new_held, new_currency = since.get(number, (None, None, None))
        if of_class is None:  # before its first mark a name says what an account is
            of_class, currency = class_of_name(name), new_currency
        if of_class == AccountClass.NONE or currency is None:
            continue
        rows.append(
            AccountRow(
                number,
                name,
                AccountClass(of_class),
                currency_code(currency),
                int((posted_minor or 0) if new_posted is None else new_posted),
                int((held_minor or 0) if new_held is None else new_held),
            )
        )
    return sorted(rows, key=lambda row: row.number)
