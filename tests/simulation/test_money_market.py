"""The market's paths and the platform's own money: what moves, what follows at once and what only after years."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from surroundings_day import column, texts, written

from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.market import FUNDING_SPREAD, SERIES, make_market
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Response, Setting
from bulkhead.simulation.surroundings.money_market import BUCKETS, MARKET, SURROUNDING, TREASURY

DAYS = 120
RISE = 40  # the day on which rates rise


def played(*responses: Response, seed: int = 3, **conditions: int) -> tuple[Platform, list[Day]]:
    """A world in which only the treasury writes; ``conditions`` hold from day RISE on."""
    platform = Platform(Setting(seed=seed, clients=50, days=DAYS, responses=responses))
    return platform, [
        written(platform, day, SURROUNDING, **(conditions if day >= RISE else {})) for day in range(DAYS)
    ]


def income_minor(day: Day) -> int:
    """A year's interest on what is placed less that on what is borrowed, at the day's rates."""
    amount, rate = column([day], TREASURY, "amount_minor"), column([day], TREASURY, "rate")
    sign = np.array([1 if side == "asset" else -1 for side in texts([day], TREASURY, "side")])
    return int((sign * amount * rate).sum() // 1_000_000)


def worth_minor(day: Day) -> int:
    sides = texts([day], TREASURY, "side")
    values = column([day], TREASURY, "market_value_minor").tolist()
    return sum(value for side, value in zip(sides, values, strict=True) if side == "asset")


def last(days: list[Day]) -> Day:
    return next(day for day in reversed(days) if TREASURY.code in day.blocks)


def test_paths_move_like_markets_and_rest_at_weekends() -> None:
    for seed in range(8):
        market = make_market(Setting(seed=seed, clients=50, days=365))
        assert not market.pop(FUNDING_SPREAD).any()
        assert set(market) == set(SERIES)
        for code, path in market.items():
            steps = np.diff(path)
            assert (path > 0).all()
            assert 95 < np.count_nonzero(steps == 0) < 170, code  # weekends, holidays, and days without a change
            assert np.abs(steps).max() < path[0] // 2, code
        calm, wild = (
            np.abs(np.diff(market[code]) * 10_000 // market[code][:-1]).mean() for code in ("usd-cny", "shibor-on")
        )
        assert calm < wild
    one, two = (make_market(Setting(seed=seed, clients=50, days=365))["gov-5y"] for seed in (1, 2))
    assert (one != two).any()


def test_a_shift_is_in_the_market_from_its_day_on_and_not_before() -> None:
    _, quiet = played()
    _, shifted = played(rate_shift_bp=150, fx_shift_bp=-200)
    before, after = (
        column(days, MARKET, "value") - column(quiet, MARKET, "value")
        for days, quiet in ((shifted[:RISE], quiet[:RISE]), (shifted[RISE:], quiet[RISE:]))
    )
    series = np.array(texts(shifted[RISE:], MARKET, "series"))
    assert not before.any()
    for code in ("shibor-on", "shibor-3m", "gov-5y"):
        assert (after[series == code] == 15_000).all()
    assert (after[series == "usd-cny"] < -1_200).all()
    assert not after[series == "csi-like"].any()


def test_a_rise_of_rates_eats_the_margin_and_short_assets_save_it() -> None:
    quiet, risen = last(played()[1]), last(played(rate_shift_bp=200)[1])
    early = Response(RISE - 20, "rebalance-assets", 600)
    late = Response(RISE + 20, "rebalance-assets", 600)
    saved, saved_late = (last(played(response, rate_shift_bp=200)[1]) for response in (early, late))
    assert income_minor(quiet) > 0
    assert income_minor(risen) < income_minor(quiet) * 2 // 3
    assert income_minor(saved) > income_minor(risen)
    assert worth_minor(risen) < worth_minor(quiet)
    # Who sells before rates rise keeps what was paid; who sells after it sells cheap.
    assert worth_minor(saved) > worth_minor(saved_late)
    funding = [row for row, bucket in enumerate(BUCKETS) if bucket.side == "funding" and bucket.days <= 91]
    rates = column([risen], TREASURY, "rate") - column([quiet], TREASURY, "rate")
    bonds = next(row for row, bucket in enumerate(BUCKETS) if bucket.code == "bonds-5y")
    assert rates[funding].min() > 12_000
    assert 0 < rates[bonds] < 2_000


def test_dear_funding_is_paid_as_it_falls_due() -> None:
    _, days = played(funding_cost_bp=100)
    _, quiet = played()
    funded = next(row for row, bucket in enumerate(BUCKETS) if bucket.code == "bank-line-3m")
    extra = [
        int(column([day], TREASURY, "rate")[funded] - column([usual], TREASURY, "rate")[funded])
        for day, usual in zip(days, quiet, strict=True)
        if TREASURY.code in day.blocks
    ]
    assert extra[0] == 0
    assert all(one <= two for one, two in pairwise(extra))
    assert extra[-1] > 8_000


def test_a_falling_dollar_costs_market_value_and_not_cost() -> None:
    quiet, fallen = last(played()[1]), last(played(fx_shift_bp=-500)[1])
    dollars = texts([quiet], TREASURY, "currency").index("USD")
    amounts, values = (
        [int(column([day], TREASURY, name)[dollars]) for day in (quiet, fallen)]
        for name in ("amount_minor", "market_value_minor")
    )
    assert amounts[0] == amounts[1]
    assert values[1] * 1000 // values[0] in range(945, 955)
