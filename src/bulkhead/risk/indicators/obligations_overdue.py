"""Duties that are in force and not carried out."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import COMPLIANCE, PROJECT_DEFAULT, Example, Indicator, State, Thresholds
from bulkhead.risk.law_steps import steps_done


def _measure(facts: Facts) -> Daily:
    published = facts.table("laws")
    done = steps_done(facts, "implemented")
    days = np.arange(facts.days)
    overdue = np.zeros(facts.days)
    due = np.maximum(facts.day_of(published.numbers("effective")), published.day)
    for row in range(len(published)):
        overdue += (days >= due[row]) & (days < done.get(published.labels("law").row(row), facts.days))
    return overdue


_LAW = rows("law effective", (1, "INV-1", 10))


def _example(day: int, law: str, step: str) -> Facts:
    return facts_of(15, laws=_LAW, obligations_done=rows("law step", (day, law, step)))


INDICATOR = Indicator(
    code="R10.obligations-overdue",
    family=Family.LEGAL,
    title=Words("Legal duties in force and not carried out", "已生效而未落实的法定义务数"),
    formula=Words(
        "changes of law in force today without a recorded implementation", "当日已生效而无落实记录的法规变动数"
    ),
    unit="count",
    needs=("laws", "obligations_done"),
    thresholds=Thresholds(amber=None, red=0, calm_days=1),
    norm=PROJECT_DEFAULT,
    owner=COMPLIANCE,
    measure=_measure,
    examples=(
        Example(_example(8, "INV-1", "reviewed"), 9, 0, State.GREEN),
        Example(_example(8, "INV-1", "reviewed"), 10, 1, State.RED),
        Example(_example(8, "INV-1", "implemented"), 14, 0, State.GREEN),
    ),
    stale_days=3,
)
