"""A document as one self-contained HTML file: no script, nothing loaded from anywhere, light, dark and printable."""

from __future__ import annotations

from functools import cache
from importlib import resources

from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting import document as doc
from bulkhead.reporting.drawing.canvas import escaped
from bulkhead.reporting.drawing.draw import chart_style, drawn
from bulkhead.reporting.forms.cells import HOUSE, cell_text, column_title
from bulkhead.reporting.forms.figure_tables import figure_table
from bulkhead.reporting.values import Value, interval_said, said_alone

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_AS_TABLE = Words("The same as a table", "以表格查看")


def html(document: doc.Document, language: Language) -> str:
    """The whole file. Pure: the same document gives the same text; every text in it is escaped."""
    title, code = escaped(document.title[language]), "zh-Hans" if language == "zh" else "en"
    body = "\n".join(_block(block, language) for block in document.blocks)
    return (
        f'<!doctype html>\n<html lang="{code}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n"
        f'<header><p class="of">{HOUSE[language]} · {escaped(document.source[language])} · '
        f'<time datetime="{document.dated.isoformat()}">{document.dated.isoformat()}</time></p>'
        f'<h1>{title}</h1><p class="lead">{escaped(document.subtitle[language])}</p></header>\n'
        f"{body}\n</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    own = resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return own + chart_style()


def _block(block: doc.Block, language: Language) -> str:
    match block:
        case doc.Heading():
            return f"<h{block.level + 1}>{escaped(block.text[language])}</h{block.level + 1}>"
        case doc.Paragraph():
            return f"<p>{escaped(block.text[language])}</p>"
        case doc.KeyFigures():
            return f'<dl class="figures">{"".join(_key_figure(one, language) for one in block.figures)}</dl>'
        case doc.Table():
            return _table(block, language)
        case doc.Figure():
            return _figure(block, language)
        case doc.Note():
            kind = f"<strong>{doc.NOTE_TITLES[block.kind][language]}</strong>"
            return f'<aside class="note {block.kind}">{kind} {escaped(block.text[language])}</aside>'
        case doc.Points():
            tag = "ol" if block.numbered else "ul"
            items = "".join(f"<li>{escaped(item[language])}</li>" for item in block.items)
            return f"<{tag}>{items}</{tag}>"


def _key_figure(figure: doc.KeyFigure, language: Language) -> str:
    small = [interval_said(figure.value, figure.unit, language), figure.note[language] if figure.note else ""]
    notes = "".join(f"<dd>{escaped(text)}</dd>" for text in small if text)
    value = escaped(said_alone(figure.value, figure.unit, language))
    label = escaped(figure.label[language])
    return f'<div class="{figure.tone}"><dt>{label}</dt><dd class="value">{value}</dd>{notes}</div>'


def _table(table: doc.Table, language: Language) -> str:
    caption = f"<caption>{escaped(table.caption[language])}</caption>" if table.caption else ""
    if not table.rows:
        title = f"<p><strong>{escaped(table.caption[language])}</strong></p>" if table.caption else ""
        return f'{title}<p class="empty">{escaped(table.empty[language])}</p>'
    head = "".join(f'<th scope="col"{_held(c)}>{escaped(column_title(c, language))}</th>' for c in table.columns)
    rows = "\n".join(
        f"<tr>{''.join(_cell(v, c, language) for v, c in zip(row, table.columns, strict=True))}</tr>"
        for row in table.rows
    )
    inner = f"{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody>"
    return f'<div class="wide" tabindex="0"><table>{inner}</table></div>'


def _cell(value: Value, column: doc.Column, language: Language) -> str:
    return f"<td{_held(column)}>{escaped(cell_text(value, column, language))}</td>"


def _held(column: doc.Column) -> str:
    if column.unit is None:
        return ""
    return ' class="number"' if column.at_right else ' class="date"'


def _figure(figure: doc.Figure, language: Language) -> str:
    title = figure.title[language]
    note = f'<p class="read">{escaped(figure.note[language])}</p>' if figure.note else ""
    table = _table(figure_table(figure.chart), language)
    return (
        f'<figure><figcaption>{escaped(title)}</figcaption><div class="wide" tabindex="0">'
        f"{drawn(figure.chart, title, language)}</div>{note}"
        f"<details><summary>{_AS_TABLE[language]}</summary>{table}</details></figure>"
    )
