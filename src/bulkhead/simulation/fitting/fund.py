"""How a whole crowd moves money from day to day: Yu'ebao's purchases and redemptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import Shape, Table
from bulkhead.simulation.fitting.reading import columns_of, numbers
from bulkhead.simulation.fitting.writing import Sample, per_mille, quantile_points

_SOURCE = "Ant / Tianchi, Yu'ebao purchases and redemptions"
_PLAIN = Words("none: a ratio to the day's trend", "不换算：与当日趋势之比")
_KNOT_DAYS = 56  # the trend bends every eight weeks: slower than any week, month or holiday
_PARTS_OF_MONTH = 31

ORDINARY, HOLIDAY, EVE, MADE_UP = range(4)
_HOLIDAYS = (  # first day, length: State Council notices for 2013 and 2014
    (date(2013, 9, 19), 3), (date(2013, 10, 1), 7), (date(2014, 1, 1), 1), (date(2014, 1, 31), 7),
    (date(2014, 4, 5), 3), (date(2014, 5, 1), 3), (date(2014, 5, 31), 3),
)  # fmt: skip
_MADE_UP = tuple(
    date(*day) for day in ((2013, 9, 22), (2013, 9, 29), (2013, 10, 12), (2014, 1, 26), (2014, 2, 8), (2014, 5, 4))
)


@dataclass(frozen=True, slots=True)
class Seasons:
    """A daily series taken apart: factors around one, and what of its logarithm they leave over."""

    weekday: Sample  # [7], Monday first
    month_day: Sample  # [31]
    day_kind: Sample  # [4]: ordinary, holiday, eve of one, weekend worked for one
    left_over: Sample  # [days]
    persistence: float  # of the left-over, from day to day
    innovations: Sample  # [days - 1]: what yesterday's left-over does not explain


def fit(data: Path) -> list[Table]:
    """Tables of the fund's daily rhythm."""
    days, series = daily_sums(data)
    made: list[Table] = []
    apart = {name: taken_apart(days, values) for name, values in series.items()}
    for name, seasons in apart.items():
        made += _tables(name, seasons)
    return made


def daily_sums(data: Path) -> tuple[list[date], dict[str, Sample]]:
    """The days, and the sums bought and redeemed on each."""
    raw = columns_of(data / "yuebao/daily_purchase_redeem.csv")
    days = [date(int(text[:4]), int(text[4:6]), int(text[6:])) for text in raw["Date"]]
    return days, {"purchase": numbers(raw["purchase"]), "redemption": numbers(raw["redeem"])}


def kind_of_day(day: date) -> int:
    """Whether a day of 2013-07 to 2014-07 was ordinary, a holiday, its eve, or a weekend worked for one."""
    spans = [(first, first + timedelta(days=length - 1)) for first, length in _HOLIDAYS]
    if any(first <= day <= last for first, last in spans):
        return HOLIDAY
    if day in _MADE_UP:
        return MADE_UP
    return EVE if any(day == first - timedelta(days=1) for first, _ in spans) else ORDINARY


def taken_apart(days: list[date], values: Sample) -> Seasons:
    """Least squares on the logarithm: a bending trend, weekday, day of month, kind of day."""
    kinds = np.array([kind_of_day(day) for day in days])
    weekdays = np.array([day.weekday() for day in days])
    dates = np.array([day.day - 1 for day in days])
    blocks = [
        _trend(len(days)), _effects(weekdays, 7), _effects(dates, _PARTS_OF_MONTH),
        np.stack([kinds == kind for kind in (HOLIDAY, EVE, MADE_UP)], axis=1).astype(np.float64),
    ]  # fmt: skip
    # A small ridge on the days of the month (each seen 12 or 13 times) keeps noise from looking like a habit.
    design, target = np.hstack(blocks), np.log(values)
    starts = np.cumsum([0, *(block.shape[1] for block in blocks)])
    ridge = np.zeros(design.shape[1])
    ridge[starts[2] : starts[3]] = 6.0
    weights: Sample = np.asarray(
        np.linalg.solve(design.T @ design + np.diag(ridge), design.T @ target), np.float64
    )
    parts = [weights[a:b] for a, b in pairwise(starts)]
    left = target - design @ weights
    persistence = float(left[1:] @ left[:-1] / (left[:-1] @ left[:-1]))
    return Seasons(
        _factors(parts[1]), _factors(parts[2]), np.concatenate([[1.0], np.exp(parts[3])]),
        left, persistence, left[1:] - persistence * left[:-1],
    )  # fmt: skip


def _trend(length: int) -> Sample:
    """float64[length, knots]: roofs between knots, so that their sum is a line that bends at each."""
    knots = np.linspace(0, length - 1, length // _KNOT_DAYS + 1)
    distance = np.abs(np.arange(length)[:, None] - knots[None, :]) / (knots[1] - knots[0])
    return np.asarray(np.maximum(0.0, 1.0 - distance))


def _effects(places: NDArray[np.int64], count: int) -> Sample:
    """float64[n, count - 1]: sum-to-zero columns, the last place being minus all others."""
    full = np.eye(count)[places]
    return np.asarray(full[:, :-1] - full[:, -1:])


def _factors(weights: Sample) -> Sample:
    """Factors with a mean of one from sum-to-zero effects."""
    factors = np.exp(np.append(weights, -weights.sum()))
    return np.asarray(factors / factors.mean())


def _tables(name: str, seasons: Seasons) -> list[Table]:
    zh = {"purchase": "申购", "redemption": "赎回"}[name]
    plural = f"{name}s"
    rows = len(seasons.left_over)
    spread = int(np.rint(1000 * seasons.left_over.std()))
    described = (
        ("weekday", Words(f"Weekday of {plural}, Monday first", f"{zh}的星期因子（周一起）"),
         per_mille(seasons.weekday), tuple(range(1, 8))),
        ("month-day", Words(f"Day of the month of {plural}", f"{zh}的月内日期因子"),
         per_mille(seasons.month_day), tuple(range(1, 32))),
        ("holiday", Words(f"Holidays and {plural}: ordinary day, holiday, its eve, weekend worked for it",
                          f"节假日与{zh}：普通日、假日、假日前一天、调休工作日"),
         per_mille(seasons.day_kind), ()),
    )  # fmt: skip
    made = [
        _table(f"{name}-{what}", Shape.FACTORS, title, rows, "per mille", values, labels)
        for what, title, values, labels in described
    ]
    noise = Words(f"What days add to {plural} by themselves", f"{zh}的逐日波动")
    points = quantile_points(1000 * seasons.innovations)
    persistence = int(np.rint(1000 * seasons.persistence))
    found = {"persistence_per_mille": persistence, "spread_per_mille": spread}
    return [*made, _table(f"{name}-noise", Shape.QUANTILES, noise, rows - 1, "thousandths of a logarithm", points,
                          parameters=found)]  # fmt: skip


def _table(
    code: str, shape: Shape, title: Words, rows: int, unit: str, values: tuple[int, ...],
    labels: tuple[int, ...] = (), parameters: dict[str, int] | None = None,
) -> Table:  # fmt: skip
    fitted_on = Words(
        "396 days, July 2013 to July 2014; least squares on logarithms around a trend that bends every eight weeks",
        "2013 年 7 月至 2014 年 7 月共 396 天；取对数后最小二乘，趋势每八周允许转折一次",
    )
    return Table(code, shape, title, _SOURCE, fitted_on, rows, unit, _PLAIN, values, labels, parameters or {})
