"""From samples to integer tables, and from tables to files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import POINTS, Table

Sample = NDArray[np.float64]

_LINE_WIDTH = 112


def quantile_points(sample: Sample, points: int = 0) -> tuple[int, ...]:
    """Integer quantiles of a sample at equal steps of probability.

    The two ends are set so that the outermost steps keep the mean of the values in them: a straight line to the
    largest value would make heavy tails heavier, and the largest value is somebody's row. Without ``points`` the
    finest grid with at least four values to a step is taken.
    """
    points = points or max((p for p in POINTS if 4 * (p - 1) <= len(sample)), default=POINTS[0])
    ordered = np.sort(sample)
    inner = np.quantile(ordered, np.linspace(0, 1, points))
    edge = max(1, round(len(ordered) / (points - 1)))
    low = 2 * float(ordered[:edge].mean()) - float(inner[1])
    high = 2 * float(ordered[-edge:].mean()) - float(inner[-2])
    inner[0] = np.clip(low, ordered[0], inner[1])
    inner[-1] = np.clip(high, inner[-2], ordered[-1])
    return tuple(int(value) for value in np.rint(inner))


def per_mille(values: Sample) -> tuple[int, ...]:
    """Positive factors around one, per mille."""
    return tuple(max(1, int(value)) for value in np.rint(1000 * values))


def shares(counts: NDArray[np.int64] | Sample, total: int = 10_000) -> tuple[int, ...]:
    """Counts as weights of ``total`` in all, but for rounding."""
    return tuple(int(value) for value in np.rint(np.asarray(counts, np.float64) * total / counts.sum()))


def as_toml(made: Table) -> str:
    """The file of a table; ``fitted.tables.parsed`` reads it back."""
    lines = [
        f'shape = "{made.shape.value}"',
        f"title = {_words(made.title)}",
        f"source = {_text(made.source)}",
        f"fitted_on = {_words(made.fitted_on)}",
        f"rows = {made.rows}",
        f"unit = {_text(made.unit)}",
        f"scale = {_words(made.scale)}",
        *_list("values", made.values),
        *(_list("labels", made.labels) if made.labels else ()),
    ]
    if made.parameters:
        lines += ["", "[parameters]", *(f"{name} = {value}" for name, value in made.parameters.items())]
    return "\n".join(lines) + "\n"


def _words(words: Words) -> str:
    return f"{{ en = {_text(words.en)}, zh = {_text(words.zh)} }}"


def _text(text: str) -> str:
    assert '"' not in text, text
    assert "\\" not in text, text
    return f'"{text}"'


def _list(name: str, values: tuple[int, ...]) -> list[str]:
    lines, line = [f"{name} = ["], "   "
    for value in values:
        if len(line) + len(f" {value},") > _LINE_WIDTH:
            lines.append(line)
            line = "   "
        line += f" {value},"
    return [*lines, line, "]"]
