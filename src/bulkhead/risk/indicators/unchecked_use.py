"""A permission that takes a second pair of eyes is used without one."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.days import trailing_sum
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import OPERATIONS, PROJECT_DEFAULT, Example, Indicator, State, Thresholds

USUALLY = 0.9  # of its uses so far were approved: so it takes approval
_LOOK_BACK, _USES_MIN = 60, 8
_WEEK = 7


def _measure(facts: Facts) -> Daily:
    table = facts.table("permission_use")
    permission, alone = table.labels("permission"), table.labels("approved_by").among("")
    bare = np.zeros(facts.days)
    for code in range(len(permission.texts)):
        each = table.where(permission.codes == code)
        uses, unapproved = each.per_day(), each.per_day(alone[permission.codes == code].astype(np.int64))
        past_uses = trailing_sum(np.concatenate([[0.0], uses[:-1]]), _LOOK_BACK)
        past_bare = trailing_sum(np.concatenate([[0.0], unapproved[:-1]]), _LOOK_BACK)
        takes_two = (past_uses >= _USES_MIN) & (past_bare <= (1 - USUALLY) * past_uses)
        bare += np.where(takes_two, unapproved, 0)
    return trailing_sum(bare, _WEEK)


def _example(alone: int) -> Facts:
    cells = [(day, "payout.make", "staff:2") for day in range(15)]
    cells += [(14, "payout.make", "")] * alone + [(day, "client.read", "") for day in range(15)]
    return facts_of(15, permission_use=rows("permission approved_by", *cells))


INDICATOR = Indicator(
    code="O8.unchecked-use",
    family=Family.OPERATIONAL,
    title=Words("Used without the second pair of eyes", "应复核而未复核的权限使用"),
    formula=Words(
        "uses in a week without approval, of permissions of which 90 % of the uses of 60 days were approved",
        "近一周内，对 60 天内九成以上使用均经复核的权限，未经复核即使用的次数",
    ),
    unit="count",
    needs=("permission_use",),
    thresholds=Thresholds(amber=1, red=3, calm_days=3),
    norm=PROJECT_DEFAULT,
    owner=OPERATIONS,
    measure=_measure,
    examples=(
        Example(_example(0), 14, 0, State.GREEN),
        Example(_example(2), 14, 2, State.AMBER),
        Example(_example(5), 14, 5, State.RED),
    ),
    window_days=_WEEK,
)
