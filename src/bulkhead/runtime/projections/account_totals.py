"""How much money each class of account has in all: the one figure that looks at every account."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.projections.account_reading import first_unmarked
from bulkhead.runtime.projections.movement_query import Reading

# One pass over the marks, and what has changed since of the accounts that moved. An account that a settled movement
# opened has no mark yet; the house's own are marked at once, so it is a client's.
_TOTALS = """
    WITH marks AS (
        SELECT DISTINCT ON (account) account_class, currency, posted_minor, held_minor FROM balance
        WHERE institution = %(institution)s AND sequence <= %(at)s ORDER BY account, sequence DESC
    ), tail AS MATERIALIZED (
        SELECT sequence, debit_account, credit_account, currency, settled,
            debit_posted_minor, debit_held_minor, credit_posted_minor
        FROM movement WHERE institution = %(institution)s AND sequence >= %(low)s AND sequence < %(at)s
    ), legs (account, sequence, is_debit, settled, currency, posted_minor, held_minor) AS (
        SELECT debit_account, sequence, true, settled, currency, debit_posted_minor, debit_held_minor FROM tail
        UNION ALL
        SELECT credit_account, sequence, false, settled, currency, credit_posted_minor, NULL FROM tail
    ), latest AS (
        SELECT DISTINCT ON (account) account, sequence, posted_minor FROM legs WHERE account >= 0
        ORDER BY account, sequence DESC, is_debit DESC
    ), debited AS (
        SELECT DISTINCT ON (account) account, sequence, held_minor FROM legs WHERE is_debit
        ORDER BY account, sequence DESC
    ), opened AS (
        SELECT DISTINCT ON (account) account, currency FROM legs WHERE settled = 1 ORDER BY account, sequence
    ), moved AS (
        SELECT coalesce(b.account_class, %(client)s) AS account_class,
            coalesce(b.currency, opened.currency) AS currency,
            CASE WHEN b.account IS NULL THEN 1 ELSE 0 END AS accounts,
            CASE WHEN latest.sequence >= coalesce(b.sequence, 0) THEN latest.posted_minor - coalesce(b.posted_minor, 0)
                ELSE 0 END AS posted_minor,
            CASE WHEN debited.sequence >= coalesce(b.sequence, 0) THEN debited.held_minor - coalesce(b.held_minor, 0)
                ELSE 0 END AS held_minor
        FROM latest LEFT JOIN debited USING (account) LEFT JOIN opened USING (account)
        LEFT JOIN LATERAL (
            SELECT * FROM balance
            WHERE institution = %(institution)s AND account = latest.account AND sequence <= %(at)s
            ORDER BY sequence DESC LIMIT 1
        ) b ON true
        WHERE b.account IS NOT NULL OR opened.account IS NOT NULL
    )
    SELECT currency, account_class, sum(accounts)::bigint, sum(posted_minor)::bigint, sum(held_minor)::bigint FROM (
        SELECT currency, account_class, 1 AS accounts, posted_minor, held_minor FROM marks
        UNION ALL
        SELECT currency, account_class, accounts, posted_minor, held_minor FROM moved
    ) together GROUP BY currency, account_class ORDER BY currency, account_class
"""


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """All accounts of one class in one currency."""

    account_class: AccountClass
    currency: str
    accounts: int
    posted_minor: int
    held_minor: int


def class_totals(reading: Reading, at: int) -> tuple[ClassTotal, ...]:
    """Totals after the first ``at`` leaves, by currency and class. Takes about a second for a million accounts."""
    asked: dict[str, object] = {"at": at, "low": first_unmarked(reading, at), "client": int(AccountClass.CLIENT)}
    return tuple(
        ClassTotal(AccountClass(of_class), currency_code(currency), accounts, posted, held)
        for currency, of_class, accounts, posted, held in reading.rows(_TOTALS, asked)
    )
