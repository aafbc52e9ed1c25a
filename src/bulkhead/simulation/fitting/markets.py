"""How rates and currencies move: a pull to the mean, a volatility that remembers, innovations with fat tails.

A day's push is a part of yesterday's push (momentum: fixings lag behind the market) plus a shock; the value of a day
is the day before, plus a part of the distance to the mean, plus the push. The shock's variance is a GARCH(1,1)
(Bollerslev 1986) with its long-run level set to the sample's, fitted by Gaussian likelihood on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import Shape, Table
from bulkhead.simulation.fitting.reading import columns_of, numbers
from bulkhead.simulation.fitting.writing import Sample, quantile_points

UNITS_PER_PERCENT = 10_000  # as the worlds quote: 1e-4 of a per cent, or of a yuan
REFORM = date(2015, 8, 11)  # from here on the yuan's fixing follows the market's close


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found in one series; ``shocks`` and ``volatility`` in its own unit, or in 1e-6 of the level."""

    mean: float
    back: float
    momentum: float  # part of yesterday's push in today's
    volatility: float
    shock_weight: float
    memory: float
    innovations: Sample


def fit(data: Path) -> list[Table]:
    """Tables of money market, government bond and currency."""
    rates = columns_of(data / "markets/shibor_2016.csv")
    bond = columns_of(data / "markets/cn_gov_5y.csv")
    shibor, years = "SHIBOR fixings, China Foreign Exchange Trade System", ("2016-2018", "2016—2018 年")
    return [
        _table("market-shibor-on", Words("SHIBOR overnight", "SHIBOR 隔夜"), shibor, years,
               UNITS_PER_PERCENT * numbers(rates["on"])),
        _table("market-shibor-3m", Words("SHIBOR three months", "SHIBOR 三个月"), shibor, years,
               UNITS_PER_PERCENT * numbers(rates["3m"])),
        _table("market-gov-5y", Words("Chinese government bond, five years", "五年期国债收益率"),
               "China 5-year government bond yield, Investing.com", years,
               UNITS_PER_PERCENT * numbers(bond["收盘"])[::-1]),
        _table("market-usd-cny", Words("Yuan for a dollar", "美元兑人民币"),
               "ECB euro reference rates, USD and CNY", ("August 2015 to October 2026", "2015 年 8 月至 2026 年 10 月"),
               usd_cny(data), relative=True),
    ]  # fmt: skip


def usd_cny(data: Path) -> Sample:
    """float64[days], oldest first, in 1e-4 yuan, from the reform of August 2015 on."""
    raw = columns_of(data / "markets/eurofxref-hist.zip")
    since = [date.fromisoformat(day) >= REFORM for day in raw["Date"]]
    cross = 10_000 * numbers(raw["CNY"]) / numbers(raw["USD"])
    return np.asarray(cross[np.array(since)][::-1])


def fitted(values: Sample, *, relative: bool = False) -> Fit:
    """The recursion's constants. ``relative``: shocks are measured in 1e-6 of the level."""
    before, change = values[:-1], np.diff(values)
    mean = float(values.mean())
    distance = mean - before
    back = float(np.clip(distance @ change / (distance @ distance), 0.001, 0.9))
    pushes = change - back * distance
    if relative:
        pushes = 1_000_000 * pushes / before
    momentum = float(pushes[1:] @ pushes[:-1] / (pushes[:-1] @ pushes[:-1]))
    shocks = pushes[1:] - momentum * pushes[:-1]
    volatility = float(np.sqrt(np.mean(shocks**2)))
    weight, memory, variances = _garch(shocks / volatility)
    innovations = shocks / volatility / np.sqrt(variances)
    return Fit(mean, back, momentum, volatility, weight, memory, innovations / innovations.std())


def _garch(shocks: Sample) -> tuple[float, float, Sample]:
    """The likeliest weights of yesterday's shock and yesterday's variance, and the variances under them."""
    grid = [(a / 50, b / 50) for a in range(26) for b in range(50) if a + b < 50]
    weights, memories = np.array(grid).T
    variance, loss = np.ones(len(grid)), np.zeros(len(grid))
    path = np.empty((len(shocks), len(grid)))
    for day, shock in enumerate(shocks):
        path[day] = variance
        loss += np.log(variance) + shock**2 / variance
        variance = (1 - weights - memories) + weights * shock**2 + memories * variance
        variance = np.maximum(variance, 1e-4)
    best = int(np.argmin(np.round(loss, 6)))
    return float(weights[best]), float(memories[best]), path[:, best]


def _table(
    code: str, title: Words, source: str, period: tuple[str, str], values: Sample, *, relative: bool = False
) -> Table:
    found = fitted(values, relative=relative)
    method = Words(
        f"{len(values)} days, {period[0]}; standardised innovations of an autoregression with GARCH(1,1)",
        f"{period[1]}共 {len(values)} 个交易日；AR(1)-GARCH(1,1) 的标准化新息",
    )
    scale = Words(
        "none: 1e-4 of a per cent or of a yuan; a relative volatility is 1e-6 of the level",
        "不换算：百分点或元的万分之一；相对波动为水平的百万分之一",
    )
    parameters = {
        "mean": round(found.mean),
        "back_per_mille": round(1000 * found.back),
        "momentum_per_mille": round(1000 * found.momentum),
        "volatility": round(found.volatility),
        "shock_per_mille": round(1000 * found.shock_weight),
        "memory_per_mille": round(1000 * found.memory),
        "relative": int(relative),
    }
    return Table(
        code, Shape.QUANTILES, title, source, method, len(values), "thousandths of a standard deviation", scale,
        quantile_points(1000 * found.innovations), (), parameters,
    )  # fmt: skip
