"""How much money each class of account has in all: the one figure that looks at every account."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.intake.names import account_class
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.projections.account_reading import account_states, tail_accounts
from bulkhead.runtime.projections.movement_query import Reading

# One pass over the marks; what moved since is added in Python, account by account.
_AT_MARKS = """
    SELECT account_class, currency, count(*), sum(posted_minor)::bigint, sum(held_minor)::bigint FROM (
        SELECT DISTINCT ON (account) account_class, currency, posted_minor, held_minor FROM balance
        WHERE institution = %(institution)s AND sequence <= %(at)s AND account <> ALL(%(moved)s)
        ORDER BY account, sequence DESC
    ) latest GROUP BY account_class, currency
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
    moved = tail_accounts(reading, at)
    sums: dict[tuple[int, int], list[int]] = {}
    for of_class, currency, *figures in reading.rows(_AT_MARKS, {"at": at, "moved": moved}):
        _add(sums, of_class, currency, figures)
    states = account_states(reading, moved, at)
    names: dict[int, str] = dict(
        reading.rows(
            "SELECT number, name FROM name WHERE institution = %(institution)s AND number = ANY(%(numbers)s)",
            {"numbers": [number for number, state in states.items() if not state.of_class]},
        )
    )
    for number, state in states.items():
        of_class = state.of_class or int(account_class(names[number]))
        _add(sums, of_class, state.currency, [1, state.posted_minor, state.held_minor])
    return tuple(
        ClassTotal(AccountClass(of_class), currency_code(currency), *figures)
        for (currency, of_class), figures in sorted(sums.items())
    )


def _add(sums: dict[tuple[int, int], list[int]], of_class: int, currency: int, figures: list[int]) -> None:
    before = sums.get((currency, of_class), [0, 0, 0])
    sums[currency, of_class] = [a + b for a, b in zip(before, figures, strict=True)]
