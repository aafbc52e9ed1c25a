"""A document as PDF, set by typst. Its texts reach the template as data, so nothing in them can be markup."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from functools import cache
from importlib import resources
from typing import Any

import typst

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting import document as doc
from bulkhead.reporting.drawing.canvas import text_width
from bulkhead.reporting.drawing.draw import drawn
from bulkhead.reporting.forms.cells import HOUSE, cell_text, column_title
from bulkhead.reporting.values import interval_said, said_alone

FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Noto Serif CJK SC", "Noto Serif SC")
LATIN_FONTS = ("Noto Sans", "Source Sans 3", "Liberation Sans", "DejaVu Sans")
NO_FONT = (
    "A PDF needs a font with Chinese characters, and this system has none: "
    "install one, on Debian or Ubuntu with the package fonts-noto-cjk."
)
_PAGES = Words("page {} of {}", "第 {} 页，共 {} 页")
_CELL_PT, _CELL_SIDES_PT, _PAGE_PT, _TEXT_PT_MAX, _NARROW_PT = 8.8, 13.0, 482.0, 260.0, 110.0

Data = dict[str, Any]


def pdf(document: doc.Document, language: Language) -> bytes:
    """The file. Pure but for the fonts of the system: it is dated by the document alone.

    Raises ``BadInput`` where no font has Chinese characters.
    """
    made = datetime.combine(document.dated, time(), UTC)
    return typst.compile(_template(), format="pdf", timestamp=made, sys_inputs=_inputs(document, language))


def pages(document: doc.Document, language: Language, *, dots_per_inch: float = 100.0) -> list[bytes]:
    """Each page as a PNG, looking as in the PDF. Raises what ``pdf`` raises."""
    inputs = _inputs(document, language)
    made: object = typst.compile(_template(), format="png", ppi=dots_per_inch, sys_inputs=inputs)
    assert isinstance(made, bytes | list)  # a list where there is more than one
    return [made] if isinstance(made, bytes) else made


def _inputs(document: doc.Document, language: Language) -> dict[str, str]:
    """What the template, which never changes, reads: the document as data."""
    data = {
        "language": language,
        "fonts": chosen_fonts(language),
        "house": HOUSE[language],
        "source": document.source[language],
        "title": document.title[language],
        "subtitle": document.subtitle[language],
        "dated": document.dated.isoformat(),
        "pages": _PAGES[language].split("{}"),
        "blocks": [_block(block, language) for block in document.blocks],
    }
    text = json.dumps(data, ensure_ascii=False)
    return {"document": text.encode("utf-8", "replace").decode()}  # half a surrogate pair has no place in UTF-8


@cache
def _template() -> bytes:
    return resources.files(__package__).joinpath("report.typ").read_bytes()


@cache
def _families() -> frozenset[str]:
    return frozenset(typst.Fonts(include_embedded_fonts=False).families())


def chosen_fonts(language: Language) -> list[str]:
    """What the text is set in: a font with Chinese characters, for English after a Latin one.

    Raises ``BadInput`` where the system has none with Chinese characters.
    """
    chinese = [name for name in FONTS if name in _families()]
    if not chinese:
        raise BadInput(NO_FONT)
    latin = [name for name in LATIN_FONTS if name in _families()] if language == "en" else []
    return latin[:1] + chinese[:1]


def _block(block: doc.Block, language: Language) -> Data:
    match block:
        case doc.Heading():
            return {"is": "heading", "text": block.text[language], "level": block.level}
        case doc.Paragraph():
            return {"is": "paragraph", "text": block.text[language]}
        case doc.KeyFigures():
            return {"is": "figures", "figures": [_key_figure(figure, language) for figure in block.figures]}
        case doc.Table():
            return _table(block, language)
        case doc.Figure():
            title = block.title[language]
            svg = drawn(block.chart, title, language, on_paper=True)
            return {"is": "chart", "title": title, "svg": svg, "note": block.note[language] if block.note else ""}
        case doc.Note():
            title = doc.NOTE_TITLES[block.kind][language]
            return {"is": "note", "kind": block.kind, "title": title, "text": block.text[language]}
        case doc.Points():
            return {"is": "points", "numbered": block.numbered, "items": [item[language] for item in block.items]}


def _key_figure(figure: doc.KeyFigure, language: Language) -> Data:
    small = [interval_said(figure.value, figure.unit, language), figure.note[language] if figure.note else ""]
    return {
        "label": figure.label[language],
        "value": said_alone(figure.value, figure.unit, language),
        "small": [text for text in small if text],
        "tone": figure.tone,
    }


def _table(table: doc.Table, language: Language) -> Data:
    head = [column_title(column, language) for column in table.columns]
    rows = [
        [cell_text(value, column, language) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    return {
        "is": "table",
        "caption": table.caption[language] if table.caption else "",
        "empty": table.empty[language],
        "head": head,
        "right": [column.at_right for column in table.columns],
        "widths": _widths(table, head, rows),
        "rows": rows,
    }


def _widths(table: doc.Table, head: list[str], rows: list[list[str]]) -> list[float]:
    """Points for narrow columns, whose cells do not break; below zero the shares that others have of what is left."""
    fixed, shared = [], []
    for i, column in enumerate(table.columns):
        cells = max((text_width(row[i], _CELL_PT) for row in rows), default=0.0)
        word = max((text_width(word, _CELL_PT) for word in head[i].split()), default=0.0)
        title = text_width(head[i], _CELL_PT)
        fixed.append(max(cells, min(title, max(word, title / 2))) + _CELL_SIDES_PT)
        shared.append(column.wide or (column.unit is None and fixed[i] > _NARROW_PT))
    taken = sum(width for width, shares in zip(fixed, shared, strict=True) if not shares)
    if not any(shared) or taken > _PAGE_PT * 0.75:
        return [-width for width in fixed]
    return [-min(width, _TEXT_PT_MAX) if shares else width for width, shares in zip(fixed, shared, strict=True)]
