"""A report with every block and every chart in it, as a case study would be, and one made of hostile texts."""

from __future__ import annotations

import math
from datetime import date

from bulkhead.kernel.reasons import Words
from bulkhead.reporting import document as doc
from bulkhead.reporting.figures import (
    Axis,
    BarRow,
    Bars,
    Event,
    Line,
    Lines,
    Sign,
    Timeline,
    ecdf_pair,
    histogram_pair,
)
from bulkhead.reporting.values import CNY, COUNT, DATE, DAYS, SHARE, Estimate, Unit

DAY_0 = 20_454  # 2026-01-01
DAY = Axis(Words("Day", "日期"), DATE)
SEEDS = tuple(range(30))


def _loss(day: int, seed: float, stopped: int | None) -> int:
    grown: float = 40_000_00 * float(max(0, min(day, stopped or day) - 60)) ** 1.35
    return round(grown * (1 + 0.2 * math.sin(seed)))


def _losses() -> doc.Figure:
    lines = []
    for name, stopped, tone, dashed in (
        (Words("without the mechanism", "无机制"), None, "warn", True),
        (Words("with the mechanism", "有机制"), 96, "notice", False),
    ):
        days = range(0, 181, 2)
        middle = [_loss(day, 0.0, stopped) for day in days]
        low, high = ([round(value * factor) for value in middle] for factor in (0.82, 1.19))
        points = tuple((DAY_0 + day, value) for day, value in zip(days, middle, strict=True))
        lines.append(Line(name, points, tuple(low), tuple(high), tone, dashed))
    signs = (
        Sign(DAY_0 + 60, Words("fraud begins", "舞弊开始"), "alarm"),
        Sign(DAY_0 + 92, Words("indicator red", "指标转红"), "notice"),
        Sign(DAY_0 + 96, Words("partner suspended", "暂停合作方"), "ok"),
    )
    chart = Lines(DAY, Axis(Words("Losses of clients", "客户累计损失"), CNY), tuple(lines), signs)
    return doc.Figure(
        Words("Losses of clients, day by day", "客户损失逐日累计"),
        chart,
        Words(
            "Median of 30 seeds; the bands hold 95 % of them.",
            "30 个随机种子的中位数；阴影为 95% 区间。",
        ),
    )


def _timeline() -> doc.Figure:
    what, seen, done = (
        Words("What happened", "事件"),
        Words("Identified", "识别"),
        Words("Response", "处置"),
    )
    events = (
        Event(what, DAY_0 + 60, Words("Partner forges guarantees", "合作方伪造担保"), DAY_0 + 150, "alarm"),
        Event(what, DAY_0 + 88, Words("First fictitious borrower defaults", "首笔虚构借款违约"), tone="alarm"),
        Event(seen, DAY_0 + 90, Words("Share of loans by partner: amber", "单一合作方占比：黄色"), tone="warn"),
        Event(seen, DAY_0 + 92, Words("First-payment default by partner: red", "合作方首期违约率：红色")),
        Event(seen, DAY_0 + 93, Words("Delivery of documents late", "合作方资料延迟交付"), tone="warn"),
        Event(done, DAY_0 + 96, Words("Partner suspended", "暂停合作方业务"), DAY_0 + 180, "ok"),
        Event(done, DAY_0 + 171, Words("Guarantee called, recovery begins", "启动代偿与追偿"), tone="ok"),
    )
    return doc.Figure(Words("What was identified when", "何时识别、如何处置"), Timeline(DAY, events))


def _effects() -> doc.Figure:
    labels = (
        Words("Losses of clients", "客户损失"),
        Words("Losses with the mechanism switched off", "关闭机制时的损失差异"),
        Words("Cost of the mechanism", "机制成本"),
    )
    row = BarRow(
        Words("avoided", "避免的损失"),
        (1_234_567_89_00, 0, -84_000_00),
        (1_010_000_00_00, -12_000_00, -91_000_00),
        (1_480_000_00_00, 12_000_00, -78_000_00),
    )
    return doc.Figure(
        Words("Effect of the mechanism", "机制效果"), Bars(Axis(Words("Amount", "金额"), CNY), labels, (row,))
    )


def _pairs() -> tuple[doc.Figure, ...]:
    real = [math.exp(7 + 1.1 * math.sin(i * 0.7) + (i % 17) * 0.05) for i in range(900)]
    simulated = [value * (1.05 + 0.03 * math.cos(i)) for i, value in enumerate(real)]
    hours = [3, 1, 1, 1, 2, 5, 14, 30, 52, 66, 71, 68, 55, 58, 63, 66, 61, 57, 49, 44, 40, 31, 18, 8]
    near = [max(0, count + (i % 5) - 2) for i, count in enumerate(hours)]
    amount = Axis(Words("Amount of a deposit", "单笔充值金额"), Unit(words=Words("yuan", "元")), log=True)
    hour = Axis(Words("Hour of the day", "时刻"), Unit(decimals=0, words=Words("h", "时")))
    return (
        doc.Figure(
            Words("Deposits, cumulated", "充值金额累计分布"), ecdf_pair(amount, real=real, simulated=simulated)
        ),
        doc.Figure(
            Words("When money moves", "资金变动的时刻分布"),
            histogram_pair(hour, range(25), real=hours, simulated=near),
        ),
    )


def _figures() -> doc.KeyFigures:
    return doc.KeyFigures(
        (
            doc.KeyFigure(
                Words("Losses avoided", "避免的损失"),
                Estimate(123_456_789_00, 101_000_000_00, 148_000_000_00),
                CNY,
                tone="good",
            ),
            doc.KeyFigure(
                Words("Identified after", "识别用时"),
                Estimate(32.0, 29.5, 36.0),
                DAYS,
                Words("by first-payment defaults", "首期违约率指标最先报警"),
            ),
            doc.KeyFigure(Words("Clients who lost money", "受损客户数"), 412, COUNT, tone="bad"),
            doc.KeyFigure(Words("Losses prevented of all", "损失减少比例"), Estimate(0.784, 0.71, 0.83), SHARE),
            doc.KeyFigure(
                Words("Cost of the mechanism", "机制成本"),
                84_000_00,
                CNY,
                Words("two people for four days", "两人四天的工作量"),
            ),
            doc.KeyFigure(Words("Recovery from the guarantor", "向担保方追回"), None, CNY, tone="caution"),
        )
    )


def _table() -> doc.Table:
    columns = (
        doc.Column(Words("Indicator", "指标"), wide=True),
        doc.Column(Words("First red on", "首次转红"), DATE),
        doc.Column(Words("Days after the beginning", "距事件开始"), DAYS),
        doc.Column(Words("Share of seeds", "种子占比"), SHARE),
        doc.Column(Words("Losses then", "当时损失"), CNY),
    )
    rows = (
        (Words("First-payment default by partner", "合作方首期违约率"), DAY_0 + 92, 32.0, 1.0, 2_345_678_90),
        (Words("Concentration of one partner", "单一合作方集中度"), DAY_0 + 97, 37.0, 0.9667, 3_100_000_00),
        (Words("Documents delivered late", "合作方资料延迟率"), None, None, 0.0, None),
    )
    return doc.Table(columns, rows, Words("Which indicator saw it first", "各指标首次报警情况"))


def sample_report() -> doc.Document:
    """Every kind of block once at least."""
    blocks: tuple[doc.Block, ...] = (
        doc.Paragraph(
            Words(
                "A guarantor that brings loans begins to forge the guarantees behind them. Without anybody who measures"
                " first-payment defaults by partner, the first sign is clients who are not paid.",
                "一家兼做导流的担保公司开始伪造担保。若无人按合作方统计首期违约率，最早的信号就是投资人收不到还款。",
            )
        ),
        _figures(),
        doc.Heading(Words("What was identified and when", "识别了什么、何时识别")),
        _timeline(),
        _table(),
        doc.Heading(Words("What it changed", "机制带来的变化")),
        _losses(),
        doc.Heading(Words("Cost and benefit", "成本与收益"), 2),
        _effects(),
        doc.Points(
            (
                Words("The indicator turned red on day 92.", "第 92 天指标转红。"),
                Words("The partner was suspended four days later.", "四天后暂停该合作方。"),
            ),
            numbered=True,
        ),
        doc.Heading(Words("How near to reality", "与真实数据的接近程度")),
        *_pairs(),
        doc.Heading(Words("Limits", "局限")),
        doc.Note(Words("Staff act four days after an alarm.", "假设报警四天后采取处置措施。"), "assumption"),
        doc.Note(Words("Recovery is not modelled yet.", "尚未模拟追偿过程。"), "missing"),
        doc.Points((Words("Thirty seeds were played.", "共运行 30 个随机种子。"),)),
        doc.Table((doc.Column(Words("Alarm", "报警")),), (), Words("False alarms", "误报")),
    )
    return doc.Document(
        "moral-hazard",
        Words("Case study: a partner commits fraud", "案例演练：合作方舞弊"),
        Words("Played with and without the mechanism, 30 seeds", "有无机制对照，30 个随机种子"),
        Words("Case study “moral-hazard”", "案例“道德风险”"),
        date(2026, 11, 22),
        blocks,
    )


HOSTILE = (
    '<script>alert("1")</script>',
    "</style></svg><img src=x onerror=alert(1)>",
    "\"' onmouseover='x' &amp; &lt;",
    '#panic("no") #eval("1") *bold* _it_ $x^2$ `raw` @ref <label> // gone /* gone */ \\ ] }',
    '=HYPERLINK("http://example.invalid";"x")',
    "\x00\x07 control \x1b[31m and \u202e turned, \ufffe no character",
    "{{ template }} {% raw %} ${x} %s {0}",
    "-" * 300 + "很长" * 200,
)


def hostile_report(text: str) -> doc.Document:
    """The text wherever a text can stand."""
    words = Words(text, text)
    axis = Axis(words)
    lines = Lines(axis, axis, (Line(words, ((0, 1), (1, 2))), Line(words, ((0, 2),))), (Sign(0.5, words),))
    blocks: tuple[doc.Block, ...] = (
        doc.Heading(words),
        doc.Heading(words, 2),
        doc.Paragraph(words),
        doc.KeyFigures(
            (
                doc.KeyFigure(words, words, note=words),
                doc.KeyFigure(words, text),
                doc.KeyFigure(words, 1.0, Unit(words=words)),
            )
        ),
        doc.Table((doc.Column(words), doc.Column(words, COUNT)), ((text, 1), (words, None)), words),
        doc.Table((doc.Column(words),), (), empty=words),
        doc.Figure(words, lines, words),
        doc.Figure(words, Bars(axis, (words,), (BarRow(words, (1.0,)), BarRow(words, (None,))))),
        doc.Figure(words, Timeline(axis, (Event(words, 1, words), Event(words, 1, words, 2)))),
        doc.Note(words, "warning"),
        doc.Points((words,)),
        doc.Points((words,), numbered=True),
    )
    return doc.Document("hostile", words, words, words, date(2026, 11, 22), blocks)
