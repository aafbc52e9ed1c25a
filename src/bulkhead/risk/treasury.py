"""Sums over the rows of the stream ``treasury`` that several indicators read."""

from __future__ import annotations

import numpy as np

from bulkhead.risk.days import ratio
from bulkhead.risk.facts import Daily, Facts, Table

RATE_PER_BP = 100  # the stream's rates are 1e-4 of a percent a year


def side(facts: Facts, name: str) -> Table:
    """The rows of one side, ``asset`` or ``funding``."""
    table = facts.table("treasury")
    return table.where(table.labels("side").among(name))


def side_rate_bp(facts: Facts, name: str) -> Daily:
    """float64[days]: the average rate of a side in basis points a year, weighted by amount."""
    rows = side(facts, name)
    amount = rows.numbers("amount_minor").astype(np.float64)
    return ratio(rows.per_day(amount * rows.numbers("rate")), rows.per_day(amount)) / RATE_PER_BP
