"""The numbers of a chart as a table: for those who do not see it, and for spreadsheets."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.document import Column, Table
from bulkhead.reporting.figures import Bars, Chart, Histogram, Lines, Timeline
from bulkhead.reporting.values import Value

ROWS_MAX = 500


def figure_table(chart: Chart) -> Table:
    """At most ``ROWS_MAX`` rows, evenly taken where there are more."""
    match chart:
        case Lines():
            return _of_lines(chart)
        case Bars():
            return _of_bars(chart)
        case Histogram():
            return _of_histogram(chart)
        case Timeline():
            return _of_timeline(chart)


def _of_lines(chart: Lines) -> Table:
    cells: dict[float, dict[int, Value]] = {}
    columns = [Column(chart.x.title, chart.x.unit)]
    for line in chart.lines:
        at = len(columns)
        columns.append(Column(line.name, chart.y.unit))
        if line.low:
            columns += [Column(_end(line.name, end), chart.y.unit) for end in _ENDS]
        for i, (x, y) in enumerate(line.points):
            row = cells.setdefault(x, {})
            row[at] = y
            if line.low:
                row[at + 1], row[at + 2] = line.low[i], line.high[i]
    rows = [(x, *(row.get(i) for i in range(1, len(columns)))) for x, row in sorted(cells.items())]
    return Table(tuple(columns), tuple(rows[:: 1 + len(rows) // ROWS_MAX]))


def _of_bars(chart: Bars) -> Table:
    columns = [Column(Words("What", "项目"))]
    series: list[tuple[Value, ...]] = [chart.labels]
    for row in chart.rows:
        columns.append(Column(row.name, chart.value.unit))
        series.append(row.values)
        if row.low:
            columns += [Column(_end(row.name, end), chart.value.unit) for end in _ENDS]
            series += [row.low, row.high]
    return Table(tuple(columns), tuple(zip(*series, strict=True)))


def _of_histogram(chart: Histogram) -> Table:
    names = [Column(_end(chart.x.title, end), chart.x.unit) for end in _SIDES]
    columns = (*names, *(Column(name, chart.y.unit) for name, _ in chart.shapes))
    series = (chart.edges[:-1], chart.edges[1:], *(shape for _, shape in chart.shapes))
    return Table(columns, tuple(zip(*series, strict=True)))


def _of_timeline(chart: Timeline) -> Table:
    columns = (
        Column(Words("From", "开始"), chart.x.unit),
        Column(Words("Until", "结束"), chart.x.unit),
        Column(Words("Kind", "类别")),
        Column(Words("What happened", "事件"), wide=True),
    )
    events = sorted(chart.events, key=lambda event: event.at)
    return Table(columns, tuple((event.at, event.until, event.lane, event.label) for event in events))


_ENDS = (Words("low", "下限"), Words("high", "上限"))
_SIDES = (Words("from", "起"), Words("to", "止"))


def _end(name: Words, end: Words) -> Words:
    return Words(f"{name.en}, {end.en}", f"{name.zh}（{end.zh}）")
