"""One document, every form: the same bytes twice, nothing lost, and no text that becomes anything but text."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from html.parser import HTMLParser

import openpyxl
import pytest
import typst

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language
from bulkhead.reporting.document import Document, Figure
from bulkhead.reporting.drawing.draw import drawn
from bulkhead.reporting.forms import paper
from bulkhead.reporting.forms.data import json_text
from bulkhead.reporting.forms.page import html
from bulkhead.reporting.forms.paper import pages, pdf
from bulkhead.reporting.forms.workbook import xlsx
from sample_reports import HOSTILE, hostile_report, sample_report

BOTH: tuple[Language, ...] = ("en", "zh")
PLAIN = hostile_report("plain 文字")


class Tags(HTMLParser):
    """Which tags and attributes a page has, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", BOTH)
def test_the_same_document_gives_the_same_bytes(language: Language) -> None:
    for form in (html, pdf, xlsx):
        assert form(sample_report(), language) == form(sample_report(), language), form
    assert json_text(sample_report()) == json_text(sample_report())


@pytest.mark.parametrize("language", BOTH)
def test_a_page_loads_nothing_and_runs_nothing(language: Language) -> None:
    page = html(sample_report(), language)
    tags = Tags(page)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(tags.tags)
    assert not [name for name in tags.attributes if name.startswith("on") or name in ("src", "href", "action")]
    assert "url(" not in page
    assert "@import" not in page
    assert tags.tags["svg"] == 5
    assert tags.text.count("95 %" if language == "en" else "95%") >= 4  # key figures bring their intervals
    assert ("unknown" if language == "en" else "未知") in tags.text  # what has no value is not left out


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", BOTH)
def test_hostile_text_stays_text_on_a_page(language: Language, text: str) -> None:
    hostile, plain = (Tags(html(report, language)) for report in (hostile_report(text), PLAIN))
    drop = {"text"}  # how many lines a label takes depends on it
    assert {tag: n for tag, n in hostile.tags.items() if tag not in drop} == {
        tag: n for tag, n in plain.tags.items() if tag not in drop
    }
    assert set(hostile.attributes) == set(plain.attributes)
    kept = "".join(char for char in text if char.isprintable() or char == "\u202e")
    assert kept.split()[0] in hostile.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_on_paper(text: str) -> None:
    made = pdf(hostile_report(text), "zh")
    assert made.startswith(b"%PDF")
    for picture in (block.chart for block in hostile_report(text).blocks if isinstance(block, Figure)):
        svg = ElementTree.fromstring(drawn(picture, text, "en", on_paper=True))
        assert {element.tag.split("}")[1] for element in svg.iter()} <= {
            "svg", "style", "path", "rect", "circle", "text"
        }  # fmt: skip


def test_markup_in_a_text_is_printed_as_it_is_written() -> None:
    """What typst itself found in the set document: the text of a paragraph, not what its markup would have done."""
    text = '#panic("no") *bold* $x$ <label>'
    inputs = paper._inputs(hostile_report(text), "en")
    found = typst.query(paper._template(), "heading", field="body", sys_inputs=inputs)
    assert json.loads(found)[0]["text"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_formula_and_no_sheet_name(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(hostile_report(text), "en")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert all(len(sheet.title) <= 31 for sheet in book)


def test_json_has_both_languages_and_every_number() -> None:
    record = json.loads(json_text(sample_report()))
    assert (record["form"], record["code"], record["dated"]) == ("bulkhead-report", "moral-hazard", "2026-11-22")
    kinds = Counter(block["type"] for block in record["blocks"])
    assert kinds["Figure"] == 5
    assert kinds["KeyFigures"] == 1
    figures = next(block for block in record["blocks"] if block["type"] == "KeyFigures")["figures"]
    assert figures[0]["value"] == {
        "type": "Estimate", "value": 123_456_789_00, "low": 101_000_000_00, "high": 148_000_000_00
    }  # fmt: skip
    assert figures[0]["label"] == {"en": "Losses avoided", "zh": "避免的损失"}


def test_a_spreadsheet_holds_numbers_in_whole_units_and_intervals_beside_them() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(sample_report(), "en")))
    rows = list(book["Which indicator saw it first"].iter_rows(values_only=True))
    assert rows[0][4] == "Losses then (yuan)"
    assert rows[1][:5] == ("First-payment default by partner", "2026-04-03", 32, 1, 2_345_678.9)
    assert rows[3][4] is None
    lines = list(book["Losses of clients, day by day"].iter_rows(values_only=True))
    assert len(lines[0]) == 7  # the day, and for each line its value and both ends of its band


def test_pages_are_numbered_dated_and_in_both_languages() -> None:
    for language in BOTH:
        assert len(pages(sample_report(), language, dots_per_inch=20)) == 3
    other = Document(
        **{name: getattr(sample_report(), name) for name in Document.__slots__} | {"dated": DAY_AFTER}
    )
    assert pdf(other, "en") != pdf(sample_report(), "en")


DAY_AFTER = sample_report().dated.replace(day=23)


def test_without_a_chinese_font_one_sentence_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "_families", lambda: frozenset({"DejaVu Sans"}))
    with pytest.raises(BadInput, match="fonts-noto-cjk") as refused:
        pdf(sample_report(), "en")
    assert str(refused.value).count(".") == 1
