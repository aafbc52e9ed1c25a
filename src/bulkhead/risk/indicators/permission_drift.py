"""Permissions that stay with people though their desk does not bring them."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.duties import desks, holdings
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import OPERATIONS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

GRACE_DAYS = 7  # a cover for a colleague's holiday is no drift


def _measure(facts: Facts) -> Daily:
    known = desks(facts)
    beyond = np.zeros(facts.days)
    for each in holdings(facts):
        roles = known.role_of[each.staff]
        since = np.array([known.brought[role].get(each.permission, facts.days) for role in known.roles] + [0])
        foreign = each.held & (np.arange(facts.days) < since[roles])
        run = _run_length(foreign)
        beyond += run > GRACE_DAYS
    return np.where(facts.table("duties").arrived, beyond, np.nan)


def _run_length(mask: np.ndarray) -> np.ndarray:
    """int64[days]: for how many days in a row it has been so."""
    days = np.arange(1, len(mask) + 1)
    return days - np.maximum.accumulate(np.where(mask, 0, days))


_COLUMNS = "staff role permission change reason"
_BASE = (
    (0, "staff:a", "collection", "loan.collect", "granted", "joined"),
    (0, "staff:b", "loan-review", "loan.review", "granted", "joined"),
)
_EXTRA = (2, "staff:a", "collection", "loan.review", "granted", "requested")
_LATER = (14, "staff:c", "collection", "loan.review", "granted", "joined")  # from then on the desk brings it
INDICATOR = Indicator(
    code="O9.permission-drift",
    family=Family.OPERATIONAL,
    title=Words("Permissions beyond the desk", "超出岗位所需的权限数"),
    formula=Words(
        "permissions held for over a week that the person's desk does not bring to those who join it",
        "持有超过一周、且不属于其现任岗位标准授权的权限数",
    ),
    unit="count",
    needs=("duties",),
    thresholds=Thresholds(amber=2, red=5, calm_days=1),
    norm=PROJECT_DEFAULT,
    owner=OPERATIONS,
    measure=_measure,
    examples=(
        Example(facts_of(12, duties=rows(_COLUMNS, *_BASE)), 11, 0, State.GREEN),
        Example(facts_of(12, duties=rows(_COLUMNS, *_BASE, _EXTRA)), 8, 0, State.GREEN),
        Example(facts_of(12, duties=rows(_COLUMNS, *_BASE, _EXTRA)), 9, 1, State.GREEN),
        Example(facts_of(20, duties=rows(_COLUMNS, *_BASE, _EXTRA, _LATER)), 13, 1, State.GREEN),
        Example(facts_of(20, duties=rows(_COLUMNS, *_BASE, _EXTRA, _LATER)), 14, 0, State.GREEN),
    ),
    stale_days=3,
)
