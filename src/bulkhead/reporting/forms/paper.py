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
from bulkhead.reporting.document import (
    NOTE_TITLES,
    Block,
    Document,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Note,
    Paragraph,
    Points,
    Table,
)
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
_CELL_PT, _CELL_SIDES_PT, _PAGE_PT, _TEXT_PT_MAX = 8.8, 13.0, 482.0, 260.0
_MAIN, _DATA = "main.typ", "document.json"

Data = dict[str, Any]


def pdf(document: Document, language: Language) -> bytes:
    """The file. Pure but for the fonts of the system: it is dated by the document alone.

    Raises ``BadInput`` where no font has Chinese characters.
    """
    made = datetime.combine(document.dated, time(), UTC)
    return typst.compile(_files(document, language), format="pdf", timestamp=made)


def pages(document: Document, language: Language, *, dots_per_inch: float = 100.0) -> list[bytes]:
    """Each page as a PNG, looking as in the PDF. Raises what ``pdf`` raises."""
    made = typst.compile(_files(document, language), format="png", ppi=dots_per_inch)
    return made if isinstance(made, list) else [made]


def _files(document: Document, language: Language) -> dict[str, bytes]:
    """What typst reads: a template that never changes, and the document as data."""
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
    return {_MAIN: _template(), _DATA: json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")}


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


def _block(block: Block, language: Language) -> Data:
    match block:
        case Heading():
            return {"is": "heading", "text": block.text[language], "level": block.level}
        case Paragraph():
            return {"is": "paragraph", "text": block.text[language]}
        case KeyFigures():
            return {"is": "figures", "figures": [_key_figure(figure, language) for figure in block.figures]}
        case Table():
            return _table(block, language)
        case Figure():
            title = block.title[language]
            svg = drawn(block.chart, title, language, on_paper=True)
            return {"is": "chart", "title": title, "svg": svg, "note": block.note[language] if block.note else ""}
        case Note():
            title = NOTE_TITLES[block.kind][language]
            return {"is": "note", "kind": block.kind, "title": title, "text": block.text[language]}
        case Points():
            return {"is": "points", "numbered": block.numbered, "items": [item[language] for item in block.items]}


def _key_figure(figure: KeyFigure, language: Language) -> Data:
    small = [interval_said(figure.value, figure.unit, language), figure.note[language] if figure.note else ""]
    return {
        "label": figure.label[language],
        "value": said_alone(figure.value, figure.unit, language),
        "small": [text for text in small if text],
        "tone": figure.tone,
    }


def _table(table: Table, language: Language) -> Data:
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


def _widths(table: Table, head: list[str], rows: list[list[str]]) -> list[float]:
    """Points for columns whose cells must not break; a share of what is left, below zero, for those of text."""
    fixed, shares = [], []
    for i, column in enumerate(table.columns):
        cells = max((text_width(row[i], _CELL_PT) for row in rows), default=0.0)
        word = max((text_width(word, _CELL_PT) for word in head[i].split()), default=0.0)
        title = text_width(head[i], _CELL_PT)
        fixed.append(max(cells, min(title, max(word, title / 2))) + _CELL_SIDES_PT)
        shares.append(min(max(cells, title), _TEXT_PT_MAX) * (2.0 if column.wide else 1.0))
    breakable = [column.unit is None for column in table.columns]
    taken = sum(width for width, breaks in zip(fixed, breakable, strict=True) if not breaks)
    if not any(breakable) or taken > _PAGE_PT * 0.75:
        return [-width for width in fixed]
    return [-share if breaks else width for share, width, breaks in zip(shares, fixed, breakable, strict=True)]
