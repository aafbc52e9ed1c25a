"""What Chinese lending platforms looked like in 2017: rates, terms, sizes, concentration, growth."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import Shape, Table
from bulkhead.simulation.fitting.reading import columns_of, numbers
from bulkhead.simulation.fitting.writing import Sample, quantile_points, shares

_SOURCE = "WDZJ (网贷之家) via P2PDA"
_PLAIN = Words("none: the source is Chinese and in these units", "不换算：来源即为我国平台数据")
_WAN_MINOR = 1_000_000  # 10,000 yuan in fen
_MONTHS = Words("one row a platform and month, January to June 2017", "2017 年 1 至 6 月，每平台每月一行")


def fit(data: Path) -> list[Table]:
    """Tables from the platforms' monthly figures."""
    raw = columns_of(data / "p2p_platforms/platData.csv")
    column = {name: numbers(raw[name]) for name in _COLUMNS}
    lenders, borrowers = column["bidderNum"], column["borrowerNum"]
    both = (lenders > 0) & (borrowers > 0)
    owed = column["stayStillOfTotal"]
    plain = (
        ("platform-rate", "Yearly return promised to lenders", "出借人年化收益率", "basis points",
         100 * _positive(column["incomeRate"])),
        ("platform-term", "Length of loans on a platform", "平台借款平均期限", "hundredths of a month",
         100 * _positive(column["loanPeriod"])),
        ("platform-lent", "Average lent by one lender in a month", "人均出借金额（当月）", "CNY minor units",
         _WAN_MINOR * _positive(column["avgBidMoney"])),
        ("platform-borrowed", "Average borrowed by one borrower in a month", "人均借款金额（当月）", "CNY minor units",
         _WAN_MINOR * _positive(column["avgBorrowMoney"])),
        ("platform-owed", "Money owed to lenders", "待还余额", "10,000 CNY", _positive(owed)),
        ("platform-lenders", "Lenders active in a month", "当月出借人数", "people", _positive(lenders)),
        ("lenders-per-borrower", "Lenders for each borrower", "每名借款人对应的出借人数", "per mille",
         1000 * lenders[both] / borrowers[both]),
        ("top-ten-borrowers", "Part of all debt that ten borrowers owe", "前十大借款人待还占比", "per mille",
         10 * _share(column["top10DueInProportion"])),
        ("top-ten-lenders", "Part of all claims that ten lenders hold", "前十大出借人待收占比", "per mille",
         10 * _share(column["top10StayStillProportion"])),
        ("platform-inflow", "Net inflow of 30 days against money owed", "近 30 日净流入与待还余额之比", "per mille",
         1000 * column["netInflowOfThirty"][owed > 0] / owed[owed > 0]),
        ("platform-growth", "Growth of money owed in a month", "待还余额月增长率", "per mille",
         1000 * _growth(raw["wdzjPlatId"], raw["month"], owed)),
    )  # fmt: skip
    made = [
        _table(code, Shape.QUANTILES, Words(en, zh), len(sample), unit, _points(sample))
        for code, en, zh, unit, sample in plain
    ]
    return [*made, *_sizes(data)]


_COLUMNS = (
    "incomeRate", "loanPeriod", "avgBidMoney", "avgBorrowMoney", "stayStillOfTotal", "bidderNum", "borrowerNum",
    "top10DueInProportion", "top10StayStillProportion", "netInflowOfThirty",
)  # fmt: skip


def _points(sample: Sample) -> tuple[int, ...]:
    return quantile_points(sample[np.isfinite(sample)], points=65)


def _positive(sample: Sample) -> Sample:
    return sample[sample > 0]


def _share(sample: Sample) -> Sample:
    return sample[(sample > 0) & (sample <= 100)]


def _growth(platform: list[str], month: list[str], owed: Sample) -> Sample:
    """float64[n]: relative change from one month to the next of the same platform, at most a tenfold one."""
    known = {key: value for key, value in zip(zip(platform, month, strict=True), owed, strict=True) if value > 0}
    months = sorted(set(month))
    following = dict(pairwise(months))
    changes = [
        known[name, following[at]] / value - 1
        for (name, at), value in known.items()
        if at in following and (name, following[at]) in known
    ]
    found = np.array(changes, np.float64)
    return np.asarray(found[np.abs(found) < 9])


def _sizes(data: Path) -> list[Table]:
    """How many lenders and borrowers stand in each class of size; each platform's latest month counts once."""
    described = (
        ("lender-size", "platInvestorGrade.csv", ("qianPerson", "wanPerson", "shiWanPerson", "baiWanPerson"),
         Words("Lenders by what they hold", "出借人按持有金额分布")),
        ("borrower-size", "platBorrowerGrade.csv", ("wanPerson", "shiWanPerson", "baiWanPerson", "qianWanPerson"),
         Words("Borrowers by what they owe", "借款人按欠款金额分布")),
    )  # fmt: skip
    made = []
    for code, file, names, title in described:
        raw = columns_of(data / "p2p_platforms" / file)
        people = _latest(raw, names)
        fitted_on = Words(
            "latest month of each platform; below 10,000, to 100,000, to 1,000,000 CNY and above",
            "各平台最新月份；1 万元以下、1—10 万元、10—100 万元、100 万元以上",
        )
        made.append(
            Table(code, Shape.WEIGHTS, title, _SOURCE, fitted_on, len(people), "weights of 10,000", _PLAIN,
                  shares(people.sum(axis=0)), (0, 1_000_000, 10_000_000, 100_000_000))
        )  # fmt: skip
    return made


def _latest(raw: dict[str, list[str]], names: tuple[str, ...]) -> NDArray[np.float64]:
    """float64[platforms, classes] of each platform's last month with anybody in it."""
    table = np.nan_to_num(np.stack([numbers(raw[name]) for name in names], axis=1))
    last: dict[str, tuple[str, int]] = {}
    for row, (platform, day) in enumerate(zip(raw["wdzjPlatId"], raw["date"], strict=True)):
        if table[row].sum() > 0:
            last[platform] = max(last.get(platform, ("", 0)), (day, row))
    return table[[row for _, row in last.values()]]


def _table(code: str, shape: Shape, title: Words, rows: int, unit: str, values: tuple[int, ...]) -> Table:
    return Table(code, shape, title, _SOURCE, _MONTHS, rows, unit, _PLAIN, values)
