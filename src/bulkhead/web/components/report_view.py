"""A document of ``reporting`` as a page of the console: its lines drawn by the script, the rest by the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting import document as doc
from bulkhead.reporting.drawing.draw import drawn
from bulkhead.reporting.figures import Line, Lines, Sign
from bulkhead.reporting.forms.cells import cell_text, column_title
from bulkhead.reporting.forms.figure_tables import figure_table
from bulkhead.reporting.values import Unit, interval_said, said_alone
from bulkhead.web.components.chart import Chart, Series
from bulkhead.web.components.marks import Mark

_DAY_US = 86_400_000_000
_NOTE_MARKS = {
    "note": ("dot", "notice"),
    "assumption": ("question", "plain"),
    "missing": ("diamond", "warn"),
    "warning": ("triangle", "alarm"),
}
_NUMBERS = "①②③④⑤⑥⑦⑧⑨"
_TONES = {"good": "ok", "bad": "alarm", "caution": "caution", "plain": "plain"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One block for ``components/report.html``: ``kind`` says which part of it draws what is in ``about``."""

    kind: str
    about: dict[str, Any] = field(default_factory=dict)


def shown_blocks(document: doc.Document, language: Language, offset_minutes: int) -> list[Shown]:
    """All blocks in order. ``offset_minutes`` are those of the institution's clocks."""
    return [_shown(block, i, language, offset_minutes) for i, block in enumerate(document.blocks)]


def _shown(block: doc.Block, number: int, language: Language, offset_minutes: int) -> Shown:
    match block:
        case doc.Heading():
            return Shown("heading" if block.level == 1 else "subheading", {"text": block.text})
        case doc.Paragraph():
            return Shown("paragraph", {"text": block.text})
        case doc.Points():
            return Shown("points", {"items": block.items})
        case doc.KeyFigures():
            return Shown("figures", {"figures": [_figure(figure, language) for figure in block.figures]})
        case doc.Note():
            mark = Mark(*_NOTE_MARKS[block.kind], doc.NOTE_TITLES[block.kind])
            return Shown("note", {"mark": mark, "text": block.text})
        case doc.Table():
            return Shown("table", {"id": f"table-{number}"} | _table(block, language))
        case doc.Figure():
            return _drawn(block, f"figure-{number}", language, offset_minutes)


def _figure(figure: doc.KeyFigure, language: Language) -> dict[str, Any]:
    return {
        "label": figure.label,
        "value": said_alone(figure.value, figure.unit, language),
        "interval": interval_said(figure.value, figure.unit, language),
        "note": figure.note,
        "tone": _TONES[figure.tone],
    }


def _table(table: doc.Table, language: Language) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "empty": table.empty,
        "columns": [(column_title(column, language), column.at_right) for column in table.columns],
        "rows": [
            [
                (cell_text(value, column, language), column.at_right)
                for value, column in zip(row, table.columns, strict=True)
            ]
            for row in table.rows
        ],
    }


def _drawn(figure: doc.Figure, code: str, language: Language, offset_minutes: int) -> Shown:
    """Lines over days become a chart of the console; for the rest, and for bands, the picture of the report."""
    lines = figure.chart
    if isinstance(lines, Lines) and lines.x.unit.kind == "date" and not any(line.low for line in lines.lines):
        chart = _chart(figure, lines, code, language, offset_minutes)
        return Shown("chart", {"chart": chart, "data": chart.data(language)})
    about = {"id": code, "title": figure.title, "note": figure.note, "svg": _picture(figure, language)}
    return Shown("picture", about | {"table": _table(figure_table(figure.chart), language)})


def _picture(figure: doc.Figure, language: Language) -> SafeString:
    return mark_safe(drawn(figure.chart, figure.title[language], language))


def _note(figure: doc.Figure, signs: Sequence[Sign], language: Language) -> Words | None:
    """What the numbers in the chart stand for, and how to read it."""
    told = "  ".join(f"{number} {sign.label[language]}" for sign, number in zip(signs, _NUMBERS, strict=False))
    said = figure.note[language] if figure.note else ""
    text = " · ".join(part for part in (told, said) if part)
    return Words(text, text) if text else None


def _chart(figure: doc.Figure, lines: Lines, code: str, language: Language, offset_minutes: int) -> Chart:
    unit = lines.y.unit
    title, name = figure.title, (unit.name("en"), unit.name("zh"))
    if unit.kind != "amount" and name[0]:
        title = Words(f"{title.en} ({name[0]})", f"{title.zh}（{name[1]}）")

    def at(x: float) -> int:
        return round(x) * _DAY_US - offset_minutes * 60_000_000

    return Chart(
        code,
        title,
        tuple(_series(line, unit, at) for line in lines.lines),
        offset_minutes=offset_minutes,
        currency=unit.currency,
        note=_note(figure, lines.signs, language),
        digits=0 if unit.kind == "count" else max(1, unit.decimals),
        signs=tuple((at(sign.x), number) for sign, number in zip(lines.signs, _NUMBERS, strict=False)),
    )


def _series(line: Line, unit: Unit, at: Callable[[float], int]) -> Series:
    percent = 100 if unit.kind == "share" else 1

    def value(y: float | None) -> float | None:
        return None if y is None else round(y * percent) if unit.kind == "amount" else round(y * percent, 4)

    points = [(at(x), value(y)) for x, y in line.points]
    return Series(line.name, points, tone=line.tone, dashed=line.dashed, step=line.step)
