"""What people's accounts do: amounts, how round they are, how often and on which days, what is left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import Shape, Table
from bulkhead.simulation.fitting.berka import SOURCE, Movements, Purpose, movements_of
from bulkhead.simulation.fitting.writing import Sample, quantile_points, shares

# The districts' average wage, weighted by inhabitants, was 9,542 crowns (A11); China's towns paid about 7,600 yuan a
# month in 2023 (120,698 a year in non-private and 68,340 in private units, weighed 4 to 6 by headcount).
CNY_PER_CZK_PER_MILLE = 800
_MONEY = Words(
    "1 CZK of 1995-98 is taken as 0.80 CNY: the districts' average wage of 9,542 CZK becomes the 7,600 CNY a month "
    "that Chinese towns paid in 2023",
    "1995—1998 年的 1 克朗按 0.80 元折算：各区平均工资 9,542 克朗对应 2023 年我国城镇月均工资约 7,600 元",
)
_PLAIN = Words("none: a ratio, a count or a date", "不换算：比率、次数或日期")
_TOP_BY_CHANCE = 0.14  # of the dates of fourteen deposits, drawn from everybody's: the most frequent one's share
STEPS_MINOR = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)  # 0.01 to 10,000 of the currency
_NAMES = {
    Purpose.DEPOSIT: ("deposit", "money paid in", "存入"),
    Purpose.SALARY: ("salary", "salaries", "工资入账"),
    Purpose.WITHDRAWAL: ("withdrawal", "money taken out", "取现"),
    Purpose.PAYMENT: ("payment", "standing orders", "定期转账"),
}


def fit(data: Path) -> list[Table]:
    """Tables from the Czech bank."""
    rows = movements_of(data)
    return [*_amounts(rows), *_roundness(rows), *_days(rows), *_activity(rows), *_left(rows)]


def _amounts(rows: Movements) -> list[Table]:
    made = []
    for purpose, (code, en, zh) in _NAMES.items():
        some = rows.of(purpose)
        keys = some.account if purpose is not Purpose.PAYMENT else some.account * 100_000_000 + some.amount
        levels, ratios = levels_and_ratios(keys, some.amount)
        made.append(
            _table(
                f"{code}-level", Shape.QUANTILES, Words(f"Usual size of {en}, by account", f"{zh}的常见金额（按账户）"),
                Words("median amount of each account", "每个账户的金额中位数"), len(levels), "CNY minor units",
                quantile_points(levels * CNY_PER_CZK_PER_MILLE / 1000), scale=_MONEY,
            )
        )  # fmt: skip
        if purpose in (Purpose.DEPOSIT, Purpose.WITHDRAWAL):
            made.append(
                _table(
                    f"{code}-ratio", Shape.QUANTILES,
                    Words(f"Size of {en} against the account's usual", f"{zh}金额与账户常见金额之比"),
                    Words("amount over the account's median", "金额与本账户中位数之比"), len(ratios), "per mille",
                    quantile_points(1000 * ratios),
                )
            )  # fmt: skip
    return made


def levels_and_ratios(keys: NDArray[np.int64], amounts: NDArray[np.int64]) -> tuple[Sample, Sample]:
    """float64[groups], float64[n]: each group's median, and each amount over its group's median."""
    names, groups = np.unique(keys, return_inverse=True)
    medians = np.array([np.median(amounts[groups == group]) for group in range(len(names))])
    return medians, amounts / medians[groups]


def _roundness(rows: Movements) -> list[Table]:
    return [
        _table(
            f"{code}-roundness", Shape.WEIGHTS, Words(f"How round {en} are", f"{zh}金额的整齐程度"),
            Words(
                "grid of 0.01 to 10,000 to which amounts are rounded, chance multiples of the next grid taken off",
                "金额取整到 0.01 至 10,000 的哪一档，已扣除恰好为更高一档倍数的情形",
            ),
            len(rows.of(purpose).amount), "weights of 10,000",
            grid_weights(rows.of(purpose).amount), labels=STEPS_MINOR,
        )
        for purpose, (code, en, zh) in _NAMES.items()
    ]  # fmt: skip


def grid_weights(amounts: NDArray[np.int64]) -> tuple[int, ...]:
    """How many amounts were rounded to each step, from how many each step divides.

    What is rounded to a step is divided by a coarser one by chance: one in ten, a hundred …
    """
    count = len(STEPS_MINOR)
    by_chance = np.array([[1.0 if j >= k else 10.0 ** (j - k) for j in range(count)] for k in range(count)])
    divided = np.array([np.mean(amounts % step == 0) for step in STEPS_MINOR])
    return shares(np.maximum(0.0, np.linalg.solve(by_chance, divided)))


def _days(rows: Movements) -> list[Table]:
    made = []
    for purpose, (code, en, zh) in _NAMES.items():
        some = rows.of(purpose)
        counts = np.bincount(some.date, minlength=32)[1:]
        made.append(
            _table(
                f"{code}-day", Shape.WEIGHTS, Words(f"Day of the month of {en}", f"{zh}发生的日期"),
                Words("transactions by day of the month", "按每月日期统计的交易笔数"), len(some.date),
                "weights of 10,000", shares(counts), labels=tuple(range(1, 32)),
            )
        )  # fmt: skip
    return made


def _activity(rows: Movements) -> list[Table]:
    """How often an account is used, and how long it rests between movements."""
    accounts, groups = np.unique(rows.account, return_inverse=True)
    spans = np.array([np.ptp(rows.day[groups == group]) + 1 for group in range(len(accounts))])
    long_enough = spans >= 90
    made = []
    for purpose, (code, en, zh) in _NAMES.items():
        counts = np.bincount(groups[rows.purpose == purpose], minlength=len(accounts))
        rate = (3000 * counts / spans)[long_enough]
        made.append(
            _table(
                f"{code}-rate", Shape.QUANTILES, Words(f"How often: {en}", f"频率：{zh}"),
                Words("per account seen for 90 days or longer", "观察期不少于 90 天的账户"), len(rate),
                "hundredths per 30 days", quantile_points(rate),
            )
        )  # fmt: skip
    made.append(_habit(rows))
    gaps = gaps_days(rows)
    made.append(
        _table(
            "account-gap", Shape.WEIGHTS, Words("Days between movements of an account", "账户相邻两笔之间的天数"),
            Words("all kinds; the last weight stands for 30 days or more", "全部类型；最后一档为 30 天及以上"),
            len(gaps), "weights of 10,000", shares(np.bincount(np.minimum(gaps, 30), minlength=31)),
            labels=tuple(range(31)),
        )
    )  # fmt: skip
    return made


def _habit(rows: Movements) -> Table:
    """How much of what an account is paid comes on one day of the month."""
    some = rows.of(Purpose.DEPOSIT)
    by_account = [some.date[some.account == account] for account in np.unique(some.account)]
    top = np.array([np.bincount(dates).max() / len(dates) for dates in by_account if len(dates) >= 8])
    part = np.maximum(0.0, (top - _TOP_BY_CHANCE) / (1 - _TOP_BY_CHANCE))
    title = Words("Part of deposits that comes on a day of the month of the account's own", "固定日期存入占比")
    fitted_on = Words(
        "cash deposits on the most frequent date, of accounts with eight or more, less what chance gives it",
        "现金存入落在最常见日期的比例，限存入八笔以上的账户，已扣除随机因素",
    )
    return _table("deposit-habit", Shape.QUANTILES, title, fitted_on, len(top), "per mille",
                  quantile_points(1000 * part))  # fmt: skip


def gaps_days(rows: Movements) -> NDArray[np.int64]:
    """int64[n]: days from each movement to the next of its account."""
    same = rows.account[1:] == rows.account[:-1]
    return np.asarray(np.diff(rows.day)[same])


def _left(rows: Movements) -> list[Table]:
    """Balances, and how much of it people take out at once."""
    taken = rows.of(Purpose.WITHDRAWAL)
    before = taken.balance + taken.amount
    share = (1000 * taken.amount / np.maximum(before, 1))[before > 0]
    positive = rows.balance[rows.balance > 0] * CNY_PER_CZK_PER_MILLE / 1000
    return [
        _table(
            "balance-after", Shape.QUANTILES, Words("Balance after a movement", "交易后余额"),
            Words("balances above zero", "大于零的余额"), len(positive), "CNY minor units",
            quantile_points(positive), scale=_MONEY,
        ),
        _table(
            "withdrawal-share", Shape.QUANTILES, Words("Part of the balance taken out at once", "单笔取现占余额的比例"),
            Words("cash withdrawals over the balance before", "取现金额与取现前余额之比"), len(share), "per mille",
            quantile_points(np.minimum(share, 1000.0)),
        ),
    ]  # fmt: skip


def _table(
    code: str, shape: Shape, title: Words, fitted_on: Words, rows: int, unit: str, values: tuple[int, ...],
    *, scale: Words = _PLAIN, labels: tuple[int, ...] = (),
) -> Table:  # fmt: skip
    period = Words(
        f"{fitted_on.en}; 30,200 transactions of 354 loan accounts, April 1995 to December 1998",
        f"{fitted_on.zh}；354 个贷款账户的 30,200 笔交易，1995 年 4 月至 1998 年 12 月",
    )
    return Table(code, shape, title, SOURCE, period, rows, unit, scale, values, labels)
