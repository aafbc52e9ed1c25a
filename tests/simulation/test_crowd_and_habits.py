"""Seasons, herding and habits follow the fitted tables and are whole numbers, the same every time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.fitted import quantiles
from bulkhead.simulation.platform.crowd import exp_per_mille, make_crowd
from bulkhead.simulation.platform.habits import amounts_minor, daily_per_million, rounded, usual_minor
from bulkhead.simulation.platform.setting import FIRST_MIDNIGHT_US, OFFSET_MINUTES

YEAR = Calendar(FIRST_MIDNIGHT_US, 365, OFFSET_MINUTES)


def test_a_crowd_rests_at_weekends_and_holidays() -> None:
    crowds = [make_crowd(YEAR, Chance(seed, "crowd")) for seed in range(20)]
    withdrawals = np.mean([crowd.withdrawals for crowd in crowds], axis=0)
    weekday = np.array([YEAR.date_of(day).weekday() for day in range(365)])
    assert withdrawals[weekday == 0].mean() > 1.4 * withdrawals[weekday == 5].mean()
    national_week = slice(273, 280)  # 1 to 7 October
    assert withdrawals[national_week].mean() < 0.6 * withdrawals.mean()
    assert 850 < withdrawals.mean() < 1150


def test_the_mood_of_a_crowd_lasts() -> None:
    made = [np.log(make_crowd(YEAR, Chance(seed, "crowd")).withdrawals) for seed in range(20)]
    left_over = [path - np.mean(made, axis=0) for path in made]
    lasting = np.mean([np.corrcoef(path[1:], path[:-1])[0, 1] for path in left_over])
    assert 0.25 < lasting < 0.5, "the fund's redemptions have 0.38"


@pytest.mark.parametrize("x", [-2500, -300, 0, 1, 999, 2500])
def test_the_exponential_in_integers_is_the_exponential(x: int) -> None:
    assert abs(exp_per_mille(x) - 1000 * math.exp(x / 1000)) < 1.01


def test_amounts_keep_to_the_grid_of_their_kind() -> None:
    chance, who = Chance(7, "habits"), np.arange(20_000)
    usual = usual_minor("withdrawal", chance, who, 1)
    taken = amounts_minor("withdrawal", usual, chance, who, 3)
    assert taken.min() > 0
    assert 0.8 < np.mean(taken % 10_000 == 0) < 0.95, "people take out whole hundreds"
    assert 0.7 < np.median(taken) / quantiles("withdrawal-level").median < 1.4
    assert (amounts_minor("withdrawal", usual, chance, who, 3) == taken).all()


def test_nobody_rounds_seven_yuan_to_a_thousand() -> None:
    small = rounded("withdrawal", np.full(5_000, 700), Chance(1, "small"), np.arange(5_000))
    assert small.max() <= 1_000
    assert (small % 100 == 0).all()


def test_clients_differ_in_how_often_they_come() -> None:
    rates = daily_per_million("deposit", Chance(7, "rates"), np.arange(10_000), 5)
    a_month = rates * 30 / 1_000_000
    assert 0.9 < np.median(a_month) < 1.5
    assert np.quantile(a_month, 0.1) < 0.2
