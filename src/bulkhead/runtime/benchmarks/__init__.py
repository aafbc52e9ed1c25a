"""Measurements, one module each: ours and its references side by side in the same run.

A module offers ``run(data, rows) -> Benchmark``; ``data`` is a file of card payments, or None for a seeded stream,
``rows`` how many movements, or None for its own number. Rooms above have packages of the same shape.
"""

from __future__ import annotations

import importlib
import pkgutil
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
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


def names(packages: Iterable[ModuleType]) -> tuple[str, ...]:
    """The benchmarks there are in these packages."""
    return tuple(sorted(_modules(packages)))


def find(name: str, packages: Iterable[ModuleType]) -> Run:
    """The ``run`` of a benchmark. Raises ``BadInput`` for a name that is none."""
    modules = _modules(packages)
    if name not in modules:
        raise BadInput(f"There is no benchmark {name[:40]!r}; there are: {', '.join(sorted(modules))}.")
    run: Run = importlib.import_module(modules[name]).run
    return run


def _modules(packages: Iterable[ModuleType]) -> dict[str, str]:
    """Name -> module; those that begin with an underscore are parts of others."""
    return {
        module.name: f"{package.__name__}.{module.name}"
        for package in packages
        for module in pkgutil.iter_modules(package.__path__)
        if not module.name.startswith("_")
    }
