"""A case study as a report: everything it found is in it, what it lacks is named, and files are whole or not there."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language
from bulkhead.reporting.document import Figure, KeyFigures, Note, Table
from bulkhead.reporting.forms.page import html
from bulkhead.reporting.forms.paper import pages
from bulkhead.runtime.reports.case_study_report import case_study_document
from bulkhead.runtime.reports.writing import FORMS, form_of, in_form, ready_for, write_report
from bulkhead.simulation.case_studies.result import Estimate, decode_case, encode_case
from sample_case import sample_case

DATED = date(2026, 11, 22)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_that_was_found_is_in_the_report(language: Language) -> None:
    case = decode_case(encode_case(sample_case()))
    page = html(case_study_document(case, DATED), language)
    for words in (case.title, case.story, case.response, *case.assumptions, *case.missing):
        assert words[language] in page
    for effect in case.effects:
        assert effect.title[language] in page
    for link in case.chain:
        assert link.cause_title[language] in page
        assert link.effect_title[language] in page
    for text in ("761", "742", "780") if language == "zh" else ("7.61 m", "7.42 m", "7.8 m"):
        assert text in page
    assert page.count("<svg") == 4  # timeline, losses, cost and benefit, one indicator
    assert len(pages(case_study_document(case, DATED), language, dots_per_inch=20)) >= 3


def test_every_seed_has_its_row() -> None:
    document = case_study_document(sample_case(), DATED)
    table = [block for block in document.blocks if isinstance(block, Table)][-1]
    assert [row[0] for row in table.rows] == [str(seed) for seed in range(1, 31)]
    run = sample_case().runs[3]
    assert table.rows[3][2:] == (
        run.delay_days,
        run.bare.loss_minor,
        run.guarded.loss_minor,
        run.avoided_minor,
        run.net_minor,
    )


def test_what_was_not_played_is_said_to_be_missing() -> None:
    bare = dataclasses.replace(sample_case(), placebo=None, control=None, delay_days=None, missing=())
    document = case_study_document(bare, DATED)
    assert len([block for block in document.blocks if isinstance(block, Note) and block.kind == "missing"]) == 2
    figures = next(block for block in document.blocks if isinstance(block, KeyFigures))
    assert figures.figures[1].value is None
    assert "unknown" in html(document, "en")


@pytest.mark.parametrize(
    ("low", "high", "tone"),
    [(1.0, 5.0, "good"), (-5.0, -1.0, "bad"), (-1.0, 1.0, "caution"), (0.0, 0.0, "caution")],
)
def test_a_benefit_is_good_only_where_its_whole_interval_is(low: float, high: float, tone: str) -> None:
    case = dataclasses.replace(sample_case(), extra_net_minor=Estimate((low + high) / 2, low, high, 30))
    blocks = case_study_document(case, DATED).blocks
    figures = next(block for block in blocks if isinstance(block, KeyFigures))
    assert figures.figures[-1].tone == tone


def test_a_case_where_nothing_was_seen_or_done_can_be_told() -> None:
    case = sample_case(1)
    run = dataclasses.replace(case.runs[0], alarms=(), responses=(), identified=None, delay_days=None)
    assert case.shown is not None
    shown = dataclasses.replace(case.shown, run=run, curves=())
    case = dataclasses.replace(case, runs=(run,), shown=shown, first_told=(), chain=(), effects=())
    document = case_study_document(case, DATED)
    assert "no alarm to act on" in html(document, "en")
    assert len([block for block in document.blocks if isinstance(block, Figure)]) == 2


def test_a_control_shows_no_seed_but_all_its_differences() -> None:
    case = dataclasses.replace(sample_case(), shown=None, first_told=(), chain=())
    document = case_study_document(case, DATED)
    assert len([block for block in document.blocks if isinstance(block, Figure)]) == 1
    assert "Different seeds" in html(document, "en")


@pytest.mark.parametrize("form", FORMS)
def test_a_report_is_written_in_the_form_its_name_asks_for(tmp_path: Path, form: str) -> None:
    path, document = tmp_path / f"case.{form}", case_study_document(sample_case(3), DATED)
    path.write_text("an older one")
    write_report(document, path, "zh")
    assert path.read_bytes() == in_form(document, form, "zh")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    if form == "json":
        assert json.loads(path.read_text())["code"] == "case-study-moral-hazard"


def test_a_report_that_cannot_be_written_says_so_in_one_sentence(tmp_path: Path) -> None:
    document = case_study_document(sample_case(3), DATED)
    with pytest.raises(BadInput, match="cannot be written"):
        write_report(document, tmp_path / "nowhere" / "case.html", "en")
    with pytest.raises(BadInput, match=r"must end in \.pdf"):
        form_of(tmp_path / "case.docx")
    assert list(tmp_path.iterdir()) == []


def test_the_place_of_a_report_is_tried_before_the_work(tmp_path: Path) -> None:
    ready_for(tmp_path / "new folder" / "case.pdf")
    assert list((tmp_path / "new folder").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written there"):
        ready_for(tmp_path / "file" / "case.pdf")
