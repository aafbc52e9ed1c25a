"""The market's day, and how the platform's own money is placed and funded.

The platform's own money is not clients' money: none of it lies with the custodian. What is placed or borrowed for
a term is spread evenly over it, so each day a little of it is priced anew at the day's rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.market import BASIS_POINT, FUNDING_SPREAD, SERIES
from bulkhead.simulation.platform.streams import Kind, Stream, block_of

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

MARKET = Stream(
    "market",
    Words("Market rates and prices", "市场利率与行情"),
    {
        "time": Kind.TIME,
        "series": Kind.TEXT,  # a code of platform/market.py
        "value": Kind.NUMBER,  # 1e-4 of the unit in which it is quoted
        "unit": Kind.TEXT,
    },
)
TREASURY = Stream(
    "treasury",
    Words("Placement and funding of own money", "自有资金运用与融资"),
    {
        "time": Kind.TIME,
        "side": Kind.TEXT,  # asset or funding
        "bucket": Kind.TEXT,
        "currency": Kind.TEXT,
        "amount_minor": Kind.MINOR,  # at cost, in yuan
        "market_value_minor": Kind.MINOR,  # at the day's rates, in yuan
        "rate": Kind.NUMBER,  # 1e-4 of a percent a year, average of what is placed or borrowed
        "reprices_in_days": Kind.NUMBER,  # on average, until the rate is set anew
    },
)

OWN_MONEY_MINOR = 300_000  # for each client
CLIENTS_MIN = 1_000  # a smaller platform has no less money of its own than one of this size
RATE_SERIES = ("shibor-on", "shibor-3m", "gov-5y")
LONG_DAYS = 180  # what runs longer can be moved by the response rebalance-assets
SETTLE_DAYS, MOVE_DAYS = 2, 10  # a response takes effect after the first and in the course of the second
YEAR_DAYS = 365
PROCEEDS = "paper-1m"  # where the money goes for which long assets are sold
DOLLAR_RATE = 43_000  # 4.3 % a year, contracts of one bank, not moved by the money market here


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is placed or borrowed for one term. ``mix`` weighs ``RATE_SERIES`` per mille for its reference rate."""

    side: str
    code: str
    share_per_mille: int  # of the assets
    days: int
    mix: tuple[int, int, int]
    spread_bp: int
    currency: str = "CNY"


BUCKETS = (
    Bucket("asset", "overnight", 60, 1, (1000, 0, 0), -10),
    Bucket("asset", "fund-7d", 90, 7, (800, 200, 0), 20),
    Bucket("asset", "paper-1m", 100, 30, (400, 600, 0), 150),
    Bucket("asset", "bonds-1y", 150, 365, (0, 750, 250), 160),
    Bucket("asset", "bonds-5y", 520, 1825, (0, 0, 1000), 220),
    Bucket("asset", "dollar-deposit", 80, 91, (0, 0, 0), 0, "USD"),
    Bucket("funding", "overnight", 80, 1, (1000, 0, 0), 40),
    Bucket("funding", "bank-line-1m", 300, 30, (400, 600, 0), 70),
    Bucket("funding", "bank-line-3m", 350, 91, (0, 1000, 0), 90),
    Bucket("funding", "notes-1y", 150, 365, (0, 750, 250), 130),
)


def _write(platform: Platform, day: Day) -> None:
    _shift(platform, day)
    if not platform.season(day.number).working:
        return
    here = day.number
    quotes = [(day.at(11, 30), code, int(platform.market[code][here]), unit) for code, unit in SERIES.items()]
    day.write(block_of(MARKET, [*quotes]))
    day.write(block_of(TREASURY, _positions(platform, day)))


def _shift(platform: Platform, day: Day) -> None:
    """Put what incidents did to the market today into its path, where later days look it up."""
    market, here = platform.market, day.conditions
    for code in RATE_SERIES:
        market[code][day.number] = max(BASIS_POINT, market[code][day.number] + here.rate_shift_bp * BASIS_POINT)
    market["usd-cny"][day.number] += market["usd-cny"][day.number] * here.fx_shift_bp // 10_000
    market[FUNDING_SPREAD][day.number] = here.funding_cost_bp * BASIS_POINT


def _positions(platform: Platform, day: Day) -> list[tuple[int | str | bool, ...]]:
    chance = platform.chance("surroundings.treasury")
    total_minor = max(platform.setting.clients, CLIENTS_MIN) * OWN_MONEY_MINOR
    wobble = chance.between(-15, 15, day.number // 7, np.arange(len(BUCKETS))).tolist()
    cost_minor: dict[Bucket, int] = {}
    proceeds_minor = 0
    for bucket, per_mille in zip(BUCKETS, wobble, strict=True):
        cost_minor[bucket] = total_minor * bucket.share_per_mille // 1000 * (1000 + per_mille) // 1000
        if bucket.side == "asset" and bucket.days > LONG_DAYS:
            sold_minor, got_minor = _sold(platform, bucket, cost_minor[bucket], day.number)
            cost_minor[bucket] -= sold_minor
            proceeds_minor += got_minor
    return [
        _position(platform, day, bucket, amount_minor + (proceeds_minor if bucket.code == PROCEEDS else 0))
        for bucket, amount_minor in cost_minor.items()
    ]


def _position(platform: Platform, day: Day, bucket: Bucket, amount_minor: int) -> tuple[int | str | bool, ...]:
    value_minor = amount_minor * _worth(platform, bucket, day.number) // 1_000_000
    rate, wait_days = _rate(platform, bucket, day.number), (bucket.days + 1) // 2
    return (day.at(17), bucket.side, bucket.code, bucket.currency, amount_minor, value_minor, rate, wait_days)


def _reference(platform: Platform, bucket: Bucket, from_day: int, to_day: int) -> NDArray[np.int64]:
    """int64[days]: the market's rate for such a term, with what funders ask; before the world as on its first day."""
    days = np.maximum(np.arange(from_day, to_day + 1), 0)
    rate = sum(
        platform.market[code][days] * part // 1000 for code, part in zip(RATE_SERIES, bucket.mix, strict=True)
    )
    asked = platform.market[FUNDING_SPREAD][days] if bucket.side == "funding" else 0
    return np.asarray(rate + asked, np.int64)


def _rate(platform: Platform, bucket: Bucket, day: int) -> int:
    """Average of the rates at which what stands today was placed."""
    if bucket.currency != "CNY":
        return DOLLAR_RATE
    placed = _reference(platform, bucket, day - bucket.days + 1, day)
    return int(placed.sum()) // len(placed) + bucket.spread_bp * BASIS_POINT


def _worth(platform: Platform, bucket: Bucket, day: int) -> int:
    """Market value per million of cost: less when rates have risen since, or the currency has fallen."""
    if bucket.currency != "CNY":
        dollar = platform.market["usd-cny"]
        return int(dollar[day] * 1_000_000 // dollar[0])
    placed = _reference(platform, bucket, day - bucket.days + 1, day)
    risen = int(placed[-1]) - int(placed.sum()) // len(placed)  # 1e-6 of the amount a year
    return max(0, 1_000_000 - risen * bucket.days // (2 * YEAR_DAYS))


def _sold(platform: Platform, bucket: Bucket, amount_minor: int, day: int) -> tuple[int, int]:
    """What of a long bucket was sold by now under rebalance-assets, and what it brought on the days it was sold."""
    if not platform.in_force("rebalance-assets", day):
        return 0, 0
    sold_minor = got_minor = 0
    for earlier in range(day + 1):
        by_now_minor = amount_minor * _moved_per_mille(platform, earlier) // 1000
        if by_now_minor > sold_minor:
            got_minor += (by_now_minor - sold_minor) * _worth(platform, bucket, earlier) // 1_000_000
            sold_minor = by_now_minor
    return sold_minor, got_minor


def _moved_per_mille(platform: Platform, day: int) -> int:
    """How much of the long assets the response has moved by a day."""
    last = day - SETTLE_DAYS
    doses = (platform.in_force("rebalance-assets", last - back) for back in range(MOVE_DAYS) if last >= back)
    return min(1000, sum(doses) // MOVE_DAYS)


SURROUNDING = Surrounding("money-market", (MARKET, TREASURY), _write)
