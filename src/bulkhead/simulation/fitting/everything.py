"""All fits in one list."""

from __future__ import annotations

from pathlib import Path

from bulkhead.simulation.fitted.tables import Table
from bulkhead.simulation.fitting import accounts, fund, loans, markets, panel, payments


def fit_all(data: Path) -> list[Table]:
    """Every table, by code. Raises ``BadInput`` where a file of the data is missing."""
    made = [table for source in (accounts, loans, fund, payments, panel, markets) for table in source.fit(data)]
    codes = [table.code for table in made]
    assert len(set(codes)) == len(codes), "two fits have one code"
    return sorted(made, key=lambda table: table.code)
