"""Loans of a partner whose very first instalment is missed: the mark of borrowers who never meant to pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import proven_share
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PARTNERS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

FIRST_DUE_DAYS, UNPAID_DAYS = 40, 30  # when the first instalment has been due, and for how long it stays unpaid
_WINDOW = 60  # days in which the loans came of age
LOANS_MIN = 5
_SIGMAS = 1.645  # a one-sided 95 % bound


def _measure(facts: Facts) -> Daily:
    table = facts.table("loans")
    loan = table.numbers("loan")
    size = int(loan.max()) + 1 if len(loan) else 0
    begun, late = (
        _first(table.labels("state").among(state), loan, table.day, size) for state in ("running", "late")
    )
    again = table.labels("state").among("running") & (table.day > late[loan])
    cured = _first(again, loan, table.day, size)
    missed = (late >= begun) & (late - begun <= FIRST_DUE_DAYS) & (cured - late > UNPAID_DAYS)
    seen = begun + FIRST_DUE_DAYS + UNPAID_DAYS
    partner = np.zeros(size, np.int64)
    partner[loan] = table.labels("partner").codes
    counts = (begun < _NEVER) & (partner != _none_of(table.labels("partner").texts))
    worst = np.full(facts.days, np.nan)
    for code in np.unique(partner[counts]):
        mine = counts & (partner == code)
        bad, all_of = (_trailing(seen[mine & which], facts.days) for which in (missed, counts))
        worst = np.fmax(worst, np.where(all_of >= LOANS_MIN, 100 * proven_share(bad, all_of, _SIGMAS), np.nan))
    return worst


_NEVER = 1 << 40


def _first(
    which: NDArray[np.bool_], loan: NDArray[np.int64], day: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """int64[loans]: the first day of such a row."""
    first = np.full(size, _NEVER)
    np.minimum.at(first, loan[which], day[which])
    return first


def _none_of(texts: tuple[str, ...]) -> int:
    return texts.index("") if "" in texts else -1


def _trailing(seen: NDArray[np.int64], days: int) -> Daily:
    """float64[days]: how many were seen in the window that ends on each day."""
    total = np.cumsum(np.bincount(seen[seen < days], minlength=days))
    before = np.concatenate([np.zeros(min(_WINDOW, days), np.int64), total[: max(0, days - _WINDOW)]])
    seen_lately: Daily = (total - before).astype(np.float64)
    return seen_lately


def _example(late: int) -> Facts:
    cells: list[tuple[int | str, ...]] = [(day, day, "running", "company:a") for day in range(20)]
    cells += [(day + 36, day, "late", "company:a") for day in range(late)]
    return facts_of(95, loans=rows("loan state partner", *cells))


INDICATOR = Indicator(
    code="H4.first-payment-default",
    family=Family.MORAL_HAZARD,
    title=Words("First instalments missed, worst partner", "首期违约率（最差合作方）"),
    formula=Words(
        "largest over partners of the lower 95 % bound of: loans without a first instalment 30 days on / all, 60 days",
        "各合作方近 60 天满期观察贷款中首期逾期超过 30 天占比（FPD30）的 95% 置信下限，取最大值",
    ),
    unit="%",
    needs=("loans",),
    thresholds=Thresholds(amber=1, red=3, calm_days=7),
    norm=PROJECT_DEFAULT,
    owner=PARTNERS,
    measure=_measure,
    examples=(
        Example(_example(0), 94, 0, State.GREEN),
        Example(
            _example(5), 94, 100 * float(proven_share(np.array([5.0]), np.array([20.0]), _SIGMAS)[0]), State.RED
        ),
        Example(_example(5).until(30), 29, None, State.UNKNOWN),
    ),
    window_days=_WINDOW,
    stale_days=7,
)
