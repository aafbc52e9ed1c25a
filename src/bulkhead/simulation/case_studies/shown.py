"""One seed day by day: the one whose loss avoided is the median of all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from bulkhead.risk.facts import Daily
from bulkhead.risk.indicator import State
from bulkhead.risk.reading import Reading
from bulkhead.simulation.case_studies.alarming import LEVELS
from bulkhead.simulation.case_studies.case import Case
from bulkhead.simulation.case_studies.result import Curve, SeedRun, Shown
from bulkhead.simulation.case_studies.twins import play_twins, setting_of, stopped_minor_by_day


def shown_of(case: Case, runs: Sequence[SeedRun], *, clients: int, days: int) -> Shown:
    """The median seed, played once more with all its days."""
    run = sorted(runs, key=lambda run: (run.avoided_minor, run.seed))[len(runs) // 2]
    twins = play_twins(case, setting_of(case, seed=run.seed, clients=clients, days=days))
    before, after = twins.bare.readings, twins.guarded.readings
    told = {alarm.code for alarm in run.alarms if alarm.day >= run.began_day}
    watched = dict.fromkeys(watch.source for watch in case.watches if watch.source in after)
    codes = [*watched, *(code for code in after if code in told and code not in watched)]
    stopped = stopped_minor_by_day(twins.guarded.played)
    kept = accumulate(stopped.get(day, 0) for day in range(days))
    lost = zip(twins.guarded.played.loss_minor, kept, strict=True)
    return Shown(
        run,
        twins.bare.played.first_date,
        twins.bare.played.loss_minor,
        tuple(loss_minor - kept_minor for loss_minor, kept_minor in lost),
        tuple(_curve(before[code], after[code]) for code in codes),
    )


def _curve(bare: Reading, guarded: Reading) -> Curve:
    indicator = bare.indicator
    return Curve(
        indicator.code,
        indicator.title,
        indicator.unit,
        _known(bare.values),
        _known(guarded.values),
        tuple(LEVELS[State(int(state))] for state in guarded.states),
        indicator.thresholds.amber,
        indicator.thresholds.red,
    )


def _known(values: Daily) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
