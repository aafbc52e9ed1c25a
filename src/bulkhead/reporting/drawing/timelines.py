"""Timelines: lanes of moments and spans whose labels never run into each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bulkhead.kernel.reasons import Language
from bulkhead.reporting.drawing.canvas import WIDTH, Canvas, shortened, text_width
from bulkhead.reporting.drawing.frame import axis_title, draw_x_axis
from bulkhead.reporting.drawing.scales import Scale, scale_of, ticks_said
from bulkhead.reporting.figures import Event, Timeline

_ROW_PX, _LANE_PX, _BOTTOM_PX = 22.0, 10.0, 44.0
_LANE_WIDTH_MAX, _LABEL_WIDTH_MAX = 130.0, 300.0


@dataclass(frozen=True, slots=True)
class _Placed:
    event: Event
    row: int
    label: str
    side: Literal["right", "left", "inside"]  # where the label stands


def draw_timeline(chart: Timeline, language: Language) -> Canvas:
    """Each lane as high as its labels need."""
    lanes = list(dict.fromkeys(event.lane for event in chart.events))
    names = [shortened(lane[language], _LANE_WIDTH_MAX) for lane in lanes]
    left = max((text_width(name) for name in names), default=0.0) + 18.0
    times = [t for event in chart.events for t in (event.at, event.until) if t is not None]
    x = scale_of(chart.x, times, ticks=7).placed(left, WIDTH - 16.0)
    placed = [_laid_out([event for event in chart.events if event.lane == lane], x, language) for lane in lanes]
    heights = [(1 + max(one.row for one in lane)) * _ROW_PX + _LANE_PX for lane in placed]
    canvas = Canvas(sum(heights) + _BOTTOM_PX + 8.0)
    bottom = canvas.height - _BOTTOM_PX
    for tick in x.ticks:
        canvas.line(x.at(tick), 4.0, x.at(tick), bottom, "grid")
    top = 4.0
    for name, lane, height in zip(names, placed, heights, strict=True):
        canvas.text(4.0, top + _LANE_PX / 2 + 15.0, name, "text strong")
        canvas.line(0.0, top + height, WIDTH, top + height, "grid")
        for one in lane:
            _draw(canvas, one, x, top + _LANE_PX / 2 + one.row * _ROW_PX + 11.0)
        top += height
    draw_x_axis(canvas, x, ticks_said(x, chart.x.unit, language), axis_title(chart.x, language), bottom)
    return canvas


def _laid_out(events: list[Event], x: Scale, language: Language) -> list[_Placed]:
    taken: list[list[tuple[float, float]]] = []  # by row, what is taken of it
    placed = []
    for event in sorted(events, key=lambda event: event.at):
        label = shortened(event.label[language], _LABEL_WIDTH_MAX)
        first, last = _ends(event, x)
        width = text_width(label) + 12.0
        side: Literal["right", "left", "inside"] = "right"
        span = (first - 6.0, last + width)
        if last + width > WIDTH:
            side, span = (
                ("left", (first - width, last + 6.0)) if first - width > x.start else ("inside", (first, last))
            )
        row = next((i for i, spans in enumerate(taken) if all(_apart(span, other) for other in spans)), len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append(span)
        placed.append(_Placed(event, row, label, side))
    return placed


def _ends(event: Event, x: Scale) -> tuple[float, float]:
    return x.at(event.at), x.at(event.at if event.until is None else event.until)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[1] + 4.0 < other[0] or other[1] + 4.0 < one[0]


def _draw(canvas: Canvas, one: _Placed, x: Scale, y: float) -> None:
    event = one.event
    first, last = _ends(event, x)
    if event.until is not None:
        canvas.bar(first, last, y - 8.0, 16.0, f"span tone-{event.tone}")
    else:
        canvas.dot(first, y, f"dot tone-{event.tone}")
    at, anchor = {"left": (first - 9.0, "end"), "right": (last + 9.0, "start"), "inside": (first + 6.0, "start")}[
        one.side
    ]
    canvas.text(at, y + 4.0, one.label, "text", anchor)
