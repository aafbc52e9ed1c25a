"""What a stretch of an account looks like: the features by which a classifier may tell real from simulated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.realism.accounts import SIZE_FACTOR, Statements, Way, dates_of

LENGTH = 24  # movements in a stretch: all have the same, so that activity alone tells nothing
YUAN = 100

NAMES: dict[str, Words] = {
    "size": Words("Size of amounts", "金额大小"),
    "size_in": Words("Size of money coming in", "入账金额大小"),
    "size_spread": Words("Spread of sizes", "金额离散程度"),
    "largest": Words("Largest against the median", "最大金额与中位数之比"),
    "fen": Words("Amounts with fractions of a yuan", "带角分的金额占比"),
    "tens": Words("Amounts in whole tens", "整十金额占比"),
    "hundreds": Words("Amounts in whole hundreds", "整百金额占比"),
    "thousands": Words("Amounts in whole thousands", "整千金额占比"),
    "hundreds_out": Words("Whole hundreds among money going out", "出账中整百金额占比"),
    "first_digit": Words("First digits against Benford's law", "首位数字偏离本福特定律的程度"),
    "distinct": Words("Different amounts", "不同金额占比"),
    "repeated": Words("Most frequent amount", "最常见金额占比"),
    "habit": Words("Same amount on the same day of the month", "同日同额占比"),
    "gap": Words("Days between movements", "相邻间隔天数"),
    "gap_spread": Words("Irregularity of gaps", "间隔不规则程度"),
    "gap_longest": Words("Longest rest", "最长间隔"),
    "same_day": Words("Movements on one day", "同日多笔占比"),
    "early": Words("Days 1 to 10 of the month", "上旬占比"),
    "late": Words("Days 21 to 31 of the month", "下旬占比"),
    "month_end": Words("Last days of the month", "月末占比"),
    "dates": Words("Concentration on some days of the month", "日期集中度"),
    "weekend": Words("Weekends", "周末占比"),
    "in_share": Words("Movements coming in", "入账笔数占比"),
    "in_regular": Words("Regularity of money coming in", "入账规律性"),
    "turns": Words("Turns between in and out", "进出交替频率"),
    "in_then_out": Words("Out within a day of coming in", "入账次日内转出占比"),
    "in_over_out": Words("Money in against money out", "进出金额之比"),
    "balance": Words("Balance against a movement's size", "余额与单笔金额之比"),
    "emptied": Words("More than nine tenths taken out at once", "一次转出九成以上占比"),
    "idle": Words("Nearly empty account", "余额接近零占比"),
    "part_out": Words("Part of the balance that goes out", "转出占余额比例"),
    "contract": Words("To and from others", "与他人往来占比"),
    "charged": Words("Fees", "费用占比"),
    "interest": Words("Interest", "利息占比"),
}
SIZES = ("size", "size_in")
KINDS = ("contract", "charged", "interest")
PACE = ("gap", "weekend")
BALANCES = ("balance", "emptied", "idle", "part_out")


@dataclass(frozen=True, slots=True)
class Stretches:
    """One row a stretch of ``LENGTH`` movements of one account."""

    account: NDArray[np.int64]
    names: tuple[str, ...]
    values: NDArray[np.float64]  # [stretches, names]

    def rows(self, which: NDArray[np.bool_]) -> Stretches:
        return Stretches(self.account[which], self.names, self.values[which])

    def without(self, left_out: tuple[str, ...]) -> Stretches:
        keep = [place for place, name in enumerate(self.names) if name not in left_out]
        return Stretches(self.account, tuple(self.names[place] for place in keep), self.values[:, keep])


def stretches_of(statements: Statements, *, real: bool, per_account_max: int = 4) -> Stretches:
    """Consecutive stretches of each account with enough movements, the first few of each."""
    starts = np.flatnonzero(np.diff(statements.account, prepend=-1))
    counts = np.diff(starts, append=len(statements))
    places = [
        start + LENGTH * piece
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
        for piece in range(min(per_account_max, count // LENGTH))
    ]
    factor = SIZE_FACTOR if real else 1.0
    rows = [_features(statements.rows(np.arange(at, at + LENGTH)), factor) for at in places]
    values = np.array([[row[name] for name in NAMES] for row in rows]).reshape(-1, len(NAMES))
    return Stretches(statements.account[places], tuple(NAMES), values)


def _features(rows: Statements, size_factor: float) -> dict[str, float]:
    amount = rows.amount.astype(np.float64)
    coming = rows.incoming
    found = {
        "size": np.log10(np.median(amount) * size_factor),
        "size_in": np.log10(np.median(amount[coming]) * size_factor) if coming.any() else np.nan,
        "size_spread": float(np.subtract(*np.quantile(np.log10(amount), (0.9, 0.1)))),
        "largest": np.log10(amount.max() / np.median(amount)),
        "contract": np.isin(rows.way, (Way.TO_OTHERS, Way.FROM_OTHERS)).mean(),
        "charged": (rows.way == Way.CHARGED).mean(),
        "interest": (rows.way == Way.INTEREST).mean(),
        **_digits(rows.amount, coming),
        **_rhythm(rows, coming),
        **_balances(rows, coming),
    }
    return {name: float(value) for name, value in found.items()}


def _digits(amount: NDArray[np.int64], coming: NDArray[np.bool_]) -> dict[str, float]:
    _, counts = np.unique(amount, return_counts=True)
    out = amount[~coming]
    first = np.array([int(str(value)[0]) for value in amount.tolist()])
    shares = np.bincount(first, minlength=10)[1:] / len(first)
    benford = np.log10(1 + 1 / np.arange(1, 10))
    return {
        "fen": (amount % YUAN != 0).mean(),
        "tens": (amount % (10 * YUAN) == 0).mean(),
        "hundreds": (amount % (100 * YUAN) == 0).mean(),
        "thousands": (amount % (1000 * YUAN) == 0).mean(),
        "hundreds_out": (out % (100 * YUAN) == 0).mean() if len(out) else np.nan,
        "first_digit": np.abs(shares - benford).sum(),
        "distinct": len(counts) / len(amount),
        "repeated": counts.max() / len(amount),
    }


def _rhythm(rows: Statements, coming: NDArray[np.bool_]) -> dict[str, float]:
    gaps = np.diff(rows.day)
    date = rows.date
    _, together = np.unique(np.stack([date, rows.amount]), axis=1, return_counts=True)
    _, on_dates = np.unique(date, return_counts=True)
    last_days = np.isin(dates_of(rows.day + 2), (1, 2))
    gaps_in = np.diff(rows.day[coming])
    follows = coming[:-1] & ~coming[1:] & (gaps <= 1)
    return {
        "habit": together[together > 1].sum() / len(rows),
        "gap": gaps.mean(),
        "gap_spread": gaps.std() / max(gaps.mean(), 0.1),
        "gap_longest": gaps.max() / max(gaps.mean(), 0.1),
        "same_day": (gaps == 0).mean(),
        "early": (date <= 10).mean(),
        "late": (date > 20).mean(),
        "month_end": last_days.mean(),
        "dates": (on_dates**2).sum() / len(rows) ** 2,
        "weekend": ((rows.day - 1) % 7 >= 5).mean(),
        "in_share": coming.mean(),
        "in_regular": gaps_in.std() / max(gaps_in.mean(), 0.1) if len(gaps_in) > 1 else np.nan,
        "turns": (coming[1:] != coming[:-1]).mean(),
        "in_then_out": follows.sum() / max(1, coming.sum()),
    }


def _balances(rows: Statements, coming: NDArray[np.bool_]) -> dict[str, float]:
    out = ~coming
    before = np.maximum(rows.balance[out] + rows.amount[out], 1)
    part = rows.amount[out] / before
    typical = np.median(rows.amount)
    money_in, money_out = rows.amount[coming].sum(), rows.amount[out].sum()
    return {
        "in_over_out": np.log10((money_in + 1) / (money_out + 1)),
        "balance": np.log10(max(1.0, float(np.median(rows.balance))) / typical),
        "emptied": (part > 0.9).mean() if len(part) else np.nan,
        "idle": (rows.balance < 0.05 * typical).mean(),
        "part_out": float(np.median(np.minimum(part, 2.0))) if len(part) else np.nan,
    }
