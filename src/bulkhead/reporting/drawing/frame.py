"""What surrounds every plot: axes with ticks, titles and units, grid lines, and the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.kernel.reasons import Language
from bulkhead.reporting.drawing.canvas import WIDTH, Canvas, text_width
from bulkhead.reporting.drawing.scales import Scale, ticks_said
from bulkhead.reporting.figures import Axis

LEGEND_PX, ROW_PX = 22.0, 18.0
_RIGHT_PX, _BOTTOM_PX, _TICK_PX = 22.0, 44.0, 8.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the legend: a sample of the shape (``line`` or ``area``) and its name."""

    name: str
    css: str
    area: bool = False


def axis_title(axis: Axis, language: Language) -> str:
    """``Losses (yuan)``, ``损失（元）``."""
    unit, title = axis.unit.name(language), axis.title[language]
    if not unit:
        return title
    return f"{title}（{unit}）" if language == "zh" else f"{title} ({unit})"


def legend(canvas: Canvas, entries: Sequence[Entry]) -> float:
    """Draw the legend from the top; gives the height it takes. One entry needs none."""
    if len(entries) < 2:
        return 0.0
    x, y = 4.0, 14.0
    for entry in entries:
        width = 32.0 + text_width(entry.name) + 18.0
        if x + width > canvas.width and x > 4.0:
            x, y = 4.0, y + ROW_PX
        if entry.area:
            canvas.bar(x, x + 22.0, y - 9.0, 10.0, entry.css)
        else:
            canvas.line(x, y - 4.0, x + 22.0, y - 4.0, entry.css)
        canvas.text(x + 28.0, y, entry.name)
        x += width
    return y + 8.0


@dataclass(frozen=True, slots=True)
class Plot:
    """The inner part, and the scales of its two sides."""

    x: Scale
    y: Scale
    left: float
    right: float
    top: float
    bottom: float


def plot_frame(
    canvas: Canvas, axes: tuple[Axis, Axis], scales: tuple[Scale, Scale], language: Language, top: float
) -> Plot:
    """Draw axes and grid for (x, y) and give the place between them."""
    texts_x, texts_y = (ticks_said(scale, axis.unit, language) for scale, axis in zip(scales, axes, strict=True))
    left = max((text_width(text) for text in texts_y), default=0.0) + _TICK_PX + 6.0
    left = max(left, text_width(texts_x[0]) / 2 if texts_x else 0.0)
    right, bottom, top = WIDTH - _RIGHT_PX, canvas.height - _BOTTOM_PX, top + 24.0
    x, y = scales[0].placed(left, right), scales[1].placed(bottom, top)
    canvas.text(4.0, top - 11.0, axis_title(axes[1], language), "text muted")
    for value, text in zip(y.ticks, texts_y, strict=True):
        canvas.line(left, y.at(value), right, y.at(value), "grid")
        canvas.text(left - _TICK_PX, y.at(value) + 4.0, text, "text muted", "end")
    draw_x_axis(canvas, x, texts_x, axis_title(axes[0], language), bottom)
    return Plot(x, y, left, right, top, bottom)


def draw_x_axis(canvas: Canvas, x: Scale, texts: Sequence[str], title: str, bottom: float) -> None:
    """The lower side: ticks that do not run into each other, and its title beneath."""
    canvas.line(x.start, bottom, x.end, bottom, "axis")
    taken = -WIDTH
    for value, text in zip(x.ticks, texts, strict=True):
        at, half = x.at(value), text_width(text) / 2
        canvas.line(at, bottom, at, bottom + 4.0, "axis")
        if at - half > taken + 6.0 and at + half <= WIDTH:
            canvas.text(at, bottom + 18.0, text, "text muted", "middle")
            taken = at + half
    canvas.text((x.start + x.end) / 2, bottom + 37.0, title, "text muted", "middle")
