"""The market's day, and how the platform's own money is placed and funded.

The platform's own money is not clients' money: none of it lies with the custodian.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

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
        "amount_minor": Kind.MINOR,  # at cost, in yuan at the day's rate of exchange
        "market_value_minor": Kind.MINOR,
        "rate": Kind.NUMBER,  # 1e-4 of a percent a year, average of what is placed or borrowed
        "reprices_in_days": Kind.NUMBER,  # on average, until the rate is set anew
    },
)
