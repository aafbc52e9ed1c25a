"""People who may make and check the same thing."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import ratio
from bulkhead.risk.duties import RELEASE_RIGHTS, TOXIC_PAIRS, holdings
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import OPERATIONS, Example, Indicator, Norm, State, Thresholds

RELEASE_SCORE = 100.0  # one person who can let money out alone is red, however many work here


def _measure(facts: Facts) -> Daily:
    held = {(each.staff, each.permission): each.held for each in holdings(facts)}
    people = sorted({staff for staff, _ in held})
    working, toxic = np.zeros(facts.days), np.zeros(facts.days)
    release = np.zeros(facts.days, np.bool_)
    nobody = np.zeros(facts.days, np.bool_)
    for staff in people:
        conflict = nobody
        for pair in TOXIC_PAIRS:
            both = held.get((staff, pair[0]), nobody) & held.get((staff, pair[1]), nobody)
            conflict = conflict | both
            if RELEASE_RIGHTS & set(pair):
                release |= both
        toxic += conflict
        working += np.any([mask for (who, _), mask in held.items() if who == staff], axis=0)
    return np.where(release, RELEASE_SCORE, 100 * ratio(toxic, working))


_COLUMNS = "staff role permission change reason"
_TEAM = [(0, f"staff:{who}", "client-service", "client.read", "granted", "joined") for who in range(98)]
_MAKER = (0, "staff:a", "ledger", "ledger.adjust", "granted", "joined")
_PAYER = (0, "staff:b", "finance-desk", "payout.make", "granted", "joined")
INDICATOR = Indicator(
    code="O3.segregation-conflicts",
    family=Family.OPERATIONAL,
    title=Words("People holding conflicting permissions", "不相容岗位权限冲突人员占比"),
    formula=Words(
        "people holding both of a conflicting pair / people holding any permission; 100 where one lets money out",
        "同时持有不相容权限的人员 ÷ 持有任一权限的人员；涉及付款放行的记 100",
    ),
    unit="%",
    needs=("duties",),
    thresholds=Thresholds(amber=0, red=1, calm_days=1),
    norm=Norm(Words("Rules on operational risk, 2023", "《银行保险机构操作风险管理办法》（2023）")),
    owner=OPERATIONS,
    measure=_measure,
    examples=(
        Example(facts_of(2, duties=rows(_COLUMNS, *_TEAM, _MAKER, _PAYER)), 1, 0, State.GREEN),
        Example(
            facts_of(
                2,
                duties=rows(
                    _COLUMNS, *_TEAM, _MAKER, _PAYER, (1, "staff:a", "ledger", "ledger.reconcile", "granted", "moved")
                ),
            ),
            1,
            1.0,
            State.AMBER,
        ),
        Example(
            facts_of(
                2,
                duties=rows(
                    _COLUMNS, *_TEAM, _PAYER, (1, "staff:b", "finance-desk", "payout.approve", "granted", "requested")
                ),
            ),
            1,
            RELEASE_SCORE,
            State.RED,
        ),
    ),
    stale_days=3,
)  # fmt: skip
