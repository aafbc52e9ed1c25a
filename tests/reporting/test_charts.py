"""Charts are drawn where their values are: round ticks, labels apart, gaps kept, nothing outside the sheet."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ElementTree

import pytest

from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting.drawing.canvas import WIDTH, shortened, text_width, wrapped
from bulkhead.reporting.drawing.draw import PAPER, chart_style, drawn, paper_style
from bulkhead.reporting.drawing.scales import scale_of, ticks_said
from bulkhead.reporting.figures import (
    ECDF_POINTS_MAX,
    Axis,
    BarRow,
    Bars,
    Chart,
    Event,
    Histogram,
    Line,
    Lines,
    Sign,
    Timeline,
    ecdf_pair,
    histogram_pair,
)
from bulkhead.reporting.forms.figure_tables import ROWS_MAX, figure_table
from bulkhead.reporting.values import CNY, COUNT, DATE, SHARE, Unit

X = Axis(Words("Day", "天"))
NAME = Words("line", "线")


def axis(unit: Unit, *, log: bool = False) -> Axis:
    return Axis(Words("Axis", "轴"), unit, log)


@pytest.mark.parametrize(
    ("unit", "low", "high", "said"),
    [
        (Unit(), 0.0, 9.7, ["0", "2", "4", "6", "8", "10"]),
        (Unit(), -0.3, 0.4, ["−0.4", "−0.2", "0", "0.2", "0.4"]),
        (SHARE, 0.0, 1.0, ["0%", "20%", "40%", "60%", "80%", "100%"]),
        (CNY, 0.0, 3_900_000_00, ["0", "1 m", "2 m", "3 m", "4 m"]),
        (COUNT, 0.0, 2.0, ["0", "1", "2"]),
        (DATE, 20_454.0, 20_640.0, ["2026-01-01", "02-01", "03-01", "04-01", "05-01", "06-01", "07-01"]),
        (DATE, 20_400.0, 20_560.0, ["2025-12-01", "2026-01-01", "02-01", "03-01", "04-01"]),
    ],
)
def test_ticks_are_round_and_told_apart(unit: Unit, low: float, high: float, said: list[str]) -> None:
    scale = scale_of(axis(unit), (low, high), ticks=7 if unit is DATE else 5, exact=unit is DATE)
    texts = ticks_said(scale, unit, "en")
    assert texts == said
    assert len(set(texts)) == len(texts)


def test_any_range_has_ticks_in_order_inside_it() -> None:
    dice = random.Random(4)
    for _ in range(500):
        low = dice.uniform(-1, 1) * 10 ** dice.uniform(-4, 12)
        high = low + 10 ** dice.uniform(-4, 12)
        unit = dice.choice([Unit(), CNY, COUNT, SHARE])
        scale = scale_of(axis(unit), (low, high), ticks=5)
        slack = (high - low) * 1e-6
        assert scale.low <= low + slack
        assert scale.high >= high - slack
        assert 1 <= len(scale.ticks) <= 13
        assert list(scale.ticks) == sorted(set(scale.ticks))
        assert len(ticks_said(scale, unit, "zh")) == len(scale.ticks)


def test_a_logarithmic_axis_shows_what_it_can() -> None:
    scale = scale_of(axis(Unit(), log=True), (0.0, 3.0, 4_000.0), ticks=5).placed(0.0, 100.0)
    assert (scale.low, scale.high) == (1.0, 10_000.0)
    assert ticks_said(scale, Unit(), "en") == ["1", "10", "100", "1 k", "10 k"]
    assert scale.at(100.0) == pytest.approx(50.0)
    assert scale.at(0.0) == 0.0


def places(chart: Chart, language: Language = "en") -> tuple[ElementTree.Element, float, float]:
    svg = ElementTree.fromstring(drawn(chart, "a chart", language))
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    return svg, width, height


def labels(svg: ElementTree.Element) -> list[tuple[float, float, float, str]]:
    """(left, right, y, text) of every text."""
    found = []
    for text in svg.iter("{http://www.w3.org/2000/svg}text"):
        x, said = float(text.attrib["x"]), text.text or ""
        width = text_width(said)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[text.attrib.get("text-anchor", "start")]
        found.append((left, left + width, float(text.attrib["y"]), said))
    return found


def crowded_timeline(seed: int) -> Timeline:
    dice = random.Random(seed)
    lanes = [Words("Incident", "事件"), Words("Identified", "识别")]
    events = []
    for i in range(14):
        at, name = dice.randrange(200), "word " * dice.randrange(1, 6)
        until = at + dice.randrange(1, 60) if i % 3 == 0 else None
        events.append(Event(dice.choice(lanes), at, Words(name, "很长的事件名称" * dice.randrange(1, 4)), until))
    return Timeline(axis(DATE), tuple(events))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("seed", range(8))
def test_labels_of_a_crowded_timeline_do_not_overlap(seed: int, language: Language) -> None:
    svg, width, height = places(crowded_timeline(seed), language)
    found = labels(svg)
    for i, (left, right, y, said) in enumerate(found):
        assert left >= -1.0, said
        assert right <= width + 40.0, said  # widths are guessed, rather too wide
        assert 0.0 <= y <= height
        for other in found[:i]:
            if abs(other[2] - y) < 12.0:
                assert right <= other[0] + 1.0 or other[1] <= left + 1.0, (said, other[3])


def test_signs_near_each_other_stand_in_rows_and_none_is_struck_through() -> None:
    signs = tuple(Sign(x, Words(f"sign number {x}", f"标记 {x}")) for x in (10, 11, 12, 60, 99))
    chart = Lines(X, X, (Line(NAME, ((0, 1), (100, 2))),), signs)
    svg, width, _ = places(chart)
    said = [label for label in labels(svg) if "sign" in label[3]]
    assert len({y for _, _, y, _ in said}) == 3
    lines = [
        tuple(map(float, re.findall(r"[\d.]+", path.attrib["d"])))
        for path in svg.iter("{http://www.w3.org/2000/svg}path")
        if path.attrib["class"].startswith("sign")
    ]
    for left, right, y, text in said:
        assert right <= width, text
        assert not [x for x, top, _, _ in lines if left < x < right and top < y - 10.5], text


def test_a_gap_stays_a_gap_and_a_step_a_step() -> None:
    line = Line(NAME, ((0, 1), (1, 2), (2, None), (3, 4), (4, 5)))
    svg, *_ = places(Lines(X, X, (line,)))
    strokes = [
        p.attrib["d"] for p in svg.iter("{http://www.w3.org/2000/svg}path") if "stroke" in p.attrib["class"]
    ]
    assert len(strokes) == 2
    stepped, *_ = places(Lines(X, X, (Line(NAME, ((0, 1), (1, 2)), step=True),)))
    (stroke,) = [
        p.attrib["d"] for p in stepped.iter("{http://www.w3.org/2000/svg}path") if "stroke" in p.attrib["class"]
    ]
    assert stroke.count("L") == 2


@pytest.mark.parametrize(
    "chart",
    [
        Lines(X, X, ()),
        Lines(X, X, (Line(NAME, ()),)),
        Lines(X, X, (Line(NAME, ((3, 5.0),)),)),
        Lines(X, X, (Line(NAME, ((3, float("nan")), (4, float("inf")))),)),
        Lines(axis(Unit(), log=True), X, (Line(NAME, ((0, 1), (-1, 1))),)),
        Bars(X, (), ()),
        Bars(X, (NAME,), (BarRow(NAME, (None,)),)),
        Bars(X, (NAME, NAME), (BarRow(NAME, (-3, -4), (-5, -6), (-1, -2)),)),
        Histogram(X, (0, 1), ((NAME, (0.0,)),)),
        Timeline(X, ()),
        ecdf_pair(X, real=[], simulated=[1.0]),
        histogram_pair(X, [0, 1, 2], real=[0, 0], simulated=[0, 0]),
    ],
)
def test_little_or_nothing_is_drawn_without_complaint(chart: Chart) -> None:
    svg, _, height = places(chart)
    assert height > 0
    assert "nan" not in ElementTree.tostring(svg).decode().lower().replace("name", "")
    assert figure_table(chart).columns


def test_a_pair_of_samples_is_thinned_but_keeps_its_ends() -> None:
    dice = random.Random(1)
    sample = [dice.gauss(0, 1) for _ in range(10_000)]
    real, simulated = ecdf_pair(X, real=sample, simulated=sample[:50]).lines
    assert (len(real.points), len(simulated.points)) == (ECDF_POINTS_MAX, 50)
    assert real.points[0][0] == min(sample)
    assert real.points[-1] == (max(sample), 1.0)
    middle = next(x for x, y in real.points if y is not None and y >= 0.5)
    assert abs(middle) < 0.05


def test_a_histogram_pair_is_shares_of_each_whole() -> None:
    chart = histogram_pair(X, [0, 1, 2], real=[1, 3], simulated=[100, 100])
    assert [shape for _, shape in chart.shapes] == [(0.25, 0.75), (0.5, 0.5)]


def test_the_table_of_a_long_line_is_bounded() -> None:
    line = Line(NAME, tuple((x, x) for x in range(3_000)))
    assert 100 < len(figure_table(Lines(X, X, (line,))).rows) <= ROWS_MAX


def test_paper_has_every_colour_that_the_style_names() -> None:
    assert set(re.findall(r"var\(--([a-z]+)\)", chart_style())) <= {*PAPER, "letters"}
    assert "var(" not in paper_style("en")


@pytest.mark.parametrize("text", ["a b c " * 30, "长" * 90, "word" * 80, "", "混合 mixed 文字 text " * 9])
def test_long_texts_are_broken_and_shortened_to_fit(text: str) -> None:
    lines = wrapped(text, 200.0, lines_max=2)
    assert 1 <= len(lines) <= 2
    assert all(text_width(line) <= 200.0 for line in lines)
    assert text_width(shortened(text, 100.0)) <= 100.0
    assert WIDTH > 200.0
