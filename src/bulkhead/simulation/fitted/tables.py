"""The fitted tables of this folder, read, checked and kept: quantiles, weights, factors and parameters.

One file a table, named for its code. ``bulkhead.simulation.fitting`` makes them again from the data.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words

POINTS = (17, 33, 65, 129)  # 2**k + 1: the position of a draw is k of its bits
_FRACTION_BITS = 24
_SPAN_MAX = 1 << (63 - _FRACTION_BITS)  # the largest step between points that cannot overflow


class Shape(Enum):
    """What the integers of a table are."""

    QUANTILES = "quantiles"  # never falling: values at the probabilities 0, 1/k … 1
    WEIGHTS = "weights"  # not negative, not all zero
    FACTORS = "factors"  # positive per mille (or as ``unit`` says), one for each label


@dataclass(frozen=True, slots=True)
class Table:
    """One fitted table and where it comes from."""

    code: str
    shape: Shape
    title: Words
    source: str
    fitted_on: Words  # which part of the source, by which method
    rows: int  # how many observations
    unit: str
    scale: Words  # from the source's unit to ours, and why so
    values: tuple[int, ...]
    labels: tuple[int, ...] = ()  # what each weight or factor stands for, where it is a number
    parameters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuantileTable:
    """Draws from a fitted distribution, by straight lines between its quantiles."""

    points: NDArray[np.int64]

    def at(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        """int64[n]: the value at the probability ``word / 2**64``, rounded down."""
        bits = (len(self.points) - 1).bit_length() - 1
        place = (words >> np.uint64(64 - bits)).astype(np.int64)
        rest = (words << np.uint64(bits)) >> np.uint64(64 - _FRACTION_BITS)
        low = self.points[place]
        step = self.points[place + 1] - low
        return low + (step * rest.astype(np.int64) >> _FRACTION_BITS)

    @property
    def median(self) -> int:
        return int(self.points[len(self.points) // 2])


def codes() -> tuple[str, ...]:
    """The tables there are."""
    folder = files("bulkhead.simulation.fitted")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def table(code: str) -> Table:
    """A table by its code. Raises ``BadInput`` where there is none, or its file breaks a rule of its shape."""
    file = files("bulkhead.simulation.fitted") / f"{code}.toml"
    if not file.is_file():
        raise BadInput(f"There is no fitted table {code[:40]!r}; there are: {', '.join(codes())}.")
    return parsed(code, file.read_text(encoding="utf-8"))


@cache
def quantiles(code: str) -> QuantileTable:
    return QuantileTable(np.array(_values(code, Shape.QUANTILES), np.int64))


def weights(code: str) -> tuple[int, ...]:
    return _values(code, Shape.WEIGHTS)


def factors(code: str) -> tuple[int, ...]:
    return _values(code, Shape.FACTORS)


def labels(code: str) -> tuple[int, ...]:
    """What each value of a table of weights or factors stands for."""
    return table(code).labels


def parameters(code: str) -> Mapping[str, int]:
    """Named integers that belong to a table, such as persistence per mille."""
    return table(code).parameters


def parsed(code: str, text: str) -> Table:
    """A table from its file's text. Raises ``BadInput`` for one that cannot be used."""
    try:
        raw = tomllib.loads(text)
        made = Table(
            code=code,
            shape=Shape(raw["shape"]),
            title=_words(raw["title"]),
            source=raw["source"],
            fitted_on=_words(raw["fitted_on"]),
            rows=raw["rows"],
            unit=raw["unit"],
            scale=_words(raw["scale"]),
            values=tuple(raw["values"]),
            labels=tuple(raw.get("labels", ())),
            parameters=raw.get("parameters", {}),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as problem:
        raise BadInput(f"The fitted table {code} cannot be read: {problem}.") from problem
    fault = _fault(made)
    if fault:
        raise BadInput(f"The fitted table {code} {fault}.")
    return made


def _values(code: str, shape: Shape) -> tuple[int, ...]:
    found = table(code)
    if found.shape is not shape:
        raise BadInput(f"The fitted table {code} holds {found.shape.value}, not {shape.value}.")
    return found.values


def _words(raw: dict[str, Any]) -> Words:
    return Words(en=raw["en"], zh=raw["zh"])


def _fault(made: Table) -> str:
    """What is wrong with a table, or ""."""
    texts = (made.source, made.unit, made.fitted_on.en, made.fitted_on.zh, made.scale.en, made.scale.zh)
    numbers = (made.rows, *made.values, *made.labels, *made.parameters.values())
    if not all(text.strip() for text in texts):
        return "does not say its source, unit and scale"
    if not all(type(number) is int for number in numbers) or made.rows <= 0:
        return "holds something else than whole numbers, or no rows"
    if made.labels and len(made.labels) != len(made.values):
        return "has not one label for each value"
    return _fault_of_shape(made)


def _fault_of_shape(made: Table) -> str:
    if made.shape is Shape.QUANTILES:
        steps = [after - before for before, after in zip(made.values, made.values[1:], strict=False)]
        if len(made.values) not in POINTS:
            return f"has {len(made.values)} points; it must be one of {POINTS}"
        if any(not 0 <= step < _SPAN_MAX for step in steps):
            return "falls somewhere, or leaps too far"
    elif min(made.values, default=-1) < 0 or sum(made.values) <= 0:
        return "needs values that are not negative and not all zero"
    elif made.shape is Shape.FACTORS and min(made.values) == 0:
        return "has a factor of zero"
    return ""
