"""Changes of law that nobody here has read."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import COMPLIANCE, PROJECT_DEFAULT, Example, Indicator, State, Thresholds
from bulkhead.risk.law_steps import steps_done


def _measure(facts: Facts) -> Daily:
    published = facts.table("laws")
    reviewed = steps_done(facts, "reviewed", "implemented")
    days = np.arange(facts.days)
    oldest = np.zeros(facts.days)
    for row in range(len(published)):
        law, since = published.labels("law").row(row), int(published.day[row])
        waits = (days >= since) & (days < reviewed.get(law, facts.days))
        oldest = np.maximum(oldest, np.where(waits, days - since, 0))
    return oldest


_LAW = rows("law effective", (1, "INV-1", 40))


def _example(day: int, law: str, step: str) -> Facts:
    return facts_of(20, laws=_LAW, obligations_done=rows("law step", (day, law, step)))


INDICATOR = Indicator(
    code="R9.laws-unreviewed",
    family=Family.LEGAL,
    title=Words("Oldest change of law not reviewed", "最久未完成解读的法规变动"),
    formula=Words(
        "days since publication of the oldest change of law without a recorded review",
        "尚无合规解读记录的法规变动中，自发布起最长的天数",
    ),
    unit="d",
    needs=("laws", "obligations_done"),
    thresholds=Thresholds(amber=14, red=30, calm_days=1),
    norm=PROJECT_DEFAULT,
    owner=COMPLIANCE,
    measure=_measure,
    examples=(
        Example(_example(9, "INV-1", "reviewed"), 8, 7, State.GREEN),
        Example(_example(9, "INV-1", "reviewed"), 9, 0, State.GREEN),
        Example(_example(9, "INV-0", "reviewed"), 19, 18, State.AMBER),
        Example(facts_of(20, laws=_LAW), 19, None, State.UNKNOWN),
    ),
    stale_days=3,
)
