"""The report of realism says every number it was given, in both languages, and the verb refuses what it cannot use."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.forms.data import json_text
from bulkhead.reporting.forms.page import html
from bulkhead.runtime.reports.realism_report import realism_document
from bulkhead.simulation.realism.comparing import classes, distribution
from bulkhead.simulation.realism.result import Number, Realism
from bulkhead.simulation.realism.statistics import Estimate
from bulkhead.simulation.realism.telling import GiveAway, Telling
from command_line import CommandLine

TITLE = Words("Gaps", "间隔")


def found() -> Realism:
    dice = np.random.default_rng(1)
    give_away = GiveAway("gap", Words("Pace", "节奏"), 0.8, 0.9, 0.7, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    return Realism(
        7, 1_000, 365, 12_345,
        (distribution("gap", TITLE, "a bank", Words("days", "天"), dice.exponential(5, 300), dice.exponential(6, 300),
                      logarithmic=True),),
        (classes("day", TITLE, "a bank", tuple(str(d) for d in range(1, 32)), np.arange(1, 32), np.arange(31, 0, -1)),
         classes("grid", TITLE, "a bank", ("1", "10"), np.array([5, 5]), np.array([2, 8]))),
        (Number("one", TITLE, "a fund", 0.44, 0.34, 0.54, 0.2),),
        (Telling("whole", TITLE, 300, 400, 900, 1_400, Estimate(0.987, 0.98, 0.99), (give_away,)),),
    )  # fmt: skip


def test_the_report_says_what_was_found_in_both_languages() -> None:
    document = realism_document(found(), date(2026, 1, 1))
    english, chinese = html(document, "en"), html(document, "zh")
    assert "0.987" in english
    assert "0.987" in chinese
    assert "4.00 / 5.00 / 6.00" in english
    assert "节奏" in chinese
    assert "no" in english
    assert english.count("<svg") >= 3
    assert '"value": 0.987' in json_text(document)


def test_data_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    answer = CommandLine(tmp_path).run("realism", "--data", tmp_path / "none", "--out", tmp_path / "out")
    assert answer.exit_code == 2
    assert "is not a folder" in answer.stderr
    (tmp_path / "data").mkdir()
    answer = CommandLine(tmp_path).run("realism", "--data", tmp_path / "data", "--out", tmp_path / "out")
    assert answer.exit_code == 2
    assert "trans_30200.csv is missing" in answer.stderr
    assert not list((tmp_path / "out").iterdir()), "the place is tried; nothing is left in it"
