"""Exact sliding windows: our kernel beside DuckDB's RANGE windows and Polars' rolling ones, one thread each.

All three get the same rows: payer and payee histories, five windows from five minutes to thirty days, count, sum,
mean, standard deviation and max; ours and DuckDB also the distinct counterparties, which Polars has no window for.
Before anything is timed, ours is compared with DuckDB cell by cell. Equal times are told apart by adding the
sequence in microseconds, because SQL's RANGE would let a row see later ones of the same moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.features import WINDOWS, Feature
from bulkhead.analysis.windows import Windows, plan
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import BATCH_ROWS_MAX, MOVEMENT, MovementBatch
from bulkhead.runtime.benchmarks import Benchmark, Metric, metric_of
from bulkhead.runtime.benchmarks._stream import movements, on_one_account

ROWS = 1_000_000
HOT_ROWS = 100_000  # all paid by one account
CHECKED_ROWS = 50_000
REPEATS = 3
KEYS = ("payer", "payee")
AGGREGATES = ("count", "sum", "mean", "std", "max", "distinct")
STD_RELATIVE_MAX = 1e-9
_SQL = {
    "count": "count(*)",
    "sum": "sum(amount)",
    "mean": "avg(amount)",
    "std": "stddev_samp(amount)",
    "max": "max(amount)",
    "distinct": "count(DISTINCT {other})",
}


def run(data: Path | None, rows: int | None = None) -> Benchmark:
    """Check equality with DuckDB, then measure all three. Raises ``BadInput`` without the bench extra."""
    duckdb, polars = _references()
    batches = movements(data, rows or ROWS)
    features = tuple(Feature(key, name, window) for key in KEYS for name in AGGREGATES for window in WINDOWS)
    whole, effective_us = _rows(batches)
    checked = _check(duckdb, whole[:CHECKED_ROWS], effective_us[:CHECKED_ROWS], features)
    hot_rows, hot_us = _rows([on_one_account(batch) for batch in batches])
    metrics = (
        _measure("windows_rows_per_s", (duckdb, polars), whole, effective_us, features),
        _measure("windows_hot_rows_per_s", (duckdb, polars), hot_rows[:HOT_ROWS], hot_us[:HOT_ROWS], features),
    )
    return Benchmark("windows", metrics, _notes(data, len(whole), len(features), checked))


def _measure(
    name: str,
    references: tuple[Any, Any],
    rows: NDArray[np.void],
    effective_us: NDArray[np.int64],
    features: tuple[Feature, ...],
) -> Metric:
    """All three on the same rows; the references once, because they take long."""
    duckdb, polars = references
    ours = [len(rows) / _seconds(lambda: _stream_ours(rows, effective_us, features)) for _ in range(REPEATS)]
    theirs = {
        "duckdb": len(rows) / _seconds(lambda: _duckdb(duckdb, rows, effective_us, features)),
        "polars": len(rows) / _seconds(lambda: _polars(polars, rows, effective_us)),
    }
    return metric_of(name, "rows/s", ours, theirs)


def _references() -> tuple[Any, Any]:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read once, when it is imported
    try:
        import duckdb
        import polars
    except ImportError:
        raise BadInput("The references are not installed; `pip install bulkhead[bench]` brings them.") from None
    return duckdb, polars


def _rows(batches: list[MovementBatch]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Rows with dense numbers for payers and payees, and their times with ties broken by sequence."""
    numbers: dict[str, int] = {}
    parts = []
    for batch in batches:
        rows = batch.rows.copy()
        own = np.array([numbers.setdefault(name, len(numbers)) for name in batch.names], np.int32)
        for column in ("payer", "payee"):
            rows[column] = own[rows[column]]
        parts.append(rows)
    rows = np.concatenate(parts).astype(MOVEMENT)
    effective_us = np.maximum.accumulate(rows["event_us"]) + np.arange(len(rows))
    return rows, effective_us


def _stream_ours(
    rows: NDArray[np.void],
    effective_us: NDArray[np.int64],
    features: tuple[Feature, ...],
    keep: Callable[[NDArray[np.float64]], None] = lambda values: None,
) -> None:
    """Batch after batch into one buffer, as the engine does; ``keep`` sees each batch's values."""
    windows, wanted = Windows(), plan(features)
    out = np.empty((BATCH_ROWS_MAX, len(features)), np.float64)
    attempts = np.ones(BATCH_ROWS_MAX, np.uint8)
    for start in range(0, len(rows), BATCH_ROWS_MAX):
        part = rows[start : start + BATCH_ROWS_MAX]
        count = len(part)
        windows.update(part, effective_us[start : start + count], attempts[:count], wanted, out[:count])
        keep(out[:count])


def _ours(
    rows: NDArray[np.void], effective_us: NDArray[np.int64], features: tuple[Feature, ...]
) -> NDArray[np.float64]:
    parts: list[NDArray[np.float64]] = []
    _stream_ours(rows, effective_us, features, lambda values: parts.append(values.copy()))
    return np.concatenate(parts)


def _duckdb(
    duckdb: Any, rows: NDArray[np.void], effective_us: NDArray[np.int64], features: tuple[Feature, ...]
) -> dict[str, NDArray[Any]]:
    connection = duckdb.connect(config={"threads": 1})
    table = {
        "moment": effective_us,
        "amount": rows["amount_minor"],
        "payer": rows["payer"],
        "payee": rows["payee"],
    }
    connection.register("movement", {name: np.ascontiguousarray(column) for name, column in table.items()})
    columns, frames = [], []
    for feature in features:
        assert feature.window is not None, "only windows are measured"
        other = "payee" if feature.key == "payer" else "payer"
        call = _SQL[feature.aggregate].format(other=other)
        columns.append(f'{call} OVER {feature.key}_{feature.window} AS "{feature.name}"')
    for key in KEYS:
        for window, seconds in WINDOWS.items():
            frame = f"RANGE BETWEEN {seconds * 1_000_000} PRECEDING AND CURRENT ROW"
            frames.append(f"{key}_{window} AS (PARTITION BY {key} ORDER BY moment {frame})")
    query = f"SELECT {', '.join(columns)} FROM movement WINDOW {', '.join(frames)} ORDER BY moment"
    found: dict[str, NDArray[Any]] = connection.execute(query).fetchnumpy()
    return found


def _polars(polars: Any, rows: NDArray[np.void], effective_us: NDArray[np.int64]) -> Any:
    """Everything but ``distinct``: Polars' strongest form, rolling by time over each key, in one thread."""
    frame = polars.DataFrame(
        {
            "at": effective_us.view("datetime64[us]"),
            "amount": rows["amount_minor"].astype(np.float64),
            "one": np.ones(len(rows), np.float64),
            "payer": rows["payer"],
            "payee": rows["payee"],
        }
    )
    columns = []
    for key in KEYS:
        for window, seconds in WINDOWS.items():
            size = {"window_size": f"{seconds}s", "closed": "both"}
            for name in ("sum", "mean", "std", "max"):
                rolled = getattr(polars.col("amount"), f"rolling_{name}_by")("at", **size)
                columns.append(rolled.over(key).alias(f"{key}.{name}_{window}"))
            counted = polars.col("one").rolling_sum_by("at", **size)
            columns.append(counted.over(key).alias(f"{key}.count_{window}"))
    return frame.select(columns)


def _check(
    duckdb: Any, rows: NDArray[np.void], effective_us: NDArray[np.int64], features: tuple[Feature, ...]
) -> int:
    """Compare every cell with DuckDB; gives their number. An inequality is a bug, so it is asserted."""
    ours, theirs = _ours(rows, effective_us, features), _duckdb(duckdb, rows, effective_us, features)
    for column, feature in enumerate(features):
        found = np.ma.filled(np.ma.asarray(theirs[feature.name], np.float64), np.nan)
        if feature.aggregate in ("mean", "std"):
            np.testing.assert_allclose(
                ours[:, column], found, rtol=STD_RELATIVE_MAX, atol=1e-6, err_msg=feature.name
            )
        else:
            np.testing.assert_array_equal(ours[:, column], found, err_msg=feature.name)
    return ours.size


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def _notes(data: Path | None, rows: int, features: int, checked: int) -> tuple[str, ...]:
    import polars

    return (
        f"{rows:,} rows of {data.name if data else 'a seeded stream'}, and {HOT_ROWS:,} of them paid by one account; "
        f"{features} features over payer and payee; {checked:,} cells equal DuckDB's ({STD_RELATIVE_MAX:g} relative "
        "for mean and std, exactly otherwise).",
        f"Ours and DuckDB on one thread, Polars on {polars.thread_pool_size()}, all on the same rows; the references "
        "are timed once. Polars is measured without distinct, which it has no window for.",
    )
