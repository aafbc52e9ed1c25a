"""Horizontal bars with whiskers: long labels keep their room, and a zero line shows which side a value is on."""

from __future__ import annotations

from bulkhead.kernel.reasons import Language
from bulkhead.reporting.drawing.canvas import Canvas, text_width, wrapped
from bulkhead.reporting.drawing.frame import Entry, axis_title, draw_x_axis, legend
from bulkhead.reporting.drawing.scales import Scale, scale_of, ticks_said
from bulkhead.reporting.figures import BarRow, Bars
from bulkhead.reporting.values import short

_BAR_PX, _GAP_PX, _BOTTOM_PX = 15.0, 12.0, 44.0
_TWO_LINES_PX = 36.0  # room for the two lines that a label may take
_LABEL_WIDTH_MAX = 220.0


def draw_bars(chart: Bars, language: Language) -> Canvas:
    """A group for each label."""
    group_px = max(len(chart.rows) * (_BAR_PX + 2.0) + _GAP_PX, _TWO_LINES_PX)
    entries = [Entry(row.name[language], f"bar tone-{row.tone}", area=True) for row in chart.rows]
    top = legend(Canvas(0.0), entries) + 8.0
    canvas = Canvas(top + group_px * max(1, len(chart.labels)) + _BOTTOM_PX)
    legend(canvas, entries)
    labels = [wrapped(label[language], _LABEL_WIDTH_MAX, lines_max=2) for label in chart.labels]
    left = max((text_width(line) for label in labels for line in label), default=0.0) + 12.0
    held = [value for row in chart.rows for value in (*row.values, *row.low, *row.high) if value is not None]
    room = max((text_width(short(value, chart.value.unit, language)) for value in held), default=0.0)
    x = scale_of(chart.value, held, ticks=5, with_zero=True, exact=True).placed(left, canvas.width - room - 12.0)
    bottom = canvas.height - _BOTTOM_PX
    for tick in x.ticks:
        canvas.line(x.at(tick), top, x.at(tick), bottom, "grid")
    for i, label in enumerate(labels):
        middle = top + i * group_px + group_px / 2
        for k, line in enumerate(label):
            canvas.text(left - 8.0, middle + 4.0 + 14.0 * (k - (len(label) - 1) / 2), line, "text", "end")
        for j, row in enumerate(chart.rows):
            y = middle + (j - len(chart.rows) / 2) * (_BAR_PX + 2.0) + 1.0
            _bar(canvas, row, i, x, y, short_of(row.values[i], chart, language))
    draw_x_axis(canvas, x, ticks_said(x, chart.value.unit, language), axis_title(chart.value, language), bottom)
    canvas.line(x.at(_base(x)), top, x.at(_base(x)), bottom, "axis")
    return canvas


def short_of(value: float | None, chart: Bars, language: Language) -> str:
    """What stands behind a bar."""
    return "–" if value is None else short(value, chart.value.unit, language)


def _base(x: Scale) -> float:
    return x.low if x.log else 0.0


def _bar(canvas: Canvas, row: BarRow, index: int, x: Scale, y: float, label: str) -> None:
    value = row.values[index]
    ends = [x.at(_base(x))]
    if value is not None:
        canvas.bar(x.at(_base(x)), x.at(value), y, _BAR_PX, f"bar tone-{row.tone}")
        ends.append(x.at(value))
    low, high = (side[index] if side else None for side in (row.low, row.high))
    if low is not None and high is not None:
        middle = y + _BAR_PX / 2
        canvas.line(x.at(low), middle, x.at(high), middle, "whisker")
        for end in (low, high):
            canvas.line(x.at(end), middle - 4.0, x.at(end), middle + 4.0, "whisker")
            ends.append(x.at(end))
    canvas.text(max(ends) + 6.0, y + _BAR_PX / 2 + 4.0, label)
