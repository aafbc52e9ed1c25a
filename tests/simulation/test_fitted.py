"""The fitted tables: every one sound and with its source, drawn from in integers, and made again from the data."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation import fitted
from bulkhead.simulation.chance import Chance
from bulkhead.simulation.fitted.tables import parsed
from bulkhead.simulation.fitting.__main__ import main as fit
from bulkhead.simulation.fitting.accounts import grid_weights
from bulkhead.simulation.fitting.everything import fit_all
from bulkhead.simulation.fitting.markets import fitted as fitted_market
from bulkhead.simulation.fitting.writing import as_toml, quantile_points

GOOD = """
shape = "quantiles"
title = { en = "Steps", zh = "台阶" }
source = "made for this test"
fitted_on = { en = "nothing", zh = "无" }
rows = 17
unit = "steps"
scale = { en = "none", zh = "不换算" }
values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
"""


@pytest.mark.parametrize("code", fitted.codes())
def test_every_table_is_sound_and_says_where_it_comes_from(code: str) -> None:
    table = fitted.table(code)
    assert table.rows >= 50
    assert len(table.source) > 10
    assert len(table.values) <= 129, "small tables only"


def test_there_are_tables_for_every_part_of_the_world() -> None:
    wanted = {
        "deposit-level",
        "withdrawal-ratio",
        "salary-day",
        "loan-amount",
        "loan-hazard",
        "redemption-weekday",
    }
    assert wanted | {"redemption-noise", "platform-rate", "market-shibor-on", "card-hour"} <= set(fitted.codes())


def test_draws_have_the_distribution_of_their_table() -> None:
    table = fitted.quantiles("withdrawal-level")
    drawn = table.at(Chance(7, "test").words(np.arange(100_000)))
    assert drawn.dtype == np.int64
    assert table.points[0] <= drawn.min()
    assert drawn.max() <= table.points[-1]
    for share in (0.1, 0.5, 0.9):
        place = int(share * (len(table.points) - 1))
        below = np.mean(drawn <= table.points[place])
        assert abs(below - place / (len(table.points) - 1)) < 0.01


def test_the_extreme_words_give_the_ends_of_a_table() -> None:
    table = fitted.quantiles("market-shibor-on")
    assert table.points[0] < 0
    ends = table.at(np.array([0, 2**64 - 1], np.uint64))
    assert ends[0] == table.points[0]
    assert 0 <= table.points[-1] - ends[1] <= 1 + (table.points[-1] - table.points[-2]) // 2**20


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("values = [0, 1,", "values = [0, -1,", "falls"),
        ("values = [0,", "values = [0, 0,", "18 points"),
        ('source = "made for this test"', 'source = " "', "source"),
        ("rows = 17", "rows = 0", "no rows"),
        ("values = [0,", "values = [0.5,", "whole numbers"),
        ('"quantiles"', '"weights"\nlabels = [1, 2]', "one label"),
        ('"quantiles"', '"factors"', "factor of zero"),
        ('"quantiles"', '"curve"', "cannot be read"),
        ("rows = 17", "", "cannot be read"),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused_in_one_sentence(before: str, after: str, said: str) -> None:
    assert parsed("steps", GOOD).values[-1] == 16
    with pytest.raises(BadInput, match=said):
        parsed("steps", GOOD.replace(before, after))


def test_a_table_is_asked_for_by_its_code_and_shape() -> None:
    with pytest.raises(BadInput, match="no fitted table 'nothing'"):
        fitted.weights("nothing")
    with pytest.raises(BadInput, match="holds quantiles, not weights"):
        fitted.weights("deposit-level")


def test_quantiles_keep_the_mean_of_a_heavy_tail() -> None:
    uniform = (np.arange(1, 20_001) - 0.5) / 20_000
    heavy = 1000 * (1 - uniform) ** -0.6  # Pareto: its largest value is far beyond all others
    points = np.array(quantile_points(heavy), np.float64)
    assert abs((points[:-1] + points[1:]).mean() / 2 / heavy.mean() - 1) < 0.03
    assert points[-1] < heavy.max() / 2


def test_the_grid_of_amounts_is_found_again() -> None:
    numbers = Chance(3, "grid")
    coarse = 10_000 * (1 + numbers.below(900, np.arange(30_000)))
    fine = 100 * (1 + numbers.below(90_000, np.arange(10_000), 1))
    weights = grid_weights(np.concatenate([coarse, fine]))
    assert abs(weights[4] - 7_500) < 100
    assert abs(weights[2] - 2_500) < 100


def test_the_volatility_of_a_made_market_is_found_again() -> None:
    words = Chance(5, "market").below(2_001, np.arange(4_000), np.arange(4_000)) - 1_000
    shocks = words / 577.6  # uniform with unit variance
    variance, value, values = 1.0, 0.0, [0.0]
    for shock in shocks:
        value += 0.05 * (0 - value) + 10 * variance**0.5 * shock
        variance = 0.1 + 0.2 * variance * shock**2 + 0.7 * variance
        values.append(value)
    found = fitted_market(np.array(values))
    assert 0.03 < found.back < 0.08
    assert 8 < found.volatility < 12
    assert abs(found.shock_weight - 0.2) < 0.08
    assert abs(found.memory - 0.7) < 0.12


def test_the_data_gives_the_committed_tables_again(tmp_path: Path) -> None:
    data = Path(os.environ.get("BULKHEAD_DATA") or "../shared/data")
    if not (data / "yuebao").is_dir():
        pytest.skip("the real data is not here: set BULKHEAD_DATA to its folder")
    made = fit_all(data)
    assert [table.code for table in made] == list(fitted.codes())
    for table in made:
        assert parsed(table.code, as_toml(table)) == fitted.table(table.code), table.code


def test_the_fitting_program_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit([str(tmp_path), str(tmp_path / "out")]) == 2
    assert "trans_30200.csv is missing" in capsys.readouterr().err
    assert fit([]) == 2
    assert "DATA" in capsys.readouterr().err
