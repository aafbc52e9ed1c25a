"""What borrowers ask for, what they pay, and how many stop paying."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import Shape, Table
from bulkhead.simulation.fitting.reading import columns_of, numbers
from bulkhead.simulation.fitting.writing import quantile_points, shares

GRADES = "ABCDEF"  # F stands for F and G, which are few
_SOURCE = "LendingClub, 2018 Q1 (OpenIntro loans_full_schema)"
_ON_2018 = Words("10,000 loans issued January to March 2018", "2018 年 1 至 3 月发放的 10,000 笔贷款")
_PLAIN = Words("none: a share, a rate or a count", "不换算：占比、利率或数量")
CNY_PER_USD = 5
_MONEY = Words(
    "1 USD is taken as 5 CNY: LendingClub's cap of 40,000 USD becomes 200,000 CNY, the most a person may owe on one "
    "Chinese platform (2016 interim measures, article 17)",
    "1 美元按 5 元折算：LendingClub 的 40,000 美元上限对应 2016 年《网络借贷信息中介机构业务活动管理暂行办法》第十七条"
    "规定的同一自然人在同一平台 20 万元上限",
)
_BAD = ("Charged Off", "Late (31-120 days)", "Late (16-30 days)")


def fit(data: Path) -> list[Table]:
    """Tables from LendingClub and, for the length of loans, from the Czech bank."""
    raw = columns_of(data / "credit/loans_full_schema.csv.gz")
    grade = _pooled(raw["grade"])
    return [
        _amounts(raw["loan_amount"]),
        _terms(raw["term"]),
        _grades(grade),
        *(_rates(name, 100 * numbers(raw["interest_rate"])[grade == name]) for name in GRADES),
        _hazard(raw, grade),
        _bad_shares(data),
        _czech_terms(data),
    ]


def _pooled(grades: list[str]) -> NDArray[np.str_]:
    """Letters A to F; G counts as F."""
    return np.array([text[0].replace("G", "F") for text in grades])


def _amounts(values: list[str]) -> Table:
    amounts = numbers(values) * CNY_PER_USD * 100
    title = Words("Size of loans", "借款金额")
    return Table(
        "loan-amount", Shape.QUANTILES, title, _SOURCE, _ON_2018, len(amounts), "CNY minor units", _MONEY,
        quantile_points(amounts),
    )  # fmt: skip


def _terms(values: list[str]) -> Table:
    months, counts = np.unique(numbers(values).astype(np.int64), return_counts=True)
    title = Words("Length of loans in months", "借款期限（月）")
    return Table(
        "loan-term", Shape.WEIGHTS, title, _SOURCE, _ON_2018, len(values), "weights of 10,000", _PLAIN,
        shares(counts), tuple(months.tolist()),
    )  # fmt: skip


def _grades(grade: NDArray[np.str_]) -> Table:
    counts = np.array([np.count_nonzero(grade == name) for name in GRADES])
    title = Words("Grades of borrowers, A to F (with G)", "借款人评级 A 至 F（含 G）")
    return Table(
        "loan-grade",
        Shape.WEIGHTS,
        title,
        _SOURCE,
        _ON_2018,
        len(grade),
        "weights of 10,000",
        _PLAIN,
        shares(counts),
    )


def _rates(name: str, rates_bp: NDArray[np.float64]) -> Table:
    title = Words(f"Yearly rate of loans of grade {name}", f"{name} 级借款年利率")
    scale = Words(
        "none; a world caps what its law forbids: 24 % in China (14 % where four times the loan prime rate applies)",
        "不换算；超过法定上限的由世界设置截断：我国为 24%（适用四倍 LPR 时约 14%）",
    )
    return Table(
        f"loan-rate-{name.lower()}", Shape.QUANTILES, title, _SOURCE, _ON_2018, len(rates_bp), "basis points", scale,
        quantile_points(rates_bp),
    )  # fmt: skip


def _hazard(raw: dict[str, list[str]], grade: NDArray[np.str_]) -> Table:
    """Stops per month of exposure; exposure is how many instalments were paid."""
    status = np.array(raw["loan_status"])
    paid = np.minimum(
        numbers(raw["paid_total"]) / numbers(raw["installment"]), 6.0
    )  # a loan repaid early tells no more
    rates = [
        1_000_000 * np.isin(status[grade == name], _BAD).sum() / (paid[grade == name].sum() + 1) for name in GRADES
    ]
    fitted_on = Words(
        f"{_ON_2018.en}; late by 16 days or more, or written off, per instalment paid; few months, 111 such loans",
        f"{_ON_2018.zh}；逾期 16 天以上或核销的笔数除以已还期数；观察期仅数月，此类贷款 111 笔",
    )
    title = Words(
        "Borrowers who stop paying, a month, grade A to F (with G)", "每月停止还款的概率，A 至 F 级（含 G 级）"
    )
    values = tuple(int(v) for v in np.rint(np.maximum.accumulate(rates)))
    return Table(
        "loan-hazard", Shape.FACTORS, title, _SOURCE, fitted_on, len(status), "per million", _PLAIN, values
    )


def _bad_shares(data: Path) -> Table:
    raw = columns_of(data / "credit/lending_club.csv.gz")
    grade = _pooled(raw["sub_grade"])
    bad = np.array(raw["Class"]) == "bad"
    values = tuple(int(np.rint(1000 * bad[grade == name].mean())) for name in GRADES)
    return Table(
        "loan-bad-share", Shape.FACTORS,
        Words("Loans gone bad, grade A to F (with G)", "不良贷款占比，A 至 F 级（含 G 级）"),
        "LendingClub, 2016 Q1 (modeldata lending_club)",
        Words("9,857 loans of 2016 Q1, as they stood when published", "2016 年第一季度 9,857 笔贷款，以公布时状态为准"),
        len(bad), "per mille", _PLAIN, values,
    )  # fmt: skip


def _czech_terms(data: Path) -> Table:
    raw = columns_of(data / "berka/loan.asc", delimiter=";")
    months, counts = np.unique(np.array(raw["duration"], np.int64), return_counts=True)
    return Table(
        "bank-loan-term", Shape.WEIGHTS, Words("Length of a bank's loans in months", "银行贷款期限（月）"),
        "PKDD'99 discovery challenge, Czech bank (Berka)",
        Words("682 loans, 1993 to 1998", "1993—1998 年 682 笔贷款"), len(raw["duration"]), "weights of 10,000", _PLAIN,
        shares(counts), tuple(months.tolist()),
    )  # fmt: skip
