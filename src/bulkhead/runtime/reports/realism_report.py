"""How real the simulated world is, as a document: every number beside its source, nothing left out that differs."""

from __future__ import annotations

from datetime import date

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.document import (
    Block,
    Column,
    Document,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Note,
    Paragraph,
    Table,
)
from bulkhead.reporting.figures import Axis, BarRow, Bars, Chart, ecdf_pair, histogram_pair
from bulkhead.reporting.values import COUNT, SHARE, Estimate, Unit
from bulkhead.simulation.realism import statistics
from bulkhead.simulation.realism.result import Classes, Distribution, Realism
from bulkhead.simulation.realism.telling import Telling

CODE = "realism"
_TITLE = Words("How real the simulated world is", "仿真世界的真实度")
_PLAIN = Unit("number", decimals=3)
_SIZE = Unit("number", decimals=2)
_REAL, _SIMULATED = Words("real", "真实数据"), Words("simulated", "仿真数据")
_CLASSES_AS_BARS = 8  # more are drawn as a histogram


def realism_document(found: Realism, dated: date) -> Document:
    """The whole report of one world."""
    subtitle = Words(
        f"{found.movements:,} movements of {found.clients:,} clients in {found.days} days without incidents",
        f"{found.clients:,} 名客户 {found.days} 天内的 {found.movements:,} 笔流水，未注入风险事件",
    )
    source = Words(f"World platform, seed {found.seed}", f"世界 platform，种子 {found.seed}")
    blocks = (
        *_told_apart(found), *_distributions(found), *_classes(found), *_numbers(found), *_what_is_missing(),
    )  # fmt: skip
    return Document(CODE, _TITLE, subtitle, source, dated, blocks)


def _told_apart(found: Realism) -> list[Block]:
    made: list[Block] = [
        Paragraph(
            Words(
                "A gradient-boosted classifier was trained to tell stretches of 24 movements of real accounts (a Czech "
                "bank, 1995 to 1998) from those of simulated clients. No account is in both training and test. "
                "Area under the curve: 0.5 means it cannot tell, 1 that it always can.",
                "训练一个梯度提升分类器，区分真实账户（1995—1998 年捷克某银行）与仿真客户连续 24 笔流水。"
                "同一账户不会同时出现在训练集与测试集。曲线下面积：0.5 表示无法区分，1 表示总能区分。",
            )
        ),
        KeyFigures(tuple(KeyFigure(t.title, _estimate(t.auc), _PLAIN) for t in found.tellings)),
        Note(
            Words(
                "A bank's current account and an account at a lending platform are different things: fees, interest "
                "and repayments alone tell them apart. Only own money paid in and taken out can be compared fairly.",
                "银行活期账户与网贷平台账户本就不同，仅凭费用、利息与还款即可区分；只有本人资金的进出可公平比较。",
            )
        ),
    ]
    for telling in found.tellings:
        made += [Heading(telling.title, 2), _give_aways(telling)]
    return [Heading(Words("Can a machine tell?", "机器能否分辨")), *made]


def _give_aways(telling: Telling) -> Table:
    columns = (
        Column(Words("By what", "依据"), wide=True), Column(Words("Part of the gain", "增益占比"), SHARE),
        Column(Words("AUC by itself", "单独 AUC"), _SIZE), Column(Words("KS distance", "KS 距离"), _SIZE),
        Column(Words("real: quartiles", "真实：四分位")), Column(Words("simulated: quartiles", "仿真：四分位")),
    )  # fmt: skip
    rows = tuple(
        (g.title, g.gain, g.auc_alone, g.ks, _quartiles(g.real), _quartiles(g.simulated))
        for g in telling.give_aways
    )
    caption = Words(
        f"{telling.real_stretches:,} stretches of {telling.real_accounts:,} real accounts, "
        f"{telling.simulated_stretches:,} of {telling.simulated_accounts:,} simulated ones",
        f"真实：{telling.real_accounts:,} 个账户 {telling.real_stretches:,} 段；"
        f"仿真：{telling.simulated_accounts:,} 个账户 {telling.simulated_stretches:,} 段",
    )
    return Table(columns, rows, caption)


def _distributions(found: Realism) -> list[Block]:
    columns = (
        Column(Words("What", "项目"), wide=True), Column(Words("Unit", "单位")),
        Column(Words("n real", "真实样本"), COUNT), Column(Words("n simulated", "仿真样本"), COUNT),
        Column(Words("KS distance", "KS 距离"), _PLAIN), Column(Words("Wasserstein", "Wasserstein 距离")),
        Column(Words("median real", "真实中位数")), Column(Words("median simulated", "仿真中位数")),
    )  # fmt: skip
    rows = tuple(
        (
            d.title, d.unit, d.comparison.real_rows, d.comparison.simulated_rows, _estimate(d.comparison.ks),
            _short_interval(d.comparison.distance), _short(d.comparison.real_median),
            _short(d.comparison.simulated_median),
        )
        for d in found.distributions
    )  # fmt: skip
    caption = Words(
        "Two-sample Kolmogorov-Smirnov and Wasserstein distances with 95 % bootstrap intervals over rows. With so many "
        "rows every difference is significant; what counts is how large it is.",
        "双样本 KS 与 Wasserstein 距离，括号内为按行自助法 95% 区间。样本量很大，任何差异都显著，应看差异大小。",
    )
    return [
        Heading(Words("Distributions side by side", "分布逐项对照")),
        Table(columns, rows, caption),
        *(_ecdf(d) for d in found.distributions),
    ]


def _ecdf(d: Distribution) -> Figure:
    sides = [side[side > 0] if d.logarithmic else side for side in (d.real, d.simulated)]
    axis = Axis(d.title, Unit("number", decimals=2, words=d.unit), log=d.logarithmic)
    chart = ecdf_pair(axis, real=sides[0].tolist(), simulated=sides[1].tolist())
    return Figure(d.title, chart, Words(f"Source: {d.source}", f"来源：{d.source}"))


def _classes(found: Realism) -> list[Block]:
    columns = (
        Column(Words("What", "项目"), wide=True), Column(Words("n real", "真实样本"), COUNT),
        Column(Words("n simulated", "仿真样本"), COUNT), Column(Words("Chi-square", "卡方"), _SIZE),
        Column(Words("Degrees", "自由度"), COUNT), Column(Words("p", "p 值"), _PLAIN),
        Column(Words("Shares that differ", "占比差异"), SHARE),
    )  # fmt: skip
    rows = tuple(
        (
            c.title, c.comparison.real_rows, c.comparison.simulated_rows, c.comparison.chi_square,
            c.comparison.degrees, c.comparison.p_value, _estimate(c.comparison.distance),
        )
        for c in found.classes
    )  # fmt: skip
    heading = Heading(Words("Roundness, dates and hours", "整齐程度、日期与小时"))
    return [heading, Table(columns, rows), *(_counted(c) for c in found.classes)]


def _counted(c: Classes) -> Figure:
    note = Words(f"Source: {c.source}", f"来源：{c.source}")
    chart: Chart
    if len(c.labels) <= _CLASSES_AS_BARS:
        sides = ((_REAL, c.real, "plain"), (_SIMULATED, c.simulated, "notice"))
        rows = tuple(BarRow(name, tuple(v / sum(side) for v in side), tone=tone) for name, side, tone in sides)
        chart = Bars(Axis(Words("Share", "占比"), SHARE), tuple(Words(label, label) for label in c.labels), rows)
    else:
        edges = [float(int(c.labels[0]) + place) for place in range(len(c.labels) + 1)]
        chart = histogram_pair(Axis(c.title, COUNT), edges, real=c.real, simulated=c.simulated)
    return Figure(c.title, chart, note)


def _numbers(found: Realism) -> list[Block]:
    columns = (
        Column(Words("What", "项目"), wide=True), Column(Words("real (usual range)", "真实（常见范围）"), _SIZE),
        Column(Words("simulated", "仿真"), _SIZE), Column(Words("within", "是否落入")),
        Column(Words("Source", "来源")),
    )  # fmt: skip
    rows = tuple(
        (n.title, Estimate(n.real, n.low, n.high), n.simulated, Words("yes", "是") if n.inside else Words("no", "否"),
         n.source)
        for n in found.numbers
    )  # fmt: skip
    return [Heading(Words("Single numbers", "单项指标")), Table(columns, rows)]


def _what_is_missing() -> list[Block]:
    remarks = (
        Words(
            "Real account streams are Czech, of the 1990s and of borrowers; a crown is taken as 0.80 yuan.",
            "真实账户流水来自 20 世纪 90 年代捷克的贷款客户；1 克朗按 0.80 元折算。",
        ),
        Words(
            "Card payments are themselves simulated, so hours have no real reference.",
            "刷卡数据本身为模拟数据，因此小时分布没有真实参照。",
        ),
        Words(
            "No equity index is held; the index of the world is set by hand. Complaints, posts and telemetry have no "
            "reference either.",
            "未持有股票指数数据，仿真指数为人工设定；投诉、舆情与系统遥测亦无真实参照。",
        ),
    )
    return [
        Heading(Words("What could not be compared", "未能对照的部分")),
        *(Note(text, "missing") for text in remarks),
    ]


def _estimate(found: statistics.Estimate) -> Estimate:
    return Estimate(found.value, found.low, found.high)


def _short(value: float) -> str:
    """Three significant digits: sizes of all units stand in one column."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _short_interval(found: statistics.Estimate) -> str:
    return f"{_short(found.value)} ({_short(found.low)} … {_short(found.high)})"


def _quartiles(three: tuple[float, float, float]) -> str:
    return " / ".join(f"{value:.2f}" for value in three)
