"""States: never green by default, stale after a while, one alarm a turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.risk.facts import Daily, Facts, facts_of, rows
from bulkhead.risk.family import Family
from bulkhead.risk.indicator import IT_RISK, PROJECT_DEFAULT, Indicator, State, Thresholds
from bulkhead.risk.reading import read


def probe(**thresholds: Any) -> Indicator:
    """An indicator that gives the column ``level`` back."""

    def measure(facts: Facts) -> Daily:
        table = facts.table("probe")
        values = np.full(facts.days, np.nan)
        values[table.day] = table.numbers("level")
        return values

    words = Words("Probe", "探针")
    limits = replace(Thresholds(amber=10, red=20, calm_days=3), **thresholds)
    return Indicator(
        "probe", Family.TECHNICAL, words, words, "", ("probe",), limits, PROJECT_DEFAULT, IT_RISK, measure, ()
    )


def facts(levels: list[int | None], *, absent: tuple[int, ...] = ()) -> Facts:
    cells = [(day, level) for day, level in enumerate(levels) if level is not None]
    return facts_of(len(levels), absent={"probe": absent}, probe=rows("level", *cells))


def test_a_value_that_flickers_raises_one_alarm_and_a_worse_one_a_second() -> None:
    reading = read(probe(), facts([5, 15, 5, 15, 5, 25, 15, 25, 5, 5, 5, 5, 15]))
    assert [(turn.day, turn.state) for turn in reading.turns] == [
        (1, State.AMBER),
        (5, State.RED),
        (12, State.AMBER),
    ]


def test_what_must_be_confirmed_turns_only_after_as_many_days() -> None:
    reading = read(probe(confirm_days=2), facts([5, 25, 5, 25, 25, 25]))
    assert [(turn.day, turn.state) for turn in reading.turns] == [(4, State.RED)]


def test_an_edge_is_on_the_better_side_and_low_can_be_worse() -> None:
    assert read(probe(), facts([10, 20])).states.tolist() == [State.GREEN, State.AMBER]
    falling = probe(amber=20, red=10, worse_above=False)
    assert read(falling, facts([20, 19, 10, 9])).states.tolist() == [0, 1, 1, 2]


def test_nothing_is_green_by_default() -> None:
    reading = read(probe(), facts([None, None, 5, None, None, None, None]))
    assert reading.states.tolist() == [-1, -1, 0, 0, 0, -1, -1]
    assert reading.age_days.tolist() == [-1, -1, 0, 1, 2, 3, 4]


def test_a_day_that_did_not_arrive_counts_for_nothing() -> None:
    reading = read(probe(), facts([5, None, 5], absent=(1,)))
    assert reading.coverage.tolist() == [1.0, 0.0, 1.0]
    assert np.isnan(reading.values[1])


def test_going_blind_repeats_no_alarm() -> None:
    reading = read(probe(), facts([25, None, None, None, None, 25, 5]))
    assert [turn.day for turn in reading.turns] == [0]
