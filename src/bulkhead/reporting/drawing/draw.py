"""One drawing for every chart: an SVG whose colours come from the page around it, or from a sheet of its own."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from bulkhead.kernel.reasons import Language
from bulkhead.reporting.drawing.bars import draw_bars
from bulkhead.reporting.drawing.lines import draw_histogram, draw_lines
from bulkhead.reporting.drawing.timelines import draw_timeline
from bulkhead.reporting.figures import Bars, Chart, Histogram, Lines, Timeline

# The colours of paper. Light and dark screens have theirs in report.css under the same names.
PAPER = {
    "ink": "#1d2733",
    "muted": "#566273",
    "line": "#dde3ea",
    "axis": "#8894a3",
    "notice": "#1f5fbf",
    "warn": "#b54a00",
    "ok": "#0b7265",
    "alarm": "#b3261e",
    "plain": "#7b8794",
}
# Chinese fonts draw quotation marks as wide as a character: among Latin letters they come second.
_LATIN_FIRST = '"Noto Sans", "Liberation Sans", "Noto Sans CJK SC", sans-serif'
_CHINESE_FIRST = '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif'
_VARIABLE = re.compile(r"var\(--([a-z]+)\)")


def drawn(chart: Chart, label: str, language: Language, *, on_paper: bool = False) -> str:
    """The SVG of a chart. The same chart gives the same text; ``on_paper`` carries its colours inside."""
    match chart:
        case Lines():
            canvas = draw_lines(chart, language)
        case Bars():
            canvas = draw_bars(chart, language)
        case Histogram():
            canvas = draw_histogram(chart, language)
        case Timeline():
            canvas = draw_timeline(chart, language)
    return canvas.svg(label, paper_style(language) if on_paper else "")


@cache
def chart_style() -> str:
    """The style sheet of charts, its colours as variables."""
    return resources.files(__package__).joinpath("styles/chart.css").read_text(encoding="utf-8")


@cache
def paper_style(language: Language) -> str:
    """The same with the colours of paper put in: what sets PDFs knows no variables."""
    known = PAPER | {"letters": _CHINESE_FIRST if language == "zh" else _LATIN_FIRST}
    return _VARIABLE.sub(lambda name: known[name[1]], chart_style())
