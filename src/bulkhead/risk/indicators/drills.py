"""Critical systems whose recovery is not proven: the last drill failed, took too long, or is long ago."""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import IT_RISK, Example, Indicator, Norm, State, Thresholds

RECOVERY_MINUTES_MAX = 240
DATA_LOSS_MINUTES_MAX = 30
PROOF_DAYS = 365


def _measure(facts: Facts) -> Daily:
    table = facts.table("backups_and_drills")
    drills = table.where(~table.labels("kind").among("backup"))
    system = drills.labels("system")
    proven = (
        drills.labels("result").among("passed")
        & (drills.numbers("recovery_minutes") <= RECOVERY_MINUTES_MAX)
        & (drills.numbers("data_loss_minutes") <= DATA_LOSS_MINUTES_MAX)
    )
    unproven, known = np.zeros(facts.days), np.zeros(facts.days)
    for code in range(len(system.texts)):
        last = np.full(facts.days, -1)
        rows_of = np.flatnonzero(system.codes == code)
        last[drills.day[rows_of]] = rows_of
        last = np.maximum.accumulate(last)
        seen = last >= 0
        known += seen
        unproven[seen] += ~proven[last[seen]] | (np.flatnonzero(seen) - drills.day[last[seen]] > PROOF_DAYS)
    return np.where(known > 0, unproven, np.nan)


_COLUMNS = "kind system result recovery_minutes data_loss_minutes"
INDICATOR = Indicator(
    code="T2.recovery-unproven",
    family=Family.TECHNICAL,
    title=Words("Systems whose recovery is not proven", "未经演练验证可恢复的系统数"),
    formula=Words(
        "systems whose last drill failed, took more than 4 h, lost more than 30 min of data or is over a year ago",
        "最近一次演练未通过、恢复超过 4 小时、数据丢失超过 30 分钟或距今超过一年的系统数",
    ),
    unit="count",
    needs=("backups_and_drills",),
    thresholds=Thresholds(amber=0, red=1, calm_days=1),
    norm=Norm(Words("Supervisory document 104 of 2011: RTO and RPO", "银监办发〔2011〕104号：恢复时间与恢复点目标")),
    owner=IT_RISK,
    measure=_measure,
    examples=(
        Example(
            facts_of(
                3,
                backups_and_drills=rows(
                    _COLUMNS,
                    (0, "failover-drill", "payments", "passed", 90, 5),
                    (1, "failover-drill", "database", "failed", 600, 5),
                    (2, "backup", "database", "passed", -1, -1),
                ),
            ),
            2,
            1,
            State.AMBER,
        ),
        Example(
            facts_of(1, backups_and_drills=rows(_COLUMNS, (0, "backup", "database", "passed", -1, -1))),
            0,
            None,
            State.UNKNOWN,
        ),
    ),
    stale_days=3,
)  # fmt: skip
