"""Lines with their bands, and outlines of histograms."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bulkhead.kernel.reasons import Language
from bulkhead.reporting.drawing.canvas import WIDTH, Canvas, shortened, text_width
from bulkhead.reporting.drawing.frame import ROW_PX, Entry, Plot, legend, plot_frame
from bulkhead.reporting.drawing.scales import Scale, scale_of
from bulkhead.reporting.figures import Histogram, Line, Lines, Sign

HEIGHT, LOW_HEIGHT = 320.0, 230.0
_SIGN_WIDTH_MAX = 220.0
_SHAPE_TONES = ("plain", "notice", "warn", "ok")

Place = tuple[float, float]


def draw_lines(chart: Lines, language: Language) -> Canvas:
    """Lines, their bands beneath them, and what happened when."""
    xs = [x for line in chart.lines for x, _ in line.points] + [sign.x for sign in chart.signs]
    ys = [
        y for line in chart.lines for y in (*(y for _, y in line.points if y is not None), *line.low, *line.high)
    ]
    x = scale_of(chart.x, xs, ticks=7, exact=not chart.x.log)
    y = scale_of(chart.y, ys, ticks=3 if chart.low else 5, with_zero=chart.from_zero)
    rows = _sign_rows(chart.signs, x.placed(60.0, 698.0), language)
    signs_px = (max(rows, default=-1) + 1) * ROW_PX
    canvas = Canvas((LOW_HEIGHT if chart.low else HEIGHT) + signs_px)
    entries = [Entry(line.name[language], f"stroke {_css(line)}") for line in chart.lines]
    plot = plot_frame(canvas, (chart.x, chart.y), (x, y), language, legend(canvas, entries) + signs_px)
    for line in chart.lines:
        if line.low:
            canvas.path(_band(line, plot), f"band tone-{line.tone}", closed=True)
    _draw_signs(canvas, chart.signs, rows, plot, language)
    for line in chart.lines:
        for stretch in _stretches(line, plot):
            canvas.path(stretch, f"stroke {_css(line)}")
    return canvas


def draw_histogram(chart: Histogram, language: Language) -> Canvas:
    """Outlines over the same bins, the areas beneath them tinted."""
    shares = [share for _, shape in chart.shapes for share in shape]
    x = scale_of(chart.x, chart.edges, ticks=7, exact=not chart.x.log)
    y = scale_of(chart.y, shares, ticks=5, with_zero=True)
    canvas = Canvas(HEIGHT)
    tones = [_SHAPE_TONES[i % len(_SHAPE_TONES)] for i in range(len(chart.shapes))]
    entries = [
        Entry(name[language], f"area tone-{tone}", area=True)
        for (name, _), tone in zip(chart.shapes, tones, strict=True)
    ]
    plot = plot_frame(canvas, (chart.x, chart.y), (x, y), language, legend(canvas, entries))
    for (_, shape), tone in zip(chart.shapes, tones, strict=True):
        outline = [
            (plot.x.at(edge), plot.y.at(share)) for i, share in enumerate(shape) for edge in chart.edges[i : i + 2]
        ]
        ends = [(plot.x.at(chart.edges[0]), plot.bottom), (plot.x.at(chart.edges[-1]), plot.bottom)]
        canvas.path([ends[0], *outline, ends[1]], f"area tone-{tone}", closed=True)
    return canvas


def _css(line: Line) -> str:
    return f"tone-{line.tone}{' dashed' if line.dashed else ''}"


def _band(line: Line, plot: Plot) -> list[Place]:
    xs = [plot.x.at(x) for x, _ in line.points]
    upper = [(x, plot.y.at(high)) for x, high in zip(xs, line.high, strict=True)]
    lower = [(x, plot.y.at(low)) for x, low in zip(xs, line.low, strict=True)]
    return upper + lower[::-1]


def _stretches(line: Line, plot: Plot) -> Iterator[list[Place]]:
    """The parts of a line between its gaps."""
    stretch: list[Place] = []
    for x, y in line.points:
        if y is None or not math.isfinite(y):
            yield stretch
            stretch = []
            continue
        place = (plot.x.at(x), plot.y.at(y))
        if line.step and stretch:
            stretch.append((place[0], stretch[-1][1]))
        stretch.append(place)
    yield stretch


def _sign_rows(signs: tuple[Sign, ...], x: Scale, language: Language) -> list[int]:
    """In which row above the plot each label stands, so that none runs into another."""
    starts: list[float] = []  # by row, where its leftmost label begins
    rows = [0] * len(signs)
    # From the right, the lowest row first: then no line of a sign runs through another's label.
    for i in sorted(range(len(signs)), key=lambda i: signs[i].x, reverse=True):
        at, width = x.at(signs[i].x), min(text_width(signs[i].label[language]), _SIGN_WIDTH_MAX)
        left, right = (at - width, at) if _to_left(at, width) else (at, at + width)
        row = next((i for i, start in enumerate(starts) if right + 12.0 < start), len(starts))
        starts[row : row + 1] = [left]
        rows[i] = row
    return rows


def _to_left(at: float, width: float) -> bool:
    return at + width + 5.0 > WIDTH


def _draw_signs(canvas: Canvas, signs: tuple[Sign, ...], rows: list[int], plot: Plot, language: Language) -> None:
    for sign, row in zip(signs, rows, strict=True):
        at, y = plot.x.at(sign.x), plot.top - 30.0 - row * ROW_PX
        canvas.line(at, y - 10.0, at, plot.bottom, f"sign tone-{sign.tone}")
        label = shortened(sign.label[language], _SIGN_WIDTH_MAX)
        to_left = _to_left(at, text_width(label))
        canvas.text(at - 5.0 if to_left else at + 5.0, y, label, "text", "end" if to_left else "start")
