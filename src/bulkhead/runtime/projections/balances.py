"""The balances of an institution's accounts at any position of its journal, from the projections.

Position ``n`` means: after the journal's first ``n`` leaves. Balances are marked every few thousand leaves and
after every event that moves them, so a position needs the last mark before it and the movements between.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow

from bulkhead.intake.names import account_class
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import ABSENT, AccountClass
from bulkhead.runtime.wiring import Stores

_MARKS = """
    SELECT DISTINCT ON (account) account, posted_minor, held_minor FROM balance
    WHERE institution = %(institution)s AND sequence <= %(at)s
        AND (%(only)s::integer IS NULL OR account = %(only)s)
    ORDER BY account, sequence DESC
"""
# What an account is never changes, so any mark of it tells, also a later one.
_KINDS = """
    SELECT DISTINCT ON (account) account, currency, account_class FROM balance
    WHERE institution = %(institution)s AND (%(only)s::integer IS NULL OR account = %(only)s)
    ORDER BY account
"""
_SINCE = """
    SELECT debit_account, credit_account, debit_posted_minor, debit_held_minor, credit_posted_minor,
        currency, settled
    FROM movement WHERE institution = %(institution)s AND sequence < %(at)s AND sequence >= (
        SELECT coalesce(max(sequence), 0) FROM balance WHERE institution = %(institution)s AND sequence <= %(at)s
    )
    ORDER BY sequence
"""
# Holds lapse with the ``TimeAdvanced`` before them, in one commit: a position between its leaves is after it.
AFTER_EVENTS = """
    SELECT first_sequence + leaf_count FROM journal_batch
    WHERE institution = %(institution)s AND first_sequence <= %(at)s AND first_sequence + leaf_count > %(at)s
        AND EXISTS (
            SELECT FROM event WHERE institution = %(institution)s AND sequence = %(at)s AND type = 'HoldExpired'
        )
"""


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One account. ``posted_minor`` counts what the house owes its holder; ``held_minor`` of it is set aside."""

    name: str
    account_class: AccountClass
    currency: str
    posted_minor: int
    held_minor: int


@dataclass(frozen=True, slots=True)
class Balances:
    """All accounts, or the one asked for, after the first ``at`` of the journal's ``size`` leaves."""

    at: int
    size: int
    accounts: tuple[AccountBalance, ...]  # by class, then by name


@dataclass(slots=True)
class _Account:
    posted_minor: int = 0
    held_minor: int = 0
    currency: int = 0  # of the settled movement that opened it; 0 where a mark knows better


def balances_at(stores: Stores, at: int | None = None, account: str = "") -> Balances:
    """Balances after the first ``at`` leaves, by default as far as the projections go.

    ``account``: the name of the only one wanted, ``entity:value`` or as it stands in the journal. Raises
    ``BadInput`` for a position the journal or its projections do not reach, and for a name that is no account
    there.
    """
    size = stores.journal.head().size
    with stores.connect() as connection:
        position = _position(stores, connection, at, size)
        only = _number(stores, connection, account) if account else None
        found = _accounts(connection, stores.number, position, only)
    if account and not found:
        raise BadInput(f"{account[:80]!r} was no account of {stores.code} after {position:,} leaves.")
    rows = tuple(sorted(found, key=lambda each: (each.account_class, each.name)))
    return Balances(position, size, rows)


def _position(stores: Stores, connection: Connection[TupleRow], at: int | None, size: int) -> int:
    row = connection.execute(
        "SELECT next_sequence FROM projection_progress WHERE institution = %s", [stores.number]
    ).fetchone()
    projected = int(row[0]) if row else 0
    if at is None:
        return projected
    if not 0 <= at <= size:
        raise BadInput(f"The journal of {stores.code} has {size:,} leaves; there is no position {at:,}.")
    if at > projected:
        raise BadInput(
            f"The projections of {stores.code} reach {projected:,} of {size:,} leaves; its next writer goes on."
        )
    return at


def _number(stores: Stores, connection: Connection[TupleRow], name: str) -> int:
    """The number of a name as the journal has it, or of the token that stands there for it."""
    entity, _, value = name.partition(":")
    names = [name, stores.vault.name_of(entity, value)] if value else [name]
    row = connection.execute(
        "SELECT number FROM name WHERE institution = %s AND name = ANY(%s)", [stores.number, names]
    ).fetchone()
    if row is None:
        raise BadInput(f"The journal of {stores.code} has no account {name[:80]!r}.")
    return int(row[0])


def _accounts(
    connection: Connection[TupleRow], institution: int, at: int, only: int | None
) -> list[AccountBalance]:
    wanted = {"institution": institution, "at": at, "only": only}
    after = connection.execute(AFTER_EVENTS, wanted).fetchone()
    if after:
        wanted["at"] = after[0]
    accounts = {number: _Account(*rest) for number, *rest in connection.execute(_MARKS, wanted).fetchall()}
    _bring_forward(accounts, connection.execute(_SINCE, wanted).fetchall())
    numbers = [number for number in accounts if only in (None, number)]
    kinds = {number: rest for number, *rest in connection.execute(_KINDS, wanted).fetchall()}
    names = connection.execute(
        "SELECT number, name FROM name WHERE institution = %s AND number = ANY(%s)", [institution, numbers]
    ).fetchall()
    return [_balance(name, accounts[number], kinds.get(number)) for number, name in names]


def _bring_forward(accounts: dict[int, _Account], movements: list[TupleRow]) -> None:
    """Take the balances each movement left behind; a settled one opens the accounts it names."""
    for debit, credit, debit_posted, debit_held, credit_posted, currency, settled in movements:
        if settled:
            for number in {debit, credit} - {ABSENT}:
                accounts.setdefault(number, _Account(currency=currency))
        if credit in accounts:
            accounts[credit].posted_minor = credit_posted
        if debit in accounts:
            accounts[debit].posted_minor = debit_posted
            accounts[debit].held_minor = debit_held


def _balance(name: str, account: _Account, kind: list[int] | None) -> AccountBalance:
    """``kind``: currency and class as a mark has them; before its first mark a name says what an account is."""
    currency, of_class = kind or (account.currency, account_class(name))
    return AccountBalance(
        name, AccountClass(of_class), currency_code(currency), account.posted_minor, account.held_minor
    )
