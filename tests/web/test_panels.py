"""The shared panels: what they make of any reason, of any figures, and of nothing at all."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from bulkhead.kernel.movements import AccountClass, Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Fact, Reason, Words
from bulkhead.web.components.chart import Chart, Series
from bulkhead.web.components.marks import SEVERITIES, Mark, mark_of, severity_mark, truth_mark
from bulkhead.web.components.state import State
from bulkhead.web.components.timeline import Moment
from bulkhead.web.components.why import why_tree
from bulkhead.web.terms import REFUSAL_SENTENCES, term

pytestmark = pytest.mark.usefixtures("console_house")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The page of the test before may have been Chinese."""
    with translation.override("en"):
        yield


ICONS = Path(__file__).parents[2] / "src/bulkhead/web/templates/web/icons"

UNKNOWN_FACT = Fact("device.count_1h", Words("device: movements", "设备交易笔数"), None)
MONEY_FACT = Fact("amount", Words("amount", "金额"), 906_818.0, "CNY")
NEW_FACT = Fact("payer.new_counterparty", Words("new", "首次出现"), 1.0)
LEAF = Reason(
    "comparison", Words("amount >= 5", "amount >= 5"), None, facts=(UNKNOWN_FACT, MONEY_FACT, NEW_FACT, MONEY_FACT)
)
RULE = Reason(
    "night.burst",
    Words("Night burst", "夜间突增"),
    None,
    "hold",
    "high",
    Words("Many at night.", "夜间多笔。"),
    children=(LEAF,),
)
ROOT = Reason("decision", Words("Held <b>", "暂缓"), None, "hold", children=(RULE,))


def found(pattern: str, page: str) -> str:
    """The first group of what is looked for, or all of it."""
    match = re.search(pattern, page, re.S)
    assert match, pattern
    return match[1] if match.re.groups else match[0]


def test_a_reason_is_drawn_down_to_its_values() -> None:
    tree = why_tree(ROOT, "en")
    (rule,) = tree.children
    (leaf,) = rule.children
    assert (tree.open, rule.open, rule.grade, rule.follows) == (
        True,
        True,
        SEVERITIES["high"],
        mark_of(Outcome.HOLD),
    )
    assert [fact.text for fact in leaf.facts] == ["unknown", "¥9,068.18", "yes"]  # each value once
    page = render_to_string("web/components/why.html", {"why": tree})
    assert "Held &lt;b&gt;" in page
    assert page.count("<details") == 2
    assert "cannot be known:" in page
    assert "暂缓" not in page


def test_a_reason_speaks_chinese() -> None:
    with translation.override("zh-hans"):
        page = render_to_string("web/components/why.html", {"why": why_tree(ROOT, "zh")})
    for words in ("夜间突增", "夜间多笔。", "未知", "无法判断", "高", "是"):
        assert words in page


def test_what_is_unknown_deep_down_is_open_to_see() -> None:
    deep = Reason("a", Words("a", "甲"), True, children=(Reason("b", Words("b", "乙"), True, children=(ROOT,)),))
    shown = why_tree(Reason("top", Words("top", "顶"), True, children=(deep,)), "en", depth_open=1)
    assert shown.children[0].open
    quiet = why_tree(
        Reason("top", Words("top", "顶"), False, children=(Reason("x", Words("x", "某"), False),)),
        "en",
        depth_open=0,
    )
    assert not quiet.open


def test_every_mark_has_a_shape_a_tone_and_both_words() -> None:
    marks: list[Mark] = [
        *SEVERITIES.values(),
        *(mark_of(one) for one in Outcome),
        *(mark_of(one) for one in Status),
        *(truth_mark(one) for one in (True, False, None)),
        severity_mark("never heard of"),
    ]
    for mark in marks:
        assert (ICONS / f"{mark.shape}.svg").is_file(), mark
        assert mark.words.en
        assert mark.words.zh
        assert mark.words.en in render_to_string("web/components/badge.html", {"mark": mark})
    shapes = [mark.shape for mark in SEVERITIES.values()]
    assert len(set(shapes)) == len(shapes)  # told apart without colour


def test_every_member_has_words_and_every_refusal_a_sentence() -> None:
    kinds = (AccountClass, MovementKind, Outcome, Phase, Refusal, Status)
    for member in (*itertools.chain.from_iterable(kinds), *Finding):
        assert re.search(r"[\u4e00-\u9fff]", term(member).zh), member
    assert set(REFUSAL_SENTENCES) == set(Refusal) - {Refusal.NONE}


def test_a_chart_has_its_data_and_the_same_as_a_table() -> None:
    points = [(1_767_600_000_000_000 + k * 1_000_000, 100 * k) for k in range(300)]
    chart = Chart(
        "one",
        Words("Balance", "余额"),
        (Series(Words("Balance", "余额"), points, step=True),),
        currency="CNY",
        offset_minutes=480,
    )
    page = render_to_string("web/components/chart.html", {"chart": chart, "data": chart.data("en")})
    data = json.loads(found(r'type="application/json">(.*?)</script>', page))
    assert data["series"][0]["points"][0] == [1_767_600_000_000 + 480 * 60_000, 0]
    assert page.count("<tr>") == 1 + 200  # the latest
    assert "¥299.00" in page
    assert 'role="img"' in page


def test_a_chart_of_nothing_says_so() -> None:
    chart = Chart("none", Words("Balance", "余额"), ())
    page = render_to_string("web/components/chart.html", {"chart": chart, "data": chart.data("en")})
    assert "nothing to draw" in page
    assert "<script" not in page


def test_states_differ_in_more_than_their_colour() -> None:
    title, sentence = Words("No breaks today", "今日无差异"), Words("All files came.", "文件均已到齐。")
    pages = {
        kind: render_to_string(
            "web/components/state.html", {"state": State(kind, title, sentence, "/x/", Words("Go on", "继续"))}
        )
        for kind in ("empty", "stale", "failed", "forbidden")
    }
    assert len({found(r"<svg.*?</svg>", page) for page in pages.values()}) == 4
    assert {kind for kind, page in pages.items() if 'role="alert"' in page} == {"failed", "forbidden"}
    assert all('href="/x/"' in page for page in pages.values())


def test_a_timeline_keeps_its_order_and_marks_what_waits() -> None:
    steps = [
        Moment(Words("came", "接收"), Mark("circle", "plain", Words("came", "接收")), 1_000_000),
        Moment(Words("waits", "等待"), Mark("clock", "warn", Words("waits", "等待")), waits=True, note="<i>"),
    ]
    page = render_to_string("web/components/timeline.html", {"steps": steps})
    assert page.index("came") < page.index("waits")
    assert page.count("timeline-waits") == 1
    assert "&lt;i&gt;" in page
