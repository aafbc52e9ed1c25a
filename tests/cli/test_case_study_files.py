"""``bulkhead case-study NAME --report FILE``: refused at once where it cannot be, and written in the form asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine

SMALL = ("--seeds", "2", "--clients", "300", "--days", "60")


@pytest.mark.parametrize("name", ["study.docx", "study"])
def test_a_form_that_there_is_not_is_refused_before_anything_is_played(tmp_path: Path, name: str) -> None:
    answer = CommandLine(tmp_path).run("case-study", "legal", "--report", tmp_path / name)
    assert answer.exit_code == 2
    assert "must end in .pdf, .html, .json, .xlsx" in answer.stderr


@pytest.mark.parametrize(("form", "begins"), [("html", '<!doctype html>\n<html lang="zh-Hans">')])
def test_a_study_becomes_a_report_in_the_language_asked_for(tmp_path: Path, form: str, begins: str) -> None:
    file = tmp_path / f"study.{form}"
    answer = CommandLine(tmp_path).run("case-study", "legal", *SMALL, "--report", file, "--lang", "zh", "--json")
    assert answer.exit_code == 0, answer.stderr
    assert answer.json["code"] == "legal"
    page = file.read_text(encoding="utf-8")
    assert page.startswith(begins)
    assert answer.json["title"]["zh"] in page
