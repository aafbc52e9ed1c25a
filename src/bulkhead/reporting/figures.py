"""Charts as data: what is drawn, in which units, and what it is called. ``drawing`` makes the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.values import COUNT, NUMBER, SHARE, Unit

ECDF_POINTS_MAX = 200
TONES = ("notice", "warn", "ok", "alarm", "plain")


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis counts. ``log``: by powers of ten, for values above zero."""

    title: Words
    unit: Unit = NUMBER
    log: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y) from left to right, y None for a gap; ``low`` and ``high`` bound a band at the same xs."""

    name: Words
    points: tuple[tuple[float, float | None], ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    tone: str = "notice"
    dashed: bool = False
    step: bool = False  # a value stands until the next one

    def __post_init__(self) -> None:
        assert self.tone in TONES, self.tone
        assert len(self.low) == len(self.high), "a band has two sides"
        assert len(self.low) in (0, len(self.points)), "a band is as long as its line"


@dataclass(frozen=True, slots=True)
class Sign:
    """A vertical line at ``x`` that says what happened there."""

    x: float
    label: Words
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over one x axis. ``from_zero``: y begins at zero even where no value is near it. ``low``: less high."""

    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    signs: tuple[Sign, ...] = ()
    from_zero: bool = True
    low: bool = False


@dataclass(frozen=True, slots=True)
class BarRow:
    """Bars of one colour, a value for each label; ``low`` and ``high`` bound the whiskers."""

    name: Words
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    tone: str = "notice"


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars: a group for each label, in it one bar of every row."""

    value: Axis
    labels: tuple[Words, ...]
    rows: tuple[BarRow, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            assert len(row.values) == len(self.labels), "a value for each label"
            assert len(row.low) == len(row.high), "whiskers have two ends"
            assert len(row.low) in (0, len(self.labels)), "whiskers for all or none"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Outlines over the same ``edges`` (n + 1 of them for n values a shape), as shares of each whole."""

    x: Axis
    edges: tuple[float, ...]
    shapes: tuple[tuple[Words, tuple[float, ...]], ...]
    y: Axis = Axis(Words("Share", "占比"), SHARE)

    def __post_init__(self) -> None:
        assert all(len(shape) + 1 == len(self.edges) for _, shape in self.shapes), "an edge more than values"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing on a timeline, from ``at`` to ``until`` (the same for a moment)."""

    lane: Words
    at: float
    label: Words
    until: float | None = None
    tone: str = "notice"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events in lanes over one axis of time; lanes stand in the order in which they first occur."""

    x: Axis
    events: tuple[Event, ...]


Chart = Lines | Bars | Histogram | Timeline


def ecdf_pair(x: Axis, *, real: Sequence[float], simulated: Sequence[float]) -> Lines:
    """The cumulative shares of two samples of any size, thinned to ``ECDF_POINTS_MAX`` points each."""
    names = (Words("real", "真实数据"), Words("simulated", "仿真数据"))
    lines = tuple(
        Line(name, _cumulated(sample), tone=tone, dashed=dashed, step=True)
        for name, sample, tone, dashed in zip(
            names, (real, simulated), ("plain", "notice"), (False, True), strict=True
        )
    )
    return Lines(x, Axis(Words("Share at or below", "累计占比"), SHARE), lines)


def histogram_pair(x: Axis, edges: Sequence[float], *, real: Sequence[int], simulated: Sequence[int]) -> Histogram:
    """Two samples counted into the same bins (n counts for n + 1 edges), each as shares of its own total."""
    names = (Words("real", "真实数据"), Words("simulated", "仿真数据"))
    shares = [tuple(count / max(1, sum(counts)) for count in counts) for counts in (real, simulated)]
    return Histogram(x, tuple(edges), tuple(zip(names, shares, strict=True)))


def count_axis(en: str, zh: str) -> Axis:
    """An axis of whole numbers."""
    return Axis(Words(en, zh), COUNT)


def _cumulated(sample: Sequence[float]) -> tuple[tuple[float, float | None], ...]:
    """(value, share of the sample at or below it), at evenly spaced ranks; its first and last value among them."""
    ordered = sorted(sample)
    size = len(ordered)
    if size <= ECDF_POINTS_MAX:
        ranks = list(range(size))
    else:
        ranks = [round(i * (size - 1) / (ECDF_POINTS_MAX - 1)) for i in range(ECDF_POINTS_MAX)]
    return tuple((float(ordered[rank]), (rank + 1) / size) for rank in ranks)
