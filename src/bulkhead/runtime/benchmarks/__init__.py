"""Measurements, one module each: ours and its references side by side in the same run.

A module offers ``run(data, rows) -> Benchmark``; ``data`` is a file of card payments, or None for a seeded stream,
``rows`` how many movements, or None for its own number.
"""

from __future__ import annotations

import importlib
import pkgutil
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bulkhead.kernel.errors import BadInput


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with the range it was seen in, and what others reached in the same run."""

    metric: str
    unit: str
    ours: float
    low: float
    high: float
    references: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a measurement found. ``notes`` say on what, with how many threads, and what was checked."""

    name: str
    metrics: tuple[Metric, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Run = Callable[[Path | None, int | None], Benchmark]


def metric_of(name: str, unit: str, values: list[float], references: Mapping[str, float] | None = None) -> Metric:
    """A metric from repeated runs: their median, lowest and highest."""
    return Metric(name, unit, statistics.median(values), min(values), max(values), references or {})


def names() -> tuple[str, ...]:
    """The benchmarks there are."""
    return tuple(
        sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    )


def find(name: str) -> Run:
    """The ``run`` of a benchmark. Raises ``BadInput`` for a name that is none."""
    if name not in names():
        raise BadInput(f"There is no benchmark {name[:40]!r}; there are: {', '.join(names())}.")
    run: Run = importlib.import_module(f"{__name__}.{name}").run
    return run
