"""Real and simulated accounts are measured with the same yardstick, and the yardstick is right."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp, wasserstein_distance
from sklearn.metrics import roc_auc_score

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.setting import Setting
from bulkhead.simulation.realism import measuring, statistics, telling
from bulkhead.simulation.realism.accounts import Statements, Way, dates_of, ordered
from bulkhead.simulation.realism.features import LENGTH, NAMES, Stretches, stretches_of
from bulkhead.simulation.realism.observing import observed
from bulkhead.simulation.realism.statistics import compared, compared_counts, ks_distance, wasserstein
from bulkhead.simulation.realism.telling import auc, told_apart

TITLE = Words("a test", "测试")
DAY_0 = 739_617  # 1 January 2026


def statements(accounts: int, length: int, seed: int, step_minor: int = 100) -> Statements:
    """Accounts that pay in and take out by turns, amounts in multiples of a step."""
    dice = np.random.default_rng(seed)
    rows = accounts * length
    amount = step_minor * dice.integers(1, 1_000_000 // step_minor, rows)
    way = np.tile([Way.PAID_IN, Way.TAKEN_OUT], rows // 2)
    day = DAY_0 + np.tile(np.arange(length) * 3, accounts)
    return ordered(Statements(np.repeat(np.arange(accounts), length), day, way, amount, np.zeros(rows, np.int64)))


def test_distances_are_those_of_scipy() -> None:
    dice = np.random.default_rng(3)
    one, other = dice.normal(size=500), dice.normal(0.4, 1.5, 700)
    assert ks_distance(one, other) == pytest.approx(ks_2samp(one, other).statistic)
    assert wasserstein(one, other) == pytest.approx(wasserstein_distance(one, other))
    found = compared(one, other)
    assert found.ks.low <= found.ks.value <= found.ks.high
    assert found.ks.high - found.ks.low < 0.2
    assert compared(one, one).ks.value == 0


def test_counts_that_differ_are_told_from_counts_that_do_not() -> None:
    same = compared_counts(np.array([500, 300, 200, 0]), np.array([510, 290, 200, 0]))
    assert same.p_value > 0.5
    assert same.degrees == 2, "a class nobody is in does not count"
    differ = compared_counts(np.array([500, 300, 200]), np.array([300, 500, 200]))
    assert differ.p_value < 1e-9
    assert differ.distance.value == pytest.approx(0.2)


def test_the_area_under_the_curve_is_that_of_scikit_learn() -> None:
    dice = np.random.default_rng(5)
    labels = dice.integers(0, 2, 400)
    scores = np.round(labels + dice.normal(size=400), 1)  # with ties
    assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_balances_run_for_each_account_by_itself() -> None:
    rows = Statements(
        np.array([2, 1, 1, 2]), np.array([5, 5, 4, 6]),
        np.array([Way.PAID_IN, Way.TAKEN_OUT, Way.PAID_IN, Way.CHARGED]),
        np.array([1_000, 300, 500, 40]), np.zeros(4, np.int64),
    )  # fmt: skip
    made = ordered(rows)
    assert made.account.tolist() == [1, 1, 2, 2]
    assert made.balance.tolist() == [500, 200, 1_000, 960]


def test_dates_follow_the_calendar() -> None:
    assert dates_of(np.array([DAY_0, DAY_0 + 30, DAY_0 + 31, DAY_0 + 58])).tolist() == [1, 31, 1, 28]


def test_features_say_what_a_stretch_shows() -> None:
    round_ones = stretches_of(statements(12, LENGTH, 1, step_minor=10_000), real=False)
    uneven = stretches_of(statements(12, LENGTH, 2, step_minor=1), real=False)
    place = {name: number for number, name in enumerate(NAMES)}
    assert (round_ones.values[:, place["hundreds"]] == 1).all()
    assert uneven.values[:, place["fen"]].mean() > 0.95
    assert (round_ones.values[:, place["gap"]] == 3).all()
    assert (round_ones.values[:, place["in_share"]] == 0.5).all()
    assert (round_ones.values[:, place["turns"]] == 1).all()


def test_short_accounts_and_long_ones_weigh_alike() -> None:
    assert len(stretches_of(statements(10, 2 * LENGTH + 4, 1), real=False).account) == 20
    assert len(stretches_of(statements(10, 12 * LENGTH, 1), real=False).account) == 40
    assert len(stretches_of(statements(10, LENGTH - 2, 1), real=False).account) == 0


def test_what_is_alike_cannot_be_told_apart_and_what_is_not_gives_itself_away() -> None:
    def sides(step_minor: int) -> tuple[Stretches, Stretches]:
        made = [
            stretches_of(statements(60, 2 * LENGTH, seed, step), real=False)
            for seed, step in ((1, 100), (2, step_minor))
        ]
        return made[0], made[1]

    alike = told_apart("alike", TITLE, sides(100), 0)
    assert 0.3 < alike.auc.value < 0.7
    assert alike.auc.low < 0.5 < alike.auc.high or abs(alike.auc.value - 0.5) < 0.15
    unlike = told_apart("unlike", TITLE, sides(10_000), 0)
    assert unlike.auc.value > 0.99
    assert unlike.give_aways[0].name in ("tens", "hundreds", "hundreds_out")
    assert told_apart("unlike", TITLE, sides(10_000), 0) == unlike, "the same twice"


def test_too_few_accounts_are_refused_in_one_sentence() -> None:
    few = stretches_of(statements(4, LENGTH, 1), real=False)
    with pytest.raises(BadInput, match="Too few real accounts"):
        told_apart("few", TITLE, (few, few), 0)


def test_the_statements_of_a_world_add_up_to_its_money() -> None:
    seen = observed(Setting(7, 300, 40))
    rows = seen.statements
    assert len(rows) > 1_000
    signed = np.where(rows.incoming, rows.amount, -rows.amount)
    total = np.bincount(rows.account, signed, minlength=300)
    last = np.flatnonzero(np.diff(rows.account, append=-1))
    assert (rows.balance[last] == total[rows.account[last]]).all()
    assert rows.balance.min() >= 0, "nobody spends what is not there, in the order of a statement"
    assert seen.deposits.sum() > 100
    assert seen.hours.argmax() > 7


def test_a_world_is_held_against_the_real_data(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Path(os.environ.get("BULKHEAD_DATA") or "../shared/data")
    if not (data / "yuebao").is_dir():
        pytest.skip("the real data is not here: set BULKHEAD_DATA to its folder")
    monkeypatch.setattr(measuring, "CONTROL_SPLITS", 1)
    monkeypatch.setattr(statistics, "RESAMPLES", 20)
    monkeypatch.setattr(telling, "RESAMPLES", 50)
    found = measuring.measure(data, 7, 800, 200)
    by_code = {each.code: each.comparison for each in found.distributions}
    assert by_code["loan-amount"].ks.value < 0.1
    assert by_code["gap"].ks.value < 0.2
    assert by_code["withdrawal-amount"].ks.value < 0.2
    roundness = {each.code: each.comparison.distance.value for each in found.classes}
    assert roundness["withdrawal-roundness"] < 0.1
    aucs = {each.code: each.auc.value for each in found.tellings}
    assert aucs["control"] < 0.65 < aucs["own-money"] <= aucs["whole"]
