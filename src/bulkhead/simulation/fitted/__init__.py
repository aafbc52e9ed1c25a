"""What was fitted to real data: small integer tables, each with its source, never a row of it."""

from bulkhead.simulation.fitted.tables import (
    QuantileTable,
    Shape,
    Table,
    codes,
    factors,
    labels,
    parameters,
    quantiles,
    table,
    weights,
)

__all__ = (
    "QuantileTable",
    "Shape",
    "Table",
    "codes",
    "factors",
    "labels",
    "parameters",
    "quantiles",
    "table",
    "weights",
)
