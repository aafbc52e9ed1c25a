"""Loans of a partner whose very first instalment is missed: the mark of borrowers who never meant to pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import PARTNERS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

FIRST_DUE_DAYS = 45  # by then the first instalment is paid or missed
_WINDOW = 60  # days in which the loans came of age
LOANS_MIN = 5
_Z = 1.645  # a one-sided 95 % bound


def _measure(facts: Facts) -> Daily:
    table = facts.table("loans")
    loan = table.numbers("loan")
    size = int(loan.max()) + 1 if len(loan) else 0
    begun, late = (
        _first(table.labels("state").among(state), loan, table.day, size) for state in ("running", "late")
    )
    missed = (late >= begun) & (late - begun <= FIRST_DUE_DAYS)
    partner = np.zeros(size, np.int64)
    partner[loan] = table.labels("partner").codes
    counts = (begun < _NEVER) & (partner != _none_of(table.labels("partner").texts))
    worst = np.full(facts.days, np.nan)
    for code in np.unique(partner[counts]):
        mine = counts & (partner == code)
        # A loan is known bad when it is late, known good once the first instalment has been due and paid.
        seen = np.where(missed, late, begun + FIRST_DUE_DAYS)
        bad, all_of = (_trailing(seen[mine & which], facts.days) for which in (missed, counts))
        worst = np.fmax(worst, np.where(all_of >= LOANS_MIN, 100 * _lower_bound(bad, all_of), np.nan))
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


def _lower_bound(bad: Daily, all_of: Daily) -> Daily:
    """Wilson's lower bound of a share, so that a few loans prove nothing."""
    count = np.maximum(all_of, 1)
    share, z2 = bad / count, _Z * _Z
    half = _Z * np.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    bound: Daily = np.maximum(0.0, (share + z2 / (2 * count) - half) / (1 + z2 / count))
    return bound


def _example(late: int) -> Facts:
    cells: list[tuple[int | str, ...]] = [(day, day, "running", "company:a") for day in range(20)]
    cells += [(day + 36, day, "late", "company:a") for day in range(late)]
    return facts_of(70, loans=rows("loan state partner", *cells))


INDICATOR = Indicator(
    code="H4.first-payment-default",
    family=Family.MORAL_HAZARD,
    title=Words("First instalments missed, worst partner", "首期违约率（最差合作方）"),
    formula=Words(
        "largest over partners of the lower 95 % bound of: loans of 60 days late on their first instalment / all",
        "各合作方近 60 天到期贷款中首期即逾期占比的 95% 置信下限，取最大值",
    ),
    unit="%",
    needs=("loans",),
    thresholds=Thresholds(amber=1, red=3, calm_days=7),
    norm=PROJECT_DEFAULT,
    owner=PARTNERS,
    measure=_measure,
    examples=(
        Example(_example(0), 69, 0, State.GREEN),
        Example(_example(5), 69, 100 * float(_lower_bound(np.array([5.0]), np.array([20.0]))[0]), State.RED),
        Example(_example(5).until(30), 29, None, State.UNKNOWN),
    ),
    window_days=_WINDOW,
    stale_days=7,
)
