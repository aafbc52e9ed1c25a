"""Loan money of several borrowers that runs to one account as soon as it is paid out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio, trailing_sum
from bulkhead.risk.facts import DAY_US, Daily, Facts, Table, aligned, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PARTNERS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

QUICK_DAYS = 3  # between the loan and where it goes
BORROWERS_MIN = 3  # to one account
_WINDOW = 30


def _measure(facts: Facts) -> Daily:
    table = facts.table("movements")
    paid_out = table.where(table.labels("kind").among("disbursement"))
    lent = trailing_sum(paid_out.per_day(paid_out.numbers("amount_minor")), _WINDOW)
    return 100 * ratio(_together(_quick(table), facts.days), lent)


def _quick(table: Table) -> Table:
    """The payments out of an account that got a loan within the days before."""
    moves = table.where(table.labels("kind").among("disbursement", "withdrawal", "payment", "transfer"))
    kind = moves.labels("kind")
    lent = kind.among("disbursement")
    account = np.where(lent, *aligned(moves.labels("credit_account"), moves.labels("debit_account")))
    time = moves.numbers("time")
    order = np.lexsort((time, account))
    place = np.arange(len(order))
    last = np.maximum.accumulate(np.where(lent[order], place, -1)) if len(order) else place
    begins = np.maximum.accumulate(np.where(np.diff(account[order], prepend=-1) != 0, place, 0))
    since = time[order] - time[order[np.maximum(last, 0)]]
    quick = np.zeros(len(order), np.bool_)
    quick[order] = (last >= begins) & (since <= QUICK_DAYS * DAY_US)
    return moves.where(quick & ~lent)


def _together(quick: Table, days: int) -> Daily:
    """float64[days]: of what left quickly in the window, what went where several borrowers' money went."""
    payer, payee = (quick.labels(name).codes.astype(np.int64) for name in ("debit_account", "payee"))
    amount = quick.numbers("amount_minor")
    sums = np.zeros(days)
    for day in np.unique(np.minimum(quick.day[:, None] + np.arange(_WINDOW), days - 1)):
        inside = slice(*np.searchsorted(quick.day, (day - _WINDOW + 1, day + 1)))
        sums[day] = amount[inside][_shared(payer[inside], payee[inside])].sum()
    return sums


def _shared(payer: NDArray[np.int64], payee: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: the payee was paid by enough different payers."""
    pairs = np.unique(np.stack([payee, payer]), axis=1)
    payees, payers = np.unique(pairs[0], return_counts=True)
    return np.isin(payee, payees[payers >= BORROWERS_MIN])


_COLUMNS = "kind amount_minor debit_account credit_account payee"


def _example(cards: tuple[str, ...]) -> Facts:
    lent = [
        (day, "disbursement", 900, "client:lender", f"client:{day}", f"client:{day}") for day in range(len(cards))
    ]
    taken = [(day, "withdrawal", 800, f"client:{day}", "book:summary", card) for day, card in enumerate(cards)]
    return facts_of(len(cards), movements=rows(_COLUMNS, *lent, *taken))


INDICATOR = Indicator(
    code="H2.loans-run-together",
    family=Family.MORAL_HAZARD,
    title=Words("Loan money that runs together", "贷款资金归集率"),
    formula=Words(
        "loan money of 30 days that went within 3 days to an account paid so by 3 borrowers or more / all paid out",
        "近 30 天放款中，3 日内转入同一账户（该账户收取 3 名及以上借款人此类资金）的金额 ÷ 同期放款总额",
    ),
    unit="%",
    needs=("movements",),
    thresholds=Thresholds(amber=0.2, red=1, calm_days=7),
    norm=PROJECT_DEFAULT,
    owner=PARTNERS,
    measure=_measure,
    examples=(
        Example(_example(("bank:1", "bank:2", "bank:3")), 2, 0, State.GREEN),
        Example(_example(("bank:1", "bank:1", "bank:1")), 2, 100 * 2400 / 2700, State.RED),
        Example(_example(("bank:1", "bank:1", "bank:2")), 2, 0, State.GREEN),
    ),
    window_days=_WINDOW,
    stale_days=7,
)
